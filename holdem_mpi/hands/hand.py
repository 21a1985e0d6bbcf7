"""A hand as far as it is known, checked against the rules of the table."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from holdem_mpi.cards import card_name, hand_of_cards
from holdem_mpi.errors import ProtocolError
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.pots import payoffs
from holdem_mpi.game.rules import BettingState, IllegalAction, Rules

Cards = tuple[int, int]


class HandRecord(NamedTuple):
    """What a file says of a hand, not checked yet.

    line: where the hand begins in the file.
    name: what the file calls the hand.
    names: of the players, by seat.
    hero: the seat whose decisions count.
    hole: two cards by seat, None where unknown.
    board: the public cards as far as dealt.
    actions: FOLD, CALL and raise-to totals in order.
    lines: where each action stands.
    finished: whether the hand must be whole; else it may be cut off.
    result: chips won by seat, as the file says it; None where it says nothing.
    mucked: by seat, whether the hand was given up at the showdown; nothing where the file does not say.
    stacks: chips by seat at the start; None: those of the table.
    """

    line: int
    name: str
    names: tuple[str, ...]
    hero: int
    hole: tuple[Cards | None, ...]
    board: tuple[int, ...]
    actions: tuple[int, ...]
    lines: tuple[int, ...]
    finished: bool = True
    result: tuple[Decimal, ...] | None = None
    mucked: tuple[bool, ...] = ()
    stacks: tuple[int, ...] | None = None


class Step(NamedTuple):
    """A decision of a hand.

    state: the betting before it.
    action: what was done; None where the hand was cut off before.
    board: the public cards at that time.
    """

    state: BettingState
    action: int | None
    board: tuple[int, ...]


@dataclass(frozen=True)
class HandHistory:
    """A hand that the rules allow, as far as it is known.

    source: ``file:line``.
    name: what the file calls the hand.
    names: of the players, by seat.
    hero: the seat whose decisions count.
    hole: two cards by seat, None where unknown.
    board: every public card dealt.
    steps: all decisions of all players.
    final: the state after the last action.
    mucked: by seat, whether the hand was given up at the showdown; nothing where nobody says.
    """

    source: str
    name: str
    names: tuple[str, ...]
    hero: int
    hole: tuple[Cards | None, ...]
    board: tuple[int, ...]
    steps: tuple[Step, ...]
    final: BettingState
    mucked: tuple[bool, ...] = ()

    @property
    def rules(self) -> Rules:
        """The rules that the hand was checked against."""
        return self.final.rules

    def hand_of(self, seat: int) -> int | None:
        """The hand (0..1325) of ``seat``, None where unknown."""
        cards = self.hole[seat]
        return None if cards is None else hand_of_cards(*cards)

    def winnings(self, deck: Deck) -> tuple[int, ...]:
        """Net chips by seat of a hand that is settled: who mucks a hand that nobody knows has lost."""
        state, strengths = self.final, [0] * self.rules.num_players
        for seat, cards in enumerate(self.hole if state.is_showdown else ()):
            if cards is not None and not state.folded[seat]:
                strengths[seat] = deck.strength(self.board, hand_of_cards(*cards))
        return tuple(payoffs(state.contributions, state.folded, strengths, odd_chips="seat"))

    @property
    def is_settled(self) -> bool:
        """Whether the hand is over, and all is known that chips go by."""
        if not self.final.is_showdown:
            return self.final.is_over
        left = [seat for seat, out in enumerate(self.final.folded) if not out]
        unknown = [seat for seat in left if self.hole[seat] is None]
        return len(unknown) < len(left) and (
            not unknown or (self.mucked != () and all(self.mucked[s] for s in unknown))
        )

    def decisions(self) -> Iterator[Step]:
        """The hero's decisions; last the one that he still faces, where the hand was cut off and the board is known."""
        yield from (step for step in self.steps if step.state.player == self.hero)
        if self.final.player == self.hero and len(self.board) == seen(self.rules, self.final.street):
            yield Step(self.final, None, self.board)


def history_of(record: HandRecord, rules: Rules, file: str) -> HandHistory:
    """The hand of a record. ProtocolError, with the line where it is known, on what ``rules`` do not allow.

    rules: of the table; where the record says other stacks, those count.
    """
    if record.stacks is not None:
        rules = dataclasses.replace(rules, stacks=record.stacks)
    states, final = play_through(rules, record.actions, record.lines)
    if record.finished and not final.is_over:
        raise ProtocolError(f"expected a finished hand, seat {final.player} is still to act")
    _check_cards(record, states[-1].street if states else 0, final)
    if record.hole[record.hero] is None:
        raise ProtocolError(f"expected the cards of the hero, {record.names[record.hero]}, got none")
    steps = tuple(
        Step(state, action, record.board[: seen(rules, state.street)]) for state, action in zip(states, record.actions)
    )
    return HandHistory(
        source=f"{file}:{record.line}",
        name=record.name,
        names=record.names,
        hero=record.hero,
        hole=tuple(record.hole),
        board=record.board,
        steps=steps,
        final=final,
        mucked=record.mucked,
    )


def play_through(rules: Rules, actions: Sequence[int], lines: Sequence[int]) -> tuple[list[BettingState], BettingState]:
    """(state before each action, state after the last). ProtocolError with the action's line where one is illegal."""
    states, state = [], BettingState.start(rules)
    for place, action in enumerate(actions):
        states.append(state)
        try:
            state = state.apply(action)
        except IllegalAction as error:
            raise ProtocolError(f"action {place + 1}: {error}", lines[place]) from None
    return states, state


def seen(rules: Rules, street: int) -> int:
    """How many public cards lie open on a street."""
    return sum(rules.board_cards[: street + 1])


def _check_cards(record: HandRecord, last_street: int, final: BettingState) -> None:
    cards = [card for hole in record.hole for card in hole or ()] + list(record.board)
    twice = [card_name(card) for card in cards if cards.count(card) > 1]
    if twice:
        raise ProtocolError(f"expected different cards, got {twice[0]} twice")
    least = most = seen(final.rules, final.street)
    if final.is_showdown:
        least = most = sum(final.rules.board_cards)
    if not record.finished:  # cut off, maybe before the cards that followed the last action
        least = seen(final.rules, last_street)
    if not least <= len(record.board) <= most:
        expected = str(least) if least == most else f"{least} to {most}"
        raise ProtocolError(f"expected {expected} cards on the board at the end, got {len(record.board)}")
