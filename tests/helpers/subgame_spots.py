"""Spots for tests of the subgame solver: small trees, ranges with all that can go wrong, a solver beside its twin."""

import numpy as np
import pytest

from holdem_mpi.cards import hand_of_cards, parse_cards
from holdem_mpi.game.betting import SizeMenu
from holdem_mpi.game.rules import BettingState, Rules
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.subgame import subgame_arrays
from holdem_mpi.subgame.rake import Rake
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.weights import Weights

from .naive_subgame import NaiveSpot

FLOP, TURN, RIVER = "Qs Jh 2h", "Qs Jh 2h 8h", "Qs Jh 2h 8h 3c"
# Twins, hands that share a card, sets that the next card pairs, flushes, ties; weights that are no powers of two.
ASYMMETRIC = (
    {"AhKc": 1, "QcQd": 0.7, "Th9c": 1, "AcAd": 0.3, "8c8d": 1, "KsTs": 0.55, "7h6h": 1, "AsAd": 1, "5c4c": 0.2},
    {"AhKc": 0.9, "QcJd": 1, "Th9c": 0.35, "JcJd": 1, "AsKs": 1, "8c3d": 0.6, "KsTd": 1},
)
# Clubs and diamonds can be exchanged, the tie in the other suits cannot.
SYMMETRIC = (
    {"AcKc": 1, "AdKd": 1, "9c9d": 0.5, "Th9h": 1, "QcJh": 0.4, "QdJh": 0.4, "KcTd": 1, "KdTc": 1},
    {"AcKc": 0.9, "AdKd": 0.9, "9s9h": 1, "8c8d": 0.8, "QcJc": 1, "QdJd": 1, "Kh7h": 0.25},
)


def spot_tree(board, stack=100, raises=(0.6,), start=(), most=(None,) * 4):
    """From the board's street on; pot 50; ``start``: actions already taken; ``most``: bets and raises by street."""
    street = len(parse_cards(board)) - 2
    rules = Rules(
        (25 + stack,) * 2, (25, 25), board_cards=(0, 3, 1, 1), min_bet=1, first_to_act=(0,) * 4, max_raises=most
    )
    history = tuple(() for _ in range(street))
    state = BettingState(rules, street - 1, 0, (25, 25), (False,) * 2, 0, 0, (False,) * 2, (0, 1), history)
    state = BettingState(rules, street, 0, (25, 25), (False,) * 2, 0, 0, (False,) * 2, (0, 1), (*history, ()))
    for action in start:
        state = state.apply(action)
    return build_tree(rules, SizeMenu(((1.0,),) * 4, (raises,) * 4, (False,) * 4, 0.9), state)


def both(board, ranges, weights=None, deck=None, rake=(0.0, np.inf), **tree_options):
    """(solver, twin) of one spot; deck: the cards that may come to the twin (see ``some_cards``)."""
    weights = weights or Weights()
    tree, cards = spot_tree(board, **tree_options), parse_cards(board)
    weight_of_hand = np.zeros((2, 1326))
    hands = ([], [])
    for player, of_player in enumerate(ranges):
        pairs = {hand_of_cards(*parse_cards(name)): (tuple(parse_cards(name)), w) for name, w in of_player.items()}
        for hand, (pair, weight) in sorted(pairs.items()):
            weight_of_hand[player, hand] = weight
            if not set(pair) & set(cards):
                hands[player].append((pair, weight))
    formula = (weights.alpha, weights.beta, weights.gamma, weights.plus, weights.restart)
    solver = SubgameSolver(tree, cards, weight_of_hand, weights, rake=Rake(*rake))
    return solver, NaiveSpot(tree, cards, hands, formula, deck, rake)


def some_cards(monkeypatch, deck):
    """Let no other cards come than these, though each is as likely as before: games small enough for plain Python."""
    every = subgame_arrays._standing

    def standing(board, symmetries, of_deck):
        kept = {}
        for images in every(board, symmetries, of_deck).values():
            assert len(images.keys() & deck) in (0, len(images)), "expected cards that renamings lead to one another"
            if images.keys() <= deck:
                kept[next(iter(images))] = images
        return kept

    monkeypatch.setattr(subgame_arrays, "_standing", standing)


def dealt_of(solver):
    """(tuples of the cards to come of each branch, and of each runout)."""
    game = solver.game
    if game.share.size < 2:
        cards = [(int(card),) if card >= 0 else () for card in game.runout_card]
        return cards, cards
    branches = [(int(card),) for card in game.branch_card]
    spans = [range(*game.first_runout[branch : branch + 2]) for branch in range(len(branches))]
    return branches, [(*cards, int(game.runout_card[k])) for cards, span in zip(branches, spans) for k in span]


def places(solver):
    """(node, cards to come that have been dealt, where its sums begin) of each decision's appearance in the table."""
    game, (branches, runouts) = solver.game, dealt_of(solver)
    decision = solver.tree.kind_of_node == KIND_DECISION
    below = {node for entry in game.last_entry for node in range(entry, game.end[entry])}
    for node in np.flatnonzero(decision):
        first, size, cards = 0, 0, [()]
        if node in below:
            first, size, cards = game.block[0], game.block[1], runouts
        elif node in game.middle:
            first, size, cards = game.block[0] + len(runouts) * game.block[1], game.block[2], branches
        for number, dealt in enumerate(cards):
            yield int(node), dealt, int(first + number * size + game.offset[node])


def block_at(solver, sums, node, start):
    """float[action, hand], a view of the sums of a decision that begin there."""
    player, actions = int(solver.tree.player_of_node[node]), len(solver.tree.actions(node))
    count = int(solver.game.count[player])
    return sums[start : start + actions * count].reshape(actions, count)[:, : solver.hands[player].size]


def tables(solver, twin):
    """Pairs of the same sums: the solver's, the twin's."""
    return (solver.sums.regret, twin.regret), (solver.sums.strategy, twin.strategy)


def assert_same_sums(solver, twin):
    """All sums are the twin's, to float32; hands that a card to come blocks are nobody's."""
    compared = set()
    for node, dealt, start in places(solver):
        board = (*solver.board, *dealt)
        player = int(solver.tree.player_of_node[node])
        live = [set(hand).isdisjoint(board) for hand, _ in twin.hands[player]]
        for ours, theirs in tables(solver, twin):
            if (node, board) in theirs:
                found, expected = block_at(solver, ours, node, start), theirs[node, board]
                close = {"rtol": 1e-5, "atol": 1e-5 * np.abs(expected).max() + 1e-9}
                assert np.allclose(found[:, live], expected[:, live], **close)
                compared.add((node, id(ours)))
    assert len(compared) >= (2 - solver.locked) * (solver.tree.kind_of_node == KIND_DECISION).sum()


def fill_at_random(solver, twin):
    """The same sums of either sign for both, as after four iterations; the kernel's float32 decide no tie then."""
    generator = np.random.default_rng(7)
    solver.iterations = twin.iterations = 4
    for node, dealt, start in places(solver):
        for (ours, theirs), lowest in zip(tables(solver, twin), (-30, 0)):
            block = block_at(solver, ours, node, start)
            block[:] = generator.uniform(lowest, 60, block.shape)
            theirs[node, (*solver.board, *dealt)] = block.astype(np.float64)


def assert_same_values(solver, twin, pot=50):
    """Values of all kinds and the exploitability are the twin's."""
    for player in range(2):
        other = (twin.meets(solver.board) if player == 0 else twin.meets(solver.board).T) @ twin.start(1 - player)
        for best, locked in ((False, False), (True, False), (True, True)):
            if locked and not solver.game.upper.size:
                continue
            values, expected = solver.values(player, best, locked), twin.root_value(player, best, locked) / other
            assert np.abs(values - expected).max() <= 1e-5 * pot
            mean = twin.start(player) @ (expected * other) / (twin.start(player) @ other)
            assert solver.mean(player, values) == pytest.approx(mean, abs=1e-5 * pot)
    assert solver.exploitability() == pytest.approx(twin.exploitability(), abs=1e-5 * pot)


def without_symmetries(monkeypatch, make):
    with monkeypatch.context() as patch:
        patch.setattr(subgame_arrays, "symmetries_of", lambda *_: [(0, 1, 2, 3)])
        return make()
