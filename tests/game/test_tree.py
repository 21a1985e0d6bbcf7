"""The public tree holds every betting sequence once, with what it pays."""

import random

import numpy as np
import pytest
from helpers.plain_betting import nodes_of

from holdem_mpi.config.load import load_config
from holdem_mpi.config.shipped import shipped_games
from holdem_mpi.errors import ConfigError
from holdem_mpi.game.betting import limit_menu
from holdem_mpi.game.game import Game
from holdem_mpi.game.rules import BettingState, Rules, kuhn_rules
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD, KIND_SHOWDOWN

GAMES = [
    ("kuhn", {}),
    ("kuhn", {"game.players": 6}),
    ("leduc", {}),
    ("leduc_3p", {}),
    ("flop_holdem", {}),
    ("nolimit_hu_20bb", {}),
]


@pytest.fixture(params=GAMES, ids=lambda game: f"{game[0]}{''.join(map(str, game[1].values()))}")
def game_and_tree(request):
    name, overrides = request.param
    game = load_config(name, overrides).game
    return game, Game(game).tree


def test_every_node_is_the_state_that_its_line_leads_to(game_and_tree):
    game, tree = game_and_tree
    rules, menu = Game(game).rules, Game(game).menu
    states = [BettingState.start(rules)]
    for node in range(1, tree.num_nodes):
        above, index = tree.line_to(node)[-1]
        assert above == tree.parent_of_node[node] < node
        states.append(states[above].apply(int(tree.actions(above)[index])))
    for node, state in enumerate(states):
        assert tree.player_of_node[node] == state.player and tree.street_of_node[node] == state.street
        if state.is_over:
            assert tree.kind_of_node[node] == (KIND_SHOWDOWN if state.is_showdown else KIND_FOLD)
            terminal = tree.terminal_of_node[node]
            assert tuple(tree.stake_of_terminal[terminal]) == state.contributions
            folded = tuple(bool(tree.folded_of_terminal[terminal] >> seat & 1) for seat in range(tree.num_players))
            assert folded == state.folded
        else:
            assert tree.kind_of_node[node] == KIND_DECISION and tree.terminal_of_node[node] == -1
            assert tree.actions(node).tolist() == menu(state) and len(menu(state)) >= 1


def test_nodes_lie_in_depth_first_order_and_edges_name_each_once(game_and_tree):
    _, tree = game_and_tree
    assert sorted(tree.child_of_edge) == list(range(1, tree.num_nodes))
    expected = []
    pending = [0]
    while pending:
        node = pending.pop()
        expected.append(node)
        pending.extend(tree.children(node)[::-1].tolist())
    assert expected == list(range(tree.num_nodes))
    terminals = tree.terminal_of_node[tree.kind_of_node != KIND_DECISION]
    assert terminals.tolist() == list(range(len(tree.stake_of_terminal)))


def test_a_line_starts_at_the_root_and_ends_above_the_node(game_and_tree):
    _, tree = game_and_tree
    for node in range(0, tree.num_nodes, 7):
        at = 0
        for above, index in tree.line_to(node):
            assert above == at
            at = int(tree.children(above)[index])
        assert at == node


@pytest.mark.parametrize("name", shipped_games())
def test_hands_by_the_rules_are_walks_through_the_tree(name):
    game, draw = Game(load_config(name).game), random.Random(name)
    tree = game.tree
    for _ in range(100):
        state, node = BettingState.start(game.rules), 0
        while not state.is_over:
            assert tree.kind_of_node[node] == KIND_DECISION and tree.street_of_node[node] == state.street
            assert tree.player_of_node[node] == state.player and tree.actions(node).tolist() == game.menu(state)
            choice = draw.randrange(len(tree.actions(node)))
            state, node = state.apply(tree.actions(node)[choice]), tree.children(node)[choice]
        terminal = tree.terminal_of_node[node]
        assert tree.kind_of_node[node] == (KIND_SHOWDOWN if state.is_showdown else KIND_FOLD)
        assert tuple(tree.stake_of_terminal[terminal]) == state.contributions
        assert tree.folded_of_terminal[terminal] == sum(1 << seat for seat, out in enumerate(state.folded) if out)


@pytest.mark.parametrize("name", shipped_games())
def test_trees_of_shipped_games_are_those_of_plain_betting(name):
    game = Game(load_config(name).game)
    tree, nodes = game.tree, nodes_of(game.menu, game.rules)
    kinds, players, streets, parents, actions, stakes, folded = zip(*nodes)
    assert tree.kind_of_node.tolist() == list(kinds) and tree.player_of_node.tolist() == list(players)
    assert tree.street_of_node.tolist() == list(streets) and tree.parent_of_node.tolist() == list(parents)
    assert tree.action_of_edge.tolist() == [action for of_node in actions for action in of_node]
    assert tree.stake_of_terminal.tolist() == [list(stake) for stake in stakes if stake is not None]
    assert tree.folded_of_terminal.tolist() == [bits for bits in folded if bits is not None]


def test_limit_holdem_has_the_published_betting_sequences():
    tree = Game(load_config("limit_holdem").game).tree
    decisions = tree.street_of_node[tree.kind_of_node == KIND_DECISION]
    assert np.bincount(decisions).tolist() == [8, 70, 630, 5670]
    # Each of 7 lines leads on from the flop to the turn and so on, 9 from a later street: 567 enter the river.
    enters = (tree.street_of_node[1:] == 3) & (tree.street_of_node[tree.parent_of_node[1:]] == 2)
    assert np.count_nonzero(enters & (tree.kind_of_node[1:] == KIND_DECISION)) == 567


def test_toy_games_have_the_published_infosets():
    for name, players, rows in (("kuhn", 2, 12), ("kuhn", 3, 48), ("leduc", 2, 288)):
        game = load_config(name, {"game.players": players}).game
        tree = Game(game).tree
        buckets = {"kuhn": (players + 1,), "leduc": (3, 9)}[name]
        decisions = tree.street_of_node[tree.kind_of_node == KIND_DECISION]
        assert sum(buckets[street] for street in decisions) == rows


def test_a_tree_too_large_is_refused():
    with pytest.raises(ConfigError, match="more than 8 nodes"):
        build_tree(kuhn_rules(2), limit_menu, most_nodes=8)
    assert build_tree(kuhn_rules(2), limit_menu, most_nodes=9).num_nodes == 9


def test_a_node_with_too_many_actions_is_refused():
    rules = Rules((1000, 1000), (2, 1))
    with pytest.raises(ConfigError, match="17 actions at one decision; expected at most 16"):
        build_tree(rules, lambda state: [0, *range(4, 20)])
