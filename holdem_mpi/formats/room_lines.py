"""One hand's text in PokerStars' words, line by line: what pokerkit's parser should see of it, and what it would not.

pokerkit looks for patterns in all lines, whoever wrote them. So chat and news are left out, players are called P1, P2
and so on by their seats, and amounts are plain decimals. What the parser would read as another hand is refused.
"""

import re
from decimal import Decimal
from typing import NamedTuple

from holdem_mpi.errors import ProtocolError
from holdem_mpi.formats.room_amounts import AMOUNT, Amounts
from holdem_mpi.text import shown

_CARDS = r"\[(?P<cards>[2-9TJQKA][cdhs](?: [2-9TJQKA][cdhs])*)\]"
_ALL_IN = r"(?P<all_in> and is all-in)?"
_SEAT = re.compile(rf"Seat (?P<seat>[0-9]+): (?P<name>.+) \((?P<stack>{AMOUNT}) in chips\b.*\)")
_BLINDS = re.compile(rf"\((?P<small>{AMOUNT})/(?P<big>{AMOUNT})(?: [A-Z]{{3}})?(?: - [^)]*|\([^)]*\))?\)")
_ACTS = [
    (re.compile(r"folds(?: \[.*\])?"), "folds"),
    (re.compile(r"checks"), "checks"),
    (re.compile(rf"calls (?P<amount>{AMOUNT}){_ALL_IN}"), "calls {amount}"),
    (re.compile(rf"bets (?P<amount>{AMOUNT}){_ALL_IN}"), "bets {amount}"),
    (re.compile(rf"raises (?P<amount>{AMOUNT}) to (?P<to>{AMOUNT}){_ALL_IN}"), "raises {amount} to {to}"),
    (re.compile(rf"shows {_CARDS}(?: \(.*\))?"), "shows [{cards}] (a hand)"),
]
_POSTS = [
    (re.compile(rf"posts (?:the )?ante (?:of )?(?P<amount>{AMOUNT}){_ALL_IN}"), "posts the ante {amount}"),
    (re.compile(rf"posts (?P<which>small|big) blind (?P<amount>{AMOUNT}){_ALL_IN}"), "posts {which} blind {amount}"),
]
_STREET = re.compile(r"\*\*\* (?:HOLE CARDS|FLOP|TURN|RIVER) \*\*\*(?: \[[2-9TJQKAcdhs ]+\])*")
_END = re.compile(r"\*\*\* SHOW ?DOWN \*\*\*")
_COLLECTED = re.compile(rf"(?P<name>.+) collected (?P<amount>{AMOUNT}) from (?:the )?(?:main |side )?pot(?:-[0-9]+)?")
_RETURNED = re.compile(rf"Uncalled bet \((?P<amount>{AMOUNT})\) returned to (?P<name>.+)")
_DEALT = re.compile(rf"Dealt to (?P<name>.+?) {_CARDS}(?: \[.*\])?")
_TOTAL = re.compile(rf"Total pot (?P<pot>{AMOUNT})(?: .*?)?(?P<fees>\| Rake .*)")
_FEE = re.compile(rf"\| [A-Za-z ]+ (?P<amount>{AMOUNT})")  # the rake, and what some rooms take besides
_MUCKED = re.compile(rf"Seat (?P<seat>[0-9]+): .* mucked {_CARDS}")


class RoomLines(NamedTuple):
    """A hand in the words that pokerkit's parser reads, and what it leaves aside.

    text: for the parser.
    name: of the hand, its number.
    names: of the players by what the text calls them, P1 for seat 1.
    dealt: whose cards the text shows from the start, as it calls him; None where nobody's.
    mucked: cards that were given up at the showdown and are shown all the same, by player.
    collected: what each player took out of the pots.
    pot, rake: as the summary says it, with all fees; None where it does not.
    """

    text: str
    name: str
    names: dict[str, str]
    dealt: str | None
    mucked: dict[str, str]
    collected: dict[str, Decimal]
    pot: Decimal | None
    rake: Decimal | None


def plain_lines(text: str) -> RoomLines:
    """The hand of a text, which begins with its header. ProtocolError, with the line from 0, on what is no hand of
    no-limit hold'em by the usual rules.
    """
    return _Reader(text.split("\n")).read()


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self._lines = [line.strip() for line in lines]
        self._header = self._lines[0]
        self._labels: dict[str, str] = {}
        self._out: list[str] = []
        self._dealt: str | None = None
        self._mucked: dict[str, str] = {}
        self._collected: dict[str, Decimal] = {}
        self._totals: tuple[Decimal, Decimal] | None = None
        self._posted: dict[str, str] = {}

    def read(self) -> RoomLines:
        if not re.search(r" Hold'em No Limit\b", self._header):
            raise ProtocolError(f"expected no-limit hold'em, got {shown(self._header)}", 0)
        self._amounts = Amounts(_amounts_of(self._lines))
        self._blinds = self._level()
        summary = next((at for at, line in enumerate(self._lines) if line == "*** SUMMARY ***"), None)
        if summary is None:
            raise ProtocolError("expected a finished hand, with its summary", 0)
        self._ante = self._largest_ante(self._lines[:summary])
        for at, line in enumerate(self._lines):
            try:
                if at == 0:
                    self._out.append(re.sub(r"^\S+ ?\S* (Hand|Game) #\S+?:", "PokerStars Hand #1:", line))
                elif at > summary:
                    self._summary(line)
                elif at < summary and line:
                    self._line(line)
            except ProtocolError as error:
                raise ProtocolError(str(error), at) from None
        number = re.search(r"#(\S+?):?(?:\s|$)", self._header)
        return RoomLines(
            text="\n".join(self._out) + "\n\n\n",
            name=number[1] if number else "1",
            names={label: name for name, label in self._labels.items()},
            dealt=self._dealt,
            mucked=self._mucked,
            collected=self._collected,
            pot=self._totals and self._totals[0],
            rake=self._totals and self._totals[1],
        )

    def _level(self) -> dict[str, Decimal]:
        """{small, big}: amounts of the blinds in a hand's first line. ProtocolError where it names none."""
        found = _BLINDS.search(self._header)
        if found is None:
            raise ProtocolError(f"expected the blinds as in (1/2), got {shown(self._header)}", 0)
        return {which: self._amounts.read(found[which]) for which in ("small", "big")}

    def _largest_ante(self, lines: list[str]) -> Decimal:
        found = [_POSTS[0][0].search(line) for line in lines]
        return max((self._amounts.read(each["amount"]) for each in found if each), default=Decimal(0))

    def _line(self, line: str) -> None:
        """A line before the summary."""
        if not self._labels and line.startswith("Table "):
            self._out.append(self._table(line))
        elif (seat := _SEAT.match(line)) and not self._posted:
            self._seat(seat)
        elif line.startswith("*** "):
            if not _STREET.fullmatch(line) and not _END.fullmatch(line):
                raise ProtocolError(f"expected one board dealt once, got {shown(line)}")
            self._out.append(line)
        elif dealt := _DEALT.fullmatch(line):
            self._deal(dealt)
        elif returned := _RETURNED.fullmatch(line):
            self._label(returned["name"])
        elif (paid := _COLLECTED.fullmatch(line)) and paid["name"] in self._labels:
            label = self._labels[paid["name"]]
            self._collected[label] = self._collected.get(label, Decimal(0)) + self._amounts.read(paid["amount"])
        else:
            self._act(line)

    def _table(self, line: str) -> str:
        button = re.search(r"Seat #(?P<seat>[0-9]+) is the button", line)
        if button is None:
            raise ProtocolError(f"expected the button's seat, got {shown(line)}")
        return f"Table 'T' Seat #{button['seat']} is the button"

    def _seat(self, seat: re.Match[str]) -> None:
        label = f"P{seat['seat']}"
        if seat["name"] in self._labels or label in self._labels.values():
            raise ProtocolError(f"expected each player and each seat once, got {shown(seat[0])}")
        self._labels[seat["name"]] = label
        self._out.append(f"Seat {seat['seat']}: {label} ({self._amounts.read(seat['stack'])} in chips)")

    def _deal(self, dealt: re.Match[str]) -> None:
        label = self._label(dealt["name"])
        if len(dealt["cards"].split()) != 2:
            raise ProtocolError(f"expected two cards, got {shown(dealt[0])}")
        self._dealt = self._dealt or label
        self._out.append(f"Dealt to {label} [{dealt['cards']}]")

    def _act(self, line: str) -> None:
        """A line of a player, or one that is nobody's."""
        owner = max((name for name in self._labels if line.startswith(f"{name}: ")), key=len, default=None)
        if owner is None:
            return
        label, words = self._labels[owner], line[len(owner) + 2 :]
        if words.startswith("posts "):
            self._post(label, words)
            return
        for pattern, said in _ACTS:
            if found := pattern.fullmatch(words):
                values = {key: value for key, value in found.groupdict().items() if key in ("amount", "to")}
                values = {key: self._amounts.read(value) for key, value in values.items()}
                self._out.append(f"{label}: " + said.format(**values, cards=found.groupdict().get("cards")))
                return
        if re.match(r"(?:folds|checks|calls|bets|raises)\b", words):
            raise ProtocolError(f"expected an action with its chips, got {shown(line)}")

    def _post(self, label: str, words: str) -> None:
        """A blind or an ante. One posted with the last chips is written as the whole of it, as the rules have it."""
        for pattern, said in _POSTS:
            if not (found := pattern.fullmatch(words)):
                continue
            amount, which = self._amounts.read(found["amount"]), found.groupdict().get("which")
            full = self._blinds[which] if which else self._ante
            if found["all_in"] and amount < full:
                amount = full
            if which and amount != full:
                raise ProtocolError(f"expected a {which} blind of {full}, got {shown(words)}")
            if which and (label in self._posted or (which == "small" and "small" in self._posted.values())):
                raise ProtocolError(f"expected no dead blind, got {shown(words)}")
            if which:
                self._posted[label] = which
            self._out.append(f"{label}: " + said.format(amount=amount, which=which))
            return
        raise ProtocolError(f"expected antes, a small and a big blind, got {shown(words)}")

    def _summary(self, line: str) -> None:
        if total := _TOTAL.match(line):
            fees = [self._amounts.read(fee["amount"]) for fee in _FEE.finditer(total["fees"])]
            self._totals = self._amounts.read(total["pot"]), sum(fees, Decimal(0))
        elif (mucked := _MUCKED.fullmatch(line)) and len(mucked["cards"]) == len("Ah Kd"):
            self._mucked[f"P{mucked['seat']}"] = mucked["cards"]

    def _label(self, name: str) -> str:
        if name not in self._labels:
            raise ProtocolError(f"expected one of the players at the table, got {shown(name)}")
        return self._labels[name]


def _amounts_of(lines: list[str]) -> list[str]:
    """What may be an amount, in lines that cannot be chat."""
    patterns = [_SEAT, _BLINDS, _COLLECTED, _RETURNED, _TOTAL, _FEE]
    texts = []
    for line in lines:
        for pattern in patterns:
            if found := pattern.search(line):
                kinds = ("stack", "small", "big", "amount", "pot")
                texts += [value for key, value in found.groupdict().items() if key in kinds]
    return texts
