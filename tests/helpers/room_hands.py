"""Text histories as PokerStars writes them, of random hands that pokerkit alone deals, plays and pays out."""

import random
from typing import NamedTuple

import pokerkit

NAMES = ("Ann", "bob: folds", "x (button)", "José €5", "P2", "[AhKd]", "Seat 3: me", "a.b*c", "posts $5", "Ann B")
CASH = (
    lambda cents: f"${cents / 100:.2f}".removesuffix(".00"),
    lambda cents: f"€{cents / 100:.2f}",
    lambda cents: f"£{cents / 100:,.2f}",
    lambda cents: f"{cents / 100:.2f} €".replace(".", ","),
    lambda cents: f"R${cents / 100:.2f}".replace(".", ","),
    lambda cents: f"CHF {cents / 100:.2f}",
    lambda cents: f"{cents / 100:.2f} zł".replace(".", ","),
    lambda cents: f"¥{cents}",
)
CHIPS = (str, lambda chips: f"{chips:,}", lambda chips: f"{chips:,}".replace(",", "\u00a0"))


HAND = """\
PokerStars Hand #4711:  Hold'em No Limit ($0.50/$1.00 USD) - 2016/01/01 12:00:00 ET
Table 'Test' 2-max Seat #1 is the button
Seat 1: Ann ($200 in chips)
Seat 2: Bob ($150.50 in chips)
Ann: posts small blind $0.50
Bob: posts big blind $1
*** HOLE CARDS ***
Dealt to Bob [Ah Kd]
Ann: raises $2 to $3
Bob: calls $2
*** FLOP *** [2c 3d 4h]
Bob: checks
Ann: bets $4
Bob: calls $4
*** TURN *** [2c 3d 4h] [5s]
Bob: checks
Ann: checks
*** RIVER *** [2c 3d 4h 5s] [9s]
Bob: bets $10
Ann: calls $10
*** SHOW DOWN ***
Bob: shows [Ah Kd] (a straight, Ace to Five)
Ann: mucks hand
Bob collected $33 from pot
*** SUMMARY ***
Total pot $34 | Rake $1
Board [2c 3d 4h 5s 9s]
Seat 1: Ann (button) (small blind) mucked [9c 9d]
Seat 2: Bob (big blind) showed [Ah Kd] and won ($33) with a straight, Ace to Five
"""


class RoomText(NamedTuple):
    """A hand's text, and what pokerkit makes of the hand.

    text: of the hand.
    state: pokerkit's, at its end.
    names: of the players by pokerkit's seats, which are ours.
    hero: the seat whose cards are shown.
    big_blind: in the unit of the state's chips.
    """

    text: str
    state: pokerkit.State
    names: list[str]
    hero: int
    big_blind: int


def played(rng: random.Random, players: int, ante: int, blinds: tuple[int, int], posted: bool, deep: bool):
    """pokerkit's state of a whole random hand. posted: whether the last seat posts a big blind to be dealt in."""
    automations = tuple(each for each in pokerkit.Automation if each != pokerkit.Automation.CARD_BURNING)
    posts = [*blinds, *[0] * (players - 2)]
    if posted:
        posts[-1] = -blinds[1]
    game = pokerkit.NoLimitTexasHoldem(automations, True, ante, tuple(posts), blinds[1])
    random.seed(rng.getrandbits(32))  # pokerkit shuffles with the global generator
    low, high = (100, 120) if deep else (2, 40)
    stacks = [rng.randint(low * blinds[1], high * blinds[1]) for _ in range(players)]
    if rng.random() < 0.3 and players == 2:
        stacks[rng.randrange(2)] = rng.randint(1 + blinds[1] // 4, 2 * blinds[1]) + ante
    state = game(stacks, players)
    while state.status:
        if state.can_burn_card():
            state.burn_card("??")
        elif state.checking_or_calling_amount and rng.random() < 0.25:
            state.fold()
        elif state.can_complete_bet_or_raise_to() and rng.random() < 0.35:
            least = state.min_completion_betting_or_raising_to_amount
            most = state.max_completion_betting_or_raising_to_amount
            state.complete_bet_or_raise_to(most if rng.random() < 0.2 else rng.randint(least, min(3 * least, most)))
        else:
            state.check_or_call()
    return state


def room_text(rng: random.Random, number: int, players: int) -> RoomText:
    """A random hand as text: cash or tournament, with chat, odd names and any currency's sign."""
    cash = rng.random() < 0.5
    money = rng.choice(CASH if cash else CHIPS)
    small = rng.choice((50, 5, 100, 1) if cash else (50, 15, 500))
    blinds = (small, 2 * small)
    ante = 0 if cash else rng.choice((0, blinds[1] // 10))
    posted = players > 3 and rng.random() < 0.3
    state = played(rng, players, ante, blinds, posted, rng.random() < 0.3)
    writer = _Writer(rng, state, money, blinds, ante)
    return RoomText(writer.write(number, cash), state, writer.names, writer.hero, blinds[1])


class _Writer:
    def __init__(self, rng, state, money, blinds, ante) -> None:
        self._rng, self._state, self._money, self._blinds, self._ante = rng, state, money, blinds, ante
        players = state.player_count
        self.names = rng.sample(NAMES, players)
        self.hero = rng.randrange(players)
        # Seats at the table: the last player has the button, others follow it in a circle with gaps.
        places = sorted(rng.sample(range(1, 10), players))
        turn = rng.randrange(players)
        self._place = [places[(turn + 1 + seat) % players] for seat in range(players)]
        self._stacks = list(state.starting_stacks)
        self._bets = [0] * players
        self._lines: list[str] = []

    def _say(self, seat: int, words: str) -> None:
        self._lines.append(f"{self.names[seat]}: {words}")
        if self._rng.random() < 0.08:
            other = self._rng.choice(self.names)
            chat = self._rng.choice(
                [
                    f'{other} said, "{self.names[seat]}: raises $5 to $10"',
                    f"{other} has timed out",
                    "Zed: folds",
                    f"{other}: is sitting out",
                    f'{other} said, "*** FLOP *** [2c 3d 4h]"',
                ]
            )
            self._lines.append(chat)

    def _pay(self, seat: int, amount: int) -> str:
        self._stacks[seat] -= amount
        return "" if self._stacks[seat] else " and is all-in"

    def write(self, number: int, cash: bool) -> str:
        small, big = map(self._money, self._blinds)
        currency = self._rng.choice(("", " USD"))
        game = f" Hold'em No Limit ({small}/{big}{currency})"
        if not cash:
            game = f" Tournament #77, $1.00+$0.10 USD Hold'em No Limit - Level II ({small}/{big})"
        room = self._rng.choice(("PokerStars Hand", "PokerStars Zoom Hand", "PokerStars Game", "Poker Hand"))
        self._lines = [f"{room} #{number}: {game} - 2016/01/{1 + number % 28:02d} 12:00:00 ET"]
        self._lines.append(f"Table 'Test {number}' 9-max Seat #{self._place[-1]} is the button")
        for place, seat in sorted((place, seat) for seat, place in enumerate(self._place)):
            self._lines.append(f"Seat {place}: {self.names[seat]} ({self._money(self._stacks[seat])} in chips)")
        free = next(place for place in range(1, 11) if place not in self._place)
        self._lines.append(f"Seat {free}: Zoe ({self._money(5 * self._blinds[1])} in chips) is sitting out")
        self._posts()
        self._lines.append("*** HOLE CARDS ***")
        cards = " ".join(map(repr, self._dealt(self.hero)))
        self._lines.append(f"Dealt to {self.names[self.hero]} [{cards}]")
        board = self._actions()
        self._end(board)
        return "\n".join(self._lines)

    def _dealt(self, seat: int):
        return [
            card
            for each in self._state.operations
            if type(each).__name__ == "HoleDealing" and each.player_index == seat
            for card in each.cards
        ]

    def _posts(self) -> None:
        for operation in self._state.operations:
            kind = type(operation).__name__
            if kind == "AntePosting":
                all_in = self._pay(operation.player_index, operation.amount)
                self._say(operation.player_index, f"posts the ante {self._money(operation.amount)}{all_in}")
        blinds = [each for each in self._state.operations if type(each).__name__ == "BlindOrStraddlePosting"]
        for operation in blinds[::-1] if self._state.player_count == 2 else blinds:
            seat = operation.player_index
            which = "small" if seat == (1 if self._state.player_count == 2 else 0) else "big"
            self._bets[seat] = operation.amount
            all_in = self._pay(seat, operation.amount)
            self._say(seat, f"posts {which} blind {self._money(operation.amount)}{all_in}")

    def _actions(self) -> list[str]:
        board: list[str] = []
        for operation in self._state.operations:
            kind = type(operation).__name__
            if kind == "Folding":
                self._say(operation.player_index, "folds")
            elif kind == "CheckingOrCalling":
                seat, amount = operation.player_index, operation.amount
                self._bets[seat] += amount
                all_in = self._pay(seat, amount)
                self._say(seat, f"calls {self._money(amount)}{all_in}" if amount else "checks")
            elif kind == "CompletionBettingOrRaisingTo":
                seat, amount = operation.player_index, operation.amount
                most = max(self._bets)
                all_in = self._pay(seat, amount - self._bets[seat])
                self._bets[seat] = amount
                words = f"raises {self._money(amount - most)} to" if most else "bets"
                self._say(seat, f"{words} {self._money(amount)}{all_in}")
            elif kind == "BoardDealing":
                new = list(map(repr, operation.cards))
                name = {0: "FLOP", 3: "TURN", 4: "RIVER"}[len(board)]
                shown = f" [{' '.join(board)}]" if board else ""
                self._lines.append(f"*** {name} ***{shown} [{' '.join(new)}]")
                board += new
                self._bets = [0] * len(self._bets)
        return board

    def _end(self, board: list[str]) -> None:
        state, total = self._state, 0
        put_in = [stack - left for stack, left in zip(state.starting_stacks, self._stacks)]
        matched = sorted(put_in)[-2]
        back = max(put_in) - matched
        if back:
            name = self.names[put_in.index(max(put_in))]
            self._lines.append(f"Uncalled bet ({self._money(back)}) returned to {name}")
        total = sum(put_in) - back
        shows = [each for each in state.operations if type(each).__name__ == "HoleCardsShowingOrMucking"]
        shows = {each.player_index: each.hole_cards for each in shows}
        left = [seat for seat in range(len(put_in)) if not self._folded(seat)]
        mucked = []
        if len(left) > 1:
            self._lines.append("*** SHOW DOWN ***")
            for seat, cards in shows.items():
                if cards:
                    self._say(seat, f"shows [{' '.join(map(repr, cards))}] (a hand of five)")
                else:
                    self._say(seat, "mucks hand")
                    mucked.append(seat)
        shares = [pay + min(paid, matched) for pay, paid in zip(state.payoffs, put_in)]
        won = {seat: share for seat, share in enumerate(shares) if share}
        rake = self._rng.choice((0, total // 20)) if len(won) == 1 else 0
        for seat, amount in won.items():
            self._lines.append(f"{self.names[seat]} collected {self._money(amount - rake)} from pot")
        if len(left) == 1:
            words = ("doesn't show hand", f"shows [{' '.join(map(repr, self._dealt(left[0])))}] (high card)")
            self._say(left[0], self._rng.choice(words))
        self._lines += ["*** SUMMARY ***", f"Total pot {self._money(total)} | Rake {self._money(rake)}"]
        if board:
            self._lines.append(f"Board [{' '.join(board)}]")
        for seat, place in enumerate(self._place):
            words = "folded before Flop"
            if seat in mucked:
                words = f"mucked [{' '.join(map(repr, self._dealt(seat)))}]" if self._rng.random() < 0.5 else "mucked"
            self._lines.append(f"Seat {place}: {self.names[seat]} {words}")

    def _folded(self, seat: int) -> bool:
        return any(type(each).__name__ == "Folding" and each.player_index == seat for each in self._state.operations)
