"""Average policies out of tables into folders."""

from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.formats.policy_json import InfosetKey, PolicyRow, dumps
from holdem_mpi.game.game import Game
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.policy.names import action_name, betting_to, bucket_name
from holdem_mpi.policy.policy_files import _clustering
from holdem_mpi.policy.tabular import TabularPolicy, average_policy
from holdem_mpi.storage.atomic import write_atomically
from holdem_mpi.storage.policy_file import save_policy
from holdem_mpi.training.problem import Problem

# Rows up to which the JSON export holds the whole policy; above, decisions of the first street alone, so many at most.
COMPLETE_JSON_ROWS = 10_000
MOST_JSON_DECISIONS = 1000


def first_decisions(tree: PublicTree) -> list[int]:
    """The first street's decision nodes in order of the tree; of more than MOST_JSON_DECISIONS those of the shortest
    betting.
    """
    nodes = np.flatnonzero((tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == 0)).tolist()
    depth = {-1: -1}
    for node in nodes:
        depth[node] = depth[int(tree.parent_of_node[node])] + 1
    return sorted(sorted(nodes, key=depth.__getitem__)[:MOST_JSON_DECISIONS])


def policy_rows(game: Game, policy: TabularPolicy, complete: bool) -> list[PolicyRow]:
    """Rows for the JSON export: all of them, or those of the first street."""
    layout, tree, rows = policy.layout, policy.layout.tree, []
    every = np.flatnonzero(tree.kind_of_node == KIND_DECISION).tolist()
    for node in every if complete else first_decisions(tree):
        street = int(tree.street_of_node[node])
        betting, actions = betting_to(layout, node), tuple(action_name(a) for a in tree.actions(node))
        for bucket in range(layout.num_buckets[street]):
            key = InfosetKey(int(tree.player_of_node[node]), street, bucket_name(game, street, bucket), betting)
            probabilities, visited = policy.of_row(node, bucket)
            rows.append(PolicyRow(key, actions, tuple(float(p) for p in probabilities), visited))
    return rows


def policy_manifest(problem: Problem, digest: str, iterations: int) -> dict[str, Any]:
    """What a policy's folder says of it beside the arrays; digest: of the table that it is the average of."""
    return {
        "game": problem.config.game.model_dump(mode="json"),
        "buckets": list(problem.layout.num_buckets),
        **_clustering(problem.config),
        "abstraction_digest": problem.bucket_digest,
        "table_digest": digest,
        "iterations": iterations,
        "layout_fingerprint": problem.layout.fingerprint(),
    }


def export_policy(problem: Problem, table: np.ndarray, folder: Path, digest: str, iterations: int) -> None:
    """Write the average policy of ``table`` to ``folder`` as arrays and as avg_policy.json. OSError from the disk."""
    probability, visited = average_policy(problem.layout, table)
    config, meta = problem.config, policy_manifest(problem, digest, iterations)
    save_policy(folder, probability.astype(table.dtype), visited, meta)
    complete = problem.layout.num_rows <= COMPLETE_JSON_ROWS
    header = {
        "game": meta["game"],
        "bucket_digest": problem.bucket_digest,
        "table_digest": digest,
        "complete": complete,
    }
    rows = policy_rows(Game(config.game), TabularPolicy(problem.layout, probability, visited), complete)
    write_atomically(folder.parent / "avg_policy.json", dumps(header, rows).encode())
