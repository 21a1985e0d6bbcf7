"""Random hands by the package's own rules, for tests of formats and the shipped examples."""

import random
from typing import NamedTuple

from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules


class RandomHand(NamedTuple):
    """hole: two cards by seat. board: as far as dealt. states: before each action."""

    rules: Rules
    hole: tuple[tuple[int, int], ...]
    board: tuple[int, ...]
    actions: tuple[int, ...]
    states: tuple[BettingState, ...]
    final: BettingState


def random_rules(rng: random.Random, players: int, fixed: bool) -> Rules:
    big = rng.randint(2, 100)
    blinds = (big, big // 2) if players == 2 else (big // 2, big) + (0,) * (players - 2)
    # Nobody is all-in with a blind: there pokerkit asks for checks that PHH files have and our rules do not.
    stacks = tuple(rng.randint(1, 60 * big) for _ in range(players))
    ante = rng.choice((0, 0, rng.randint(1, big)))
    if players > 2:  # of a big blind who cannot post in full, others owe less in pokerkit
        stacks = (stacks[0], max(stacks[1], ante + big), *stacks[2:])
    if fixed:
        return Rules(stacks, blinds, ante, "fixed_limit", raise_sizes=(big, big, 2 * big, 2 * big), max_raises=(4,) * 4)
    return Rules(stacks, blinds, ante)


def random_action(state: BettingState, rng: random.Random, fold: float = 0.15, all_in: float = 0.08) -> int:
    """A legal action: folds are rare, raises of all sizes."""
    legal = state.legal()
    if legal.can_fold and rng.random() < fold:
        return FOLD
    if not legal.max_raise_to or rng.random() < 0.55:
        return CALL
    if rng.random() < all_in:
        return legal.max_raise_to
    return rng.randint(legal.min_raise_to, min(legal.max_raise_to, 3 * legal.min_raise_to))


def random_hand(rules: Rules, rng: random.Random) -> RandomHand:
    cards = rng.sample(range(52), 2 * rules.num_players + sum(rules.board_cards))
    hole = tuple((cards[2 * seat], cards[2 * seat + 1]) for seat in range(rules.num_players))
    state, states, actions = BettingState.start(rules), [], []
    while not state.is_over:
        states.append(state)
        actions.append(random_action(state, rng))
        state = state.apply(actions[-1])
    dealt = sum(rules.board_cards if state.is_showdown else rules.board_cards[: state.street + 1])
    board = tuple(cards[2 * rules.num_players :][:dealt])
    return RandomHand(rules, hole, board, tuple(actions), tuple(states), state)
