"""A chart of a large tree opens its first street alone, and shows the same."""

import json

import numpy as np
import pytest

from holdem_mpi.config.shipped import path_of_blueprint
from holdem_mpi.errors import DataError, UserError
from holdem_mpi.evaluation.preflop_chart import chart_lines, chart_of
from holdem_mpi.game import game
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy import policy_files
from holdem_mpi.policy.policy_files import open_first_street, open_run_policy
from holdem_mpi.storage.policy_file import open_policy, save_policy, unpack_visited

NAME = "nolimit_hu_200bb"


@pytest.fixture
def every_tree_is_large(monkeypatch):
    monkeypatch.setattr(policy_files, "_WHOLE_TREE", 0)


def test_the_first_street_alone_is_the_policys(every_tree_is_large):
    whole, first = open_run_policy(NAME, Communicator()).policy, open_first_street(NAME).policy
    of_whole, of_first = (
        np.flatnonzero((tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == 0))
        for tree in (whole.layout.tree, first.layout.tree)
    )
    assert len(of_whole) == len(of_first) > 10 and first.layout.tree.num_nodes < whole.layout.tree.num_nodes
    for node, same in zip(of_whole, of_first):
        assert (whole.of_node(node) == first.of_node(same)).all()
        assert (whole.visited_of_node(node) == first.visited_of_node(same)).all()


@pytest.mark.parametrize("line", ["", "c", "r300", " R300 r900/"])
def test_charts_are_the_same_and_build_no_tree(monkeypatch, line):
    whole = chart_of(NAME, line)
    monkeypatch.setattr(policy_files, "_WHOLE_TREE", 0)
    monkeypatch.delattr(game, "build_tree")
    first = chart_of(NAME, line)
    assert first.words == whole.words
    assert first.title == whole.title and first.actions == whole.actions
    assert (first.probabilities == whole.probabilities).all() and (first.visited == whole.visited).all()


def test_raises_are_said_in_chips_and_big_blinds():
    lines = chart_lines(chart_of(NAME, "r300"))
    said = "actions: fold, call, raise to 900 (9 bb), raise to 20000 all-in (200 bb)"
    assert lines[0] == f"{NAME}: seat 0 (BB) to act after r300; {said}"
    assert lines[-1].startswith("raises by size: raise to 900 (9 bb) ")


@pytest.mark.parametrize("line", ["r301", "cc", "cc/c", "f", "r300c", "r20000c", "x"])
def test_what_is_no_preflop_decision_is_refused(every_tree_is_large, line):
    with pytest.raises(UserError, match=r"no preflop decision comes after it; expected one of \(none\), c, "):
        chart_of(NAME, line)


@pytest.mark.parametrize(("key", "value", "words"), [("limp", False, "do not fit"), ("players", 9, "no game")])
def test_a_policy_of_another_game_is_refused(every_tree_is_large, tmp_path, key, value, words):
    stored = open_policy(path_of_blueprint(NAME))
    meta = json.loads(json.dumps(stored.manifest))
    meta["game"][key] = value
    keys = ("game", "buckets", "abstraction_digest", "table_digest", "iterations", "layout_fingerprint")
    visited = unpack_visited(stored.visited, stored.manifest["rows"])
    save_policy(tmp_path / "policy", np.array(stored.strategy), visited, {name: meta[name] for name in keys})
    with pytest.raises(DataError, match=words):
        open_first_street(str(tmp_path / "policy"))
