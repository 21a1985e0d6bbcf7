"""Hands dealt by ourselves, as histories like any other; and any hand history as values of the file formats."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from holdem_mpi.cards import cards_of_hand
from holdem_mpi.formats.acpc import Betting, Board, HandLine
from holdem_mpi.formats.phh import PhhHand
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.rules import BettingState, Rules
from holdem_mpi.hands.acpc_hands import without_sizes
from holdem_mpi.hands.hand import HandHistory, Step, seen

Choice = Callable[[BettingState, tuple[int, ...], int], int]
"""Asked for the action of the player to act: the public state, the board in it, his hand (0..1325)."""


def dealt_hands(
    rules: Rules, seed: int, numbers: Iterable[int], choices: Sequence[Choice], hero: int, names: Sequence[str]
) -> Iterator[HandHistory]:
    """Deals ``numbers`` of hold'em, played by ``choices`` by seat. Cards depend on (seed, number) alone.

    A hand is dealt when it is asked for. IllegalAction where a choice is against the rules.
    """
    deck = Deck(rules.board_cards)
    for number in numbers:
        hands, cards = deck.draw(seed, number, rules.num_players)
        state, steps = BettingState.start(rules), []
        while not state.is_over:
            board = cards[: seen(rules, state.street)]
            action = choices[state.player](state, board, hands[state.player])
            steps.append(Step(state, action, board))
            state = state.apply(action)
        board = cards if state.is_showdown else cards[: seen(rules, state.street)]
        hole = tuple(map(cards_of_hand, hands))
        yield HandHistory(
            source=f"seed {seed}, deal {number}",
            name=str(number),
            names=tuple(names),
            hero=hero,
            hole=hole,
            board=board,
            steps=tuple(steps),
            final=state,
        )


def to_phh(hand: HandHistory) -> PhhHand:
    """A hand history as a value for a PHH file."""
    actions = tuple(step.action for step in hand.steps if step.action is not None)
    return PhhHand(
        name=hand.name, rules=hand.rules, hole=hand.hole, board=hand.board, actions=actions, names=hand.names
    )


def to_acpc(hand: HandHistory, won: Sequence[int]) -> HandLine:
    """The hand for an ACPC log; its name must be a number. won: net chips by seat."""
    groups = board_by_street(hand.rules, hand.board)
    return HandLine(
        number=int(hand.name),
        betting=acpc_betting(hand.final, len(groups) + 1),
        hole=hand.hole,
        board=groups,
        result=tuple(map(Decimal, won)),
        names=hand.names,
    )


def board_by_street(rules: Rules, board: tuple[int, ...]) -> Board:
    """The board by street after the first, as the ACPC writes it."""
    ends = [seen(rules, street) for street in range(rules.num_streets)]
    return tuple(board[start:end] for start, end in pairwise(ends) if end <= len(board))


def acpc_betting(state: BettingState, streets: int) -> Betting:
    """The betting so far as the ACPC writes it, ``streets`` of them begun: those after all-ins have no actions."""
    history = without_sizes(state.rules, state.history)
    return history + ((),) * (streets - len(history))
