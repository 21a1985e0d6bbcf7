"""Against bots in a terminal: cards, pot, legal actions; the bots' ranges after a hand, where asked for."""

import dataclasses
import os
import select
import sys
from collections.abc import Callable

from holdem_mpi.cards import card_name, cards_of_hand, hands_holding
from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules
from holdem_mpi.game.seat_names import seat_names
from holdem_mpi.hands.action_text import action_in_words, bet_word, in_blinds, paid_before_street, pot_text
from holdem_mpi.hands.dealing import dealt_hands
from holdem_mpi.hands.hand import HandHistory
from holdem_mpi.hands.hand_log import HandLog
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.play.action_chooser import ActionChooser
from holdem_mpi.play.autoplayer import PlayerSettings, deadline_of, with_chooser
from holdem_mpi.play.connection import Stop, StoppedError
from holdem_mpi.play.hero import Hero
from holdem_mpi.reporting.hand_grid import class_means, grid_lines, percent_cells
from holdem_mpi.search.agent import Situation
from holdem_mpi.text import counted

# Seconds between two looks whether a signal came.
_LOOK_SECONDS = 0.1

Ask = Callable[[str], str | None]
"""Shows a text and gives the line that the human types, None at the end of his input."""


class Quit(Exception):  # noqa: N818  (it is no error)
    """Raised when the human types that he wants to leave."""


def play_human(comm: Communicator, settings: PlayerSettings, hands: int | None) -> int:
    """Play against the human at the terminal, in all other seats; the exit code, on every rank. Collective."""

    def lead(hero: Hero, chooser: ActionChooser, is_stopped: Stop) -> None:
        lines = TypedLines(sys.stdin.fileno(), is_stopped)

        def ask(text: str) -> str | None:
            print(text, end="", flush=True)
            return lines.read()

        match = HumanMatch(hero.profile.rules, chooser, deadline_of(settings, hero), ask, print, settings)
        match.play(hands)

    return with_chooser(comm, settings, lambda hero: None, lead)


class TypedLines:
    """Lines from a file descriptor. A read of sys.stdin would begin again after a signal and never see it."""

    def __init__(self, descriptor: int, is_stopped: Stop) -> None:
        self._descriptor, self._is_stopped = descriptor, is_stopped
        self._typed, self._ended = b"", False

    def read(self) -> str | None:
        """The next line without white space around it, None at the end. StoppedError after a signal."""
        while b"\n" not in self._typed and not self._ended:
            while not select.select([self._descriptor], [], [], _LOOK_SECONDS)[0]:
                if self._is_stopped():
                    raise StoppedError
            piece = os.read(self._descriptor, 4096)
            self._typed, self._ended = self._typed + piece, not piece
        if self._is_stopped():
            raise StoppedError
        line, end, self._typed = self._typed.partition(b"\n")
        return line.decode(errors="replace").strip() if line or end else None


class HumanMatch:
    """A match of a human against a bot in each other seat; all move on by a seat after each hand. The bots know how
    each of them plays, and not what he holds.

    ask: reads a line of the human.
    say: shows a line.
    """

    def __init__(
        self,
        rules: Rules,
        chooser: ActionChooser,
        deadline_ms: Callable[[int], float],
        ask: Ask,
        say: Callable[[str], None],
        settings: PlayerSettings,
    ) -> None:
        self._rules, self._chooser, self._deadline_ms = rules, chooser, deadline_ms
        self._ask, self._say, self._seed = ask, say, settings.seed
        self._log, self._deck = HandLog(settings.log), Deck(rules.board_cards)
        self.chips, self.hands, players = 0, 0, rules.num_players
        self._bots = ["bot"] if players == 2 else [f"bot {place}" for place in range(1, players)]

    def _names_of(self, number: int) -> list[str]:
        """By seat, in hand ``number``."""
        players = ["you", *self._bots]
        return [players[(seat - number) % len(players)] for seat in range(len(players))]

    def play(self, hands: int | None) -> None:
        """Play ``hands`` hands, or without a number until the human leaves."""
        try:
            while hands is None or self.hands < hands:
                if self.hands:
                    self._pause()
                self._play_hand(self.hands)
        except Quit:
            self._say("")
        chips = f"{'won' if self.chips >= 0 else 'lost'} {counted(abs(self.chips), 'chip')}"
        self._say(f"{counted(self.hands, 'hand')}: you {chips}")
        self._log.close()

    def _play_hand(self, number: int) -> None:
        names = self._names_of(number)
        human = names.index("you")
        hands, _ = self._deck.draw(self._seed, number, len(names))
        cards = _names(cards_of_hand(hands[human]))
        self._say(f"\nhand {number + 1}: you have {cards} and are {_seat_in_words(self._rules, human)}")

        def human_acts(state: BettingState, board: tuple[int, ...], hand: int) -> int:
            return self._asked(state, board, cards)

        def bot_acts(state: BettingState, board: tuple[int, ...], hand: int) -> int:
            at = Situation(number, state, board, hand)
            action = self._chooser.choose(at, self._deadline_ms(state.street)).action
            self._say(f"  {names[state.player]}: {action_in_words(state, action)}")
            return action

        choices = [human_acts if name == "you" else bot_acts for name in names]
        (played,) = dealt_hands(self._rules, self._seed, [number], choices, human, names)
        won = played.winnings(self._deck)
        self._log.hand(dataclasses.replace(played, name=str(number)), won)
        self.chips += won[human]
        self.hands += 1
        self._last = played
        self._tell_end(played, won[human])

    def _tell_end(self, hand: HandHistory, won: int) -> None:
        if hand.final.is_showdown:
            shown = [
                f"{_called(name)} shows {_names(cards)}"
                for name, cards, folded in zip(hand.names, hand.hole, hand.final.folded)
                if name != "you" and not folded
            ]
            self._say(f"  board {_names(hand.board)}; {', '.join(shown)}")
        self._say(f"  you {'win' if won > 0 else 'lose' if won < 0 else 'tie'} {abs(won)}; in all {self.chips:+d}")

    def _pause(self) -> None:
        """Wait for the human between two hands, and show what he asks for."""
        while True:
            who = "the bot" if len(self._bots) == 1 else "they"
            line = self._ask(f"Enter: next hand; r: what {who} might have had; q: leave > ")
            if line is None or line == "q":
                raise Quit
            if line != "r":
                return
            for text in self._range_lines():
                self._say(text)

    def _range_lines(self) -> list[str]:
        """Each bot's range at the end of the last hand, by Bayes' rule along its blueprint."""
        hand, agent = self._last, self._chooser.agent
        if agent is None:
            return ["a baseline plays every hand alike"]
        weights, lines = agent.tracker.ranges(self.hands - 1, hand.final, hand.board).weight, []
        free = ~hands_holding(hand.board)
        for name, weight in zip(hand.names, weights):
            if name != "you":
                whose = "" if len(self._bots) == 1 else f"{name}: "
                said = "percent of each hand, with what it did, as its blueprint plays (suited above the diagonal):"
                lines.append(whose + said)
                lines += grid_lines(percent_cells(class_means(weight / weight.max(), free)))
        return lines

    def _asked(self, state: BettingState, board: tuple[int, ...], cards: str) -> int:
        """The legal action that the human chooses; he is asked until it is one."""
        own = state.stack(state.player)
        left = f"you have {own} ({in_blinds(own, max(self._rules.blinds))}) left"
        for seat, name in enumerate(self._names_of(self.hands)):
            if seat != state.player and not state.folded[seat]:
                left += f", {_called(name)} {state.stack(seat)}"
        shown = " ".join(filter(None, [STREETS[state.street], _names(board)]))
        self._say(f"  {shown}: you have {cards}, {pot_text(state)}, {left}")
        while True:
            line = self._ask(f"  {_choices(state)} > ")
            if line is None or line == "q":
                raise Quit
            try:
                action = parse_action(state, line)
                state.apply(action)
                return action
            except ValueError as error:
                self._say(f"  {error}")


def parse_action(state: BettingState, line: str) -> int:
    """The action that a human means: chips are those of the street. ValueError, saying what is expected, where there
    is none.
    """
    legal, word = state.legal(), line.split()
    if word == ["f"]:
        return FOLD
    if word == ["c"]:
        return CALL
    if word == ["a"] and legal.max_raise_to:
        return legal.max_raise_to
    if word[:1] in (["r"], ["b"]) and legal.max_raise_to:
        if len(word) == 1 and legal.min_raise_to == legal.max_raise_to:
            return legal.max_raise_to
        if len(word) == 2 and word[1].isdecimal() and len(word[1]) < 10:
            total = paid_before_street(state) + int(word[1])
            if legal.min_raise_to <= total <= legal.max_raise_to:
                return total
    raise ValueError(f"expected {_choices(state)}")


def _choices(state: BettingState) -> str:
    legal = state.legal()
    parts = ["f: fold"] if legal.can_fold else []
    parts.append(f"c: call {legal.call_amount}" if legal.call_amount else "c: check")
    if legal.max_raise_to:
        low, high = (total - paid_before_street(state) for total in (legal.min_raise_to, legal.max_raise_to))
        word = bet_word(state)
        parts.append(f"r: {word} {low}" if low == high else f"r N: {word} {low} .. {high}, a: all-in")
    return ", ".join([*parts, "q: leave"])


def _called(name: str) -> str:
    return "the bot" if name == "bot" else name


def _seat_in_words(rules: Rules, seat: int) -> str:
    name = seat_names(rules)[seat]
    if rules.num_players == 2 and name == "BTN":
        return "the button and the small blind (BTN)"
    words = {"SB": "the small blind", "BB": "the big blind", "BTN": "the button"}
    return f"{words[name]} ({name})" if name in words else name


def _names(cards: tuple[int, ...]) -> str:
    return " ".join(map(card_name, cards))
