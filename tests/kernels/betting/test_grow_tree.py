"""The kernels that walk and count trees, against betting written a second time, plainly."""

import pytest
from helpers.plain_betting import after, begin, legal, nodes_of, offered
from helpers.random_games import random_game

from holdem_mpi.errors import ConfigError
from holdem_mpi.game import tree as trees
from holdem_mpi.game import tree_size
from holdem_mpi.game.rules import BettingState
from holdem_mpi.game.tree import ARRAYS, build_tree
from holdem_mpi.game.tree_size import count_tree
from holdem_mpi.kernels.arrays import KIND_DECISION

pytestmark = pytest.mark.kernels
MOST = 2000


@pytest.fixture(autouse=True)
def no_tree_is_small(monkeypatch):
    monkeypatch.setattr(trees, "SMALL", 0)


@pytest.mark.parametrize("seed", range(60))
def test_trees_are_those_of_plain_betting(seed):
    rules, menu = random_game(seed)
    nodes = nodes_of(menu, rules, MOST)
    if nodes is None:
        with pytest.raises(ConfigError, match=f"more than {MOST} nodes"):
            build_tree(rules, menu, most_nodes=MOST)
        return
    tree = build_tree(rules, menu)
    kinds, players, streets, parents, actions, stakes, folded = zip(*nodes)
    assert tree.kind_of_node.tolist() == list(kinds) and tree.player_of_node.tolist() == list(players)
    assert tree.street_of_node.tolist() == list(streets) and tree.parent_of_node.tolist() == list(parents)
    assert [tree.actions(node).tolist() for node in range(tree.num_nodes)] == list(actions)
    assert tree.stake_of_terminal.tolist() == [list(stake) for stake in stakes if stake is not None]
    assert tree.folded_of_terminal.tolist() == [bits for bits in folded if bits is not None]
    by_python = build_tree(rules, lambda state: menu(state))
    for name in ARRAYS:
        one, other = getattr(tree, name), getattr(by_python, name)
        assert one.dtype == other.dtype and one.flags.c_contiguous and (one == other).all()
    size = count_tree(rules, menu)
    decisions = [(streets[node], players[node], len(actions[node])) for node in range(len(nodes)) if actions[node]]
    assert size.nodes == len(nodes) and size.rows.sum() == len(decisions)
    for street in range(rules.num_streets):
        for player in range(rules.num_players):
            pairs = [count for *place, count in decisions if place == [street, player]]
            assert (size.rows[street, player], size.pairs[street, player]) == (len(pairs), sum(pairs))


@pytest.mark.parametrize("seed", range(60, 100))
def test_states_are_those_of_plain_betting_along_any_line(seed):
    rules, menu = random_game(seed)
    plain, state, turn = begin(rules), BettingState.start(rules), seed
    while plain["to_act"]:
        assert state.to_act == plain["to_act"] and state.player == plain["to_act"][0]
        assert tuple(state.legal()) == legal(rules, plain) and menu(state) == offered(menu, rules, plain)
        may_fold, _, least, most = state.legal()
        choices = [0] + [-1] * may_fold + ([least, most, (least + most) // 2] if most else [])
        turn = (turn * 48271 + 11) % 2147483647
        action = choices[turn % len(choices)]
        plain, state = after(rules, plain, action), state.apply(action)
        keys = "street", "history", "folded", "acted"
        assert tuple(getattr(state, key) for key in keys) == tuple(plain[key] for key in keys)
        assert (state.contributions, state.num_raises) == (plain["chips"], plain["raises"])
        assert state.largest_raise == plain["largest"]
    assert state.is_over and state.to_act == ()


def test_a_walk_goes_on_where_arrays_were_full(monkeypatch):
    rules, menu = random_game(3)
    whole = build_tree(rules, menu, most_nodes=5000)
    monkeypatch.setattr(trees, "_FIRST_ROOM", 1)
    monkeypatch.setattr(trees, "_FIRST_PENDING", 32)
    pieces = build_tree(rules, menu, most_nodes=5000)
    assert whole.num_nodes > 100
    for name in ARRAYS:
        assert (getattr(pieces, name) == getattr(whole, name)).all()


def test_a_tree_may_end_with_a_street():
    rules, menu = random_game(3)
    whole, cut = build_tree(rules, menu, most_nodes=5000), build_tree(rules, menu, streets=1)
    first = (whole.kind_of_node == KIND_DECISION) & (whole.street_of_node == 0)
    assert rules.num_streets > 1 and cut.num_nodes < whole.num_nodes
    assert (cut.kind_of_node == KIND_DECISION).sum() == first.sum()
    assert (cut.player_of_node[cut.kind_of_node == KIND_DECISION] == whole.player_of_node[first]).all()
    assert cut.street_of_node.max() == 1


def test_counting_remembers_no_more_states_than_it_may(monkeypatch):
    rules, menu = random_game(3)
    nodes = build_tree(rules, menu, most_nodes=5000).num_nodes
    monkeypatch.setattr(tree_size, "FEWEST_STATES", 2)
    assert count_tree(rules, menu).nodes == nodes  # as often anew as it takes
    monkeypatch.setattr(tree_size, "MOST_STATES", 2)
    assert count_tree(rules, menu) is None
    monkeypatch.setattr(tree_size, "MAX_NODES", 5)
    with pytest.raises(ConfigError, match=r"its betting tree has more than [6-9] nodes; expected at most 5 "):
        count_tree(rules, menu)
