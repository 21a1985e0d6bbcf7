"""(node, bucket, action) to table positions and back: no gap, no overlap, bucket-major."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdem_mpi.config.load import load_config
from holdem_mpi.errors import ConfigError
from holdem_mpi.game.game import Game
from holdem_mpi.game.layout import build_layout
from holdem_mpi.kernels.arrays import (
    ACTIONS_SHIFT,
    KIND_DECISION,
    LAST_STREET_BIT,
    PLAYER_SHIFT,
    STREET_SHIFT,
    TERMINAL_SHIFT,
)

GAMES = [
    ("kuhn", 2, (3,)),
    ("kuhn", 6, (7,)),
    ("leduc", 2, (3, 9)),
    ("leduc", 3, (4, 16)),
    ("flop_holdem", 2, (169, 5)),
    ("nolimit_hu_20bb", 2, (5, 4, 3, 2)),
]


@pytest.fixture(params=GAMES, ids=lambda game: f"{game[0]}-{game[1]}")
def layout(request):
    name, players, buckets = request.param
    return build_layout(Game(load_config(name, {"game.players": players}).game).tree, buckets)


def decisions_of(layout):
    return [int(node) for node in np.flatnonzero(layout.tree.kind_of_node == KIND_DECISION)]


def test_positions_fill_the_table_without_gap_or_overlap(layout):
    pairs, rows = [], []
    for node in decisions_of(layout):
        buckets = layout.num_buckets[layout.tree.street_of_node[node]]
        actions = len(layout.tree.actions(node))
        for bucket in range(buckets):
            pairs += range(layout.pair(node, bucket), layout.pair(node, bucket) + actions)
            rows.append(layout.row(node, bucket))
    assert sorted(pairs) == list(range(layout.num_pairs))
    assert sorted(rows) == list(range(layout.num_rows))


def test_rows_lie_by_street_player_bucket_then_depth_first(layout):
    tree = layout.tree
    places = [
        (tree.street_of_node[node], tree.player_of_node[node], bucket, node)
        for node in decisions_of(layout)
        for bucket in range(layout.num_buckets[tree.street_of_node[node]])
    ]
    in_order = sorted(places)
    assert [layout.row(node, bucket) for *_, bucket, node in in_order] == list(range(layout.num_rows))
    first = layout.first_pair_of_row()
    assert [layout.pair(node, bucket) for *_, bucket, node in in_order] == first[:-1].tolist()
    assert first[-1] == layout.num_pairs
    widths = [len(tree.actions(node)) for *_, node in in_order]
    assert np.diff(first).tolist() == widths


def test_a_buckets_rows_of_one_street_and_player_are_one_segment(layout):
    tree = layout.tree
    for street in range(tree.num_streets):
        for player in range(tree.num_players):
            mine = [
                node
                for node in decisions_of(layout)
                if tree.street_of_node[node] == street and tree.player_of_node[node] == player
            ]
            width = int(layout.width[street, player])
            assert width == sum(len(tree.actions(node)) for node in mine)
            for bucket in range(layout.num_buckets[street]) if mine else ():
                start = layout.base_pair[street, player] + bucket * width
                assert {layout.pair(node, bucket) for node in mine} <= set(range(start, start + width))


def test_pairs_of_a_node_are_the_rows_of_its_buckets(layout):
    for node in decisions_of(layout)[::5]:
        pairs = layout.pairs_of_node(node)
        for bucket, of_bucket in enumerate(pairs):
            start = layout.pair(node, bucket)
            assert of_bucket.tolist() == list(range(start, start + len(layout.tree.actions(node))))


def test_the_code_that_traversals_read_is_the_tree(layout):
    tree, code = layout.tree, layout.code()
    record_of_node, pending = {}, [(0, 0)]
    while pending:
        node, record = pending.pop()
        record_of_node[node] = record
        head = int(code.code[record])
        assert head & 3 == tree.kind_of_node[node]
        assert head >> STREET_SHIFT & 3 == tree.street_of_node[node]
        actions = head >> ACTIONS_SHIFT & 255
        assert bool(head & LAST_STREET_BIT) == (tree.street_of_node[node] == tree.num_streets - 1)
        assert actions == len(tree.actions(node))
        if tree.kind_of_node[node] != KIND_DECISION:
            assert code.code[record + 1] == tree.terminal_of_node[node]
            continue
        assert head >> PLAYER_SHIFT & 7 == tree.player_of_node[node]
        assert code.code[record + 1] == layout.pair_of_node[node]
        for action, child in enumerate(tree.children(node)):
            ends = tree.kind_of_node[child] != KIND_DECISION
            assert bool(head >> (TERMINAL_SHIFT + action) & 1) == ends
            pending.append((int(child), int(code.code[record + 2 + action])))
    assert len(record_of_node) == tree.num_nodes
    sizes = 2 + tree.num_actions()
    assert sorted(record_of_node.values()) == np.concatenate(([0], np.cumsum(sizes[:-1]))).tolist()
    assert code.code.size == sizes.sum()


def test_the_fingerprint_tells_games_and_buckets_apart(layout):
    again = build_layout(layout.tree, layout.num_buckets)
    assert again.fingerprint() == layout.fingerprint()
    more = build_layout(layout.tree, (layout.num_buckets[0] + 1, *layout.num_buckets[1:]))
    assert more.fingerprint() != layout.fingerprint()
    raised = layout.tree.action_of_edge.copy()
    raised[-1] += 1
    other = replace(layout.tree, action_of_edge=raised)
    assert build_layout(other, layout.num_buckets).fingerprint() != layout.fingerprint()


@given(st.integers(1, 400), st.integers(1, 400))
@settings(deadline=None, max_examples=20)
def test_sizes_follow_from_the_tree(preflop, flop):
    tree = Game(load_config("flop_holdem").game).tree
    layout = build_layout(tree, (preflop, flop))
    decision = tree.kind_of_node == KIND_DECISION
    per_street = np.bincount(tree.street_of_node[decision])
    actions = np.bincount(tree.street_of_node, tree.num_actions())
    assert layout.num_rows == per_street @ [preflop, flop]
    assert layout.num_pairs == actions @ [preflop, flop]


def test_a_segment_beyond_32_bits_is_refused():
    tree = Game(load_config("kuhn").game).tree
    actions = tree.num_actions()
    huge = replace(tree, first_edge_of_node=np.concatenate(([0], np.cumsum(actions * (1 << 31)))))
    with pytest.raises(ConfigError, match="32-bit"):
        build_layout(huge, (3,))
