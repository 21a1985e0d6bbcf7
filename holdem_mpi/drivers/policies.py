"""Average policies out of tables into folders, and back into something that answers questions."""

from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.cards import class_name
from holdem_mpi.config import GameConfig
from holdem_mpi.drivers.session import Session, layout_of_game
from holdem_mpi.errors import DataError
from holdem_mpi.formats.policy_json import InfosetKey, PolicyRow, dumps
from holdem_mpi.game.build import deck_of
from holdem_mpi.game.layout import Layout
from holdem_mpi.game.rules import CALL, FOLD
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.solver.policy import Policy, average_policy
from holdem_mpi.storage.atomic import write_atomically
from holdem_mpi.storage.policy_file import open_policy, save_policy, unpack_visited

# Rows up to which the JSON export holds the whole policy; above, the streets without public cards alone.
COMPLETE_JSON_ROWS = 10_000


def action_name(action: int) -> str:
    """``f``, ``c`` or ``rN``, as the ACPC protocol writes them."""
    return {FOLD: "f", CALL: "c"}.get(int(action), f"r{int(action)}")


def betting_to(layout: Layout, node: int) -> str:
    """The betting that leads to a node, ``cr300/c``, streets separated by slashes."""
    tree, text, street = layout.tree, "", 0
    for above, action in [*layout.tree.line_to(node), (node, None)]:
        text += "/" * (int(tree.street_of_node[above]) - street)
        street = int(tree.street_of_node[above])
        text += "" if action is None else action_name(tree.actions(above)[action])
    return text


def bucket_name(game: GameConfig, street: int, bucket: int) -> str:
    """``AKs`` before the flop, ``K-Q`` in Leduc, else the bucket's number."""
    deck = deck_of(game)
    if deck:
        return deck.bucket_name(street, bucket)
    return class_name(bucket) if street == 0 and game.board_cards[0] == 0 else str(bucket)


def policy_rows(game: GameConfig, policy: Policy, complete: bool) -> list[PolicyRow]:
    """Rows for the JSON export: all of them, or those of the first street."""
    layout, tree, rows = policy.layout, policy.layout.tree, []
    for node in np.flatnonzero(tree.kind_of_node == KIND_DECISION):
        street = int(tree.street_of_node[node])
        if street and not complete:
            continue
        betting, actions = betting_to(layout, int(node)), tuple(action_name(a) for a in tree.actions(int(node)))
        for bucket in range(layout.num_buckets[street]):
            key = InfosetKey(int(tree.player_of_node[node]), street, bucket_name(game, street, bucket), betting)
            probabilities, visited = policy.of_row(int(node), bucket)
            rows.append(PolicyRow(key, actions, tuple(float(p) for p in probabilities), visited))
    return rows


def export_policy(session: Session, table: np.ndarray, folder: Path, digest: str, iterations: int) -> None:
    """Write the average policy of ``table`` to ``folder`` as arrays and as avg_policy.json. OSError from the disk."""
    probability, visited = average_policy(session.layout, table)
    game = session.config.game
    meta = {
        "game": game.model_dump(mode="json"),
        "buckets": list(session.layout.num_buckets),
        "abstraction_digest": session.bucket_digest,
        "table_digest": digest,
        "iterations": iterations,
        "layout_fingerprint": session.layout.fingerprint(),
    }
    save_policy(folder, probability.astype(table.dtype), visited, meta)
    complete = session.layout.num_rows <= COMPLETE_JSON_ROWS
    header = {
        "game": meta["game"],
        "bucket_digest": session.bucket_digest,
        "table_digest": digest,
        "complete": complete,
    }
    rows = policy_rows(game, Policy(session.layout, probability, visited), complete)
    write_atomically(folder.parent / "avg_policy.json", dumps(header, rows).encode())


def open_run_policy(folder: str) -> tuple[GameConfig, Policy, dict[str, Any]]:
    """(game, policy, manifest) of a run's or a policy's folder. DataError where it does not fit its own game."""
    stored = open_policy(Path(folder), verify=True)
    manifest = stored.manifest
    try:
        game = GameConfig.model_validate(manifest["game"])
        layout = layout_of_game(game, tuple(manifest["buckets"]))
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{folder}: its manifest describes no game of this version ({str(error).splitlines()[0]})"
        ) from None
    if layout.fingerprint() != manifest["layout_fingerprint"] or stored.strategy.size != layout.num_pairs:
        raise DataError(f"{folder}: its tables do not fit the game that it names; expected a policy of this version")
    return game, Policy(layout, stored.strategy, unpack_visited(stored.visited, manifest["rows"])), manifest
