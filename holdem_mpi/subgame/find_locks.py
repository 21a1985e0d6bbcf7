"""The locks of a spot file found in its betting: which decision, which hands, which probabilities."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from holdem_mpi.cards import NUM_HANDS, card_name
from holdem_mpi.config.spot_locks import SpotLock
from holdem_mpi.errors import ConfigError
from holdem_mpi.formats.range_text import RangeError, parse_range
from holdem_mpi.game.betting import Menu
from holdem_mpi.game.rules import BettingState
from holdem_mpi.subgame.action_names import named_action, named_card
from holdem_mpi.subgame.locks import Lock
from holdem_mpi.text import shown

Names = Callable[[BettingState, list[int]], list[str]]


def lock_of(
    where: str, lock: SpotLock, start: BettingState, menu: Menu, names: Names, board: Sequence[int]
) -> tuple[Lock, BettingState]:
    """(the lock, the state of its decision). ConfigError that begins with ``where`` and the key to blame.

    names: of actions in a state. board: the cards at the start.
    """
    state, taken, told = start, [], []
    cards: list[int | None] = []
    dealt = False  # whether a card has come since the last action that was not told yet
    for text in lock.line:
        after = ", ".join(told) or "the start"
        if (card := named_card(text)) is not None:
            if not dealt:
                raise ConfigError(f"{where}.line: after {after} no card is dealt; expected an action before {text}")
            if card in [*board, *cards]:
                raise ConfigError(f"{where}.line: {text} is on the board; expected another card to come")
            cards[-1], dealt = card, False
            told.append(card_name(card))
            continue
        actions = menu(state)
        known = names(state, actions)
        name = named_action(text, known)
        if name is None:
            raise ConfigError(f"{where}.line: after {after} no {shown(text)}; expected one of {', '.join(known)}")
        taken.append(actions[known.index(name)])
        street, state = state.street, state.apply(taken[-1])
        told.append(name)
        if state.is_over:
            raise ConfigError(f"{where}.line: {name} ends the betting; expected a line to a decision")
        dealt = state.street > street
        cards += [None] * (state.street - street)
    known = names(state, menu(state))
    hands = np.zeros(NUM_HANDS, bool)
    strategy = np.zeros((NUM_HANDS, len(known)))
    if lock.strategy is not None:
        hands[:] = True
        strategy[:] = _row(f"{where}.strategy", lock.strategy, known)
    for text, shares in lock.hands.items():
        key = f"{where}.hands.{text}"
        try:
            some = parse_range(text) > 0
        except RangeError as error:
            raise ConfigError(f"{key}: {error}") from None
        hands |= some
        strategy[some] = _row(key, shares, known)
    return Lock(tuple(taken), hands, strategy, tuple(cards)), state


def _row(key: str, shares: Mapping[str, float], known: list[str]) -> np.ndarray:
    """float64[action], the probabilities of a strategy."""
    row = np.zeros(len(known))
    for text, share in shares.items():
        name = named_action(text, known)
        if name is None:
            raise ConfigError(f"{key}: no {shown(text)} there; expected {', '.join(known)}")
        row[known.index(name)] += share
    return row
