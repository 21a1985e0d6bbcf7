"""Opens the rows of a policy from a run's or policy's folder, or from a checkpoint; cards come in ``open_player``."""

import functools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.config.fingerprint import fingerprint
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.config.load import load_config
from holdem_mpi.config.run_config import AbstractionConfig, RunConfig
from holdem_mpi.config.shipped import path_of_blueprint, shipped_blueprints
from holdem_mpi.errors import DataError, UserError
from holdem_mpi.game.game import Game
from holdem_mpi.game.layout import build_layout
from holdem_mpi.game.tree import build_tree
from holdem_mpi.game.tree_size import count_tree
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.tabular import TabularPolicy, average_policy, table_entries
from holdem_mpi.storage.atomic import settled_folder
from holdem_mpi.storage.checkpoint import (
    generation_at,
    list_generations,
    load_generation,
    settled_table,
    split_checkpoint,
)
from holdem_mpi.storage.policy_file import StoredPolicy, open_policy, unpack_visited
from holdem_mpi.storage.table_digest import digest_of_table

# A tree of so many nodes is built, and a policy of it checked, in less than a second.
_WHOLE_TREE = 1 << 18


def _clustering(config: RunConfig) -> dict[str, Any]:
    """What a manifest says beside the numbers of buckets, where hands are clustered."""
    abstraction = config.abstraction
    return {"clustering": {"methods": abstraction.methods, "seed": abstraction.seed}} if abstraction.methods else {}


def abstraction_of(manifest: dict[str, Any], directory: str | None = None) -> AbstractionConfig:
    """The abstraction that a policy's manifest names, its tables in ``directory`` or in the cache."""
    return AbstractionConfig(buckets=list(manifest["buckets"]), directory=directory, **manifest.get("clustering", {}))


def is_shipped(name: str) -> bool:
    """Whether a name stands for a blueprint that comes with the package; a folder of that name comes first."""
    return name in shipped_blueprints() and not Path(name).exists()


def policy_folder(name: str) -> Path:
    """The folder that a policy's name, without a checkpoint, stands for: itself, or that of a shipped blueprint."""
    return path_of_blueprint(name) if is_shipped(name) else Path(name)


def folders_of_run(name: str) -> tuple[Path, Path]:
    """(folder, the one above it) of a policy's name: one of them is its run's, where it has one."""
    folder = policy_folder(split_checkpoint(name)[0])
    folder = folder if folder.name not in ("", "..") else Path(os.path.abspath(folder))
    return folder, folder.parent


def check_policy_exists(name: str, option: str = "", baselines: Iterable[str] = ()) -> None:
    """UserError, one line with what there is, where a policy's name stands for no folder. option: begins the line."""
    folder = split_checkpoint(name)[0]
    if not folder or not settled_folder(policy_folder(folder)).exists():
        known = [*shipped_blueprints(), *baselines]
        named = name or "''"
        others = f"{'one of ' if len(known) > 1 else ''}{', '.join(known)}"
        raise UserError(f"{option}{named}: no such folder; expected a run's or policy's folder, or {others}")


def config_of_run(folder: str) -> RunConfig:
    """The config that a run's folder holds. DataError where there is none, ConfigError where it cannot be read."""
    path = Path(folder) / "config.yaml"
    if not path.is_file():
        raise DataError(f"{folder}: no config.yaml here, expected the folder of a run")
    return load_config(path)


class OpenedPolicy(NamedTuple):
    """A policy's folder, opened.

    game: that it plays.
    policy: its rows.
    manifest: what its folder says of it, such as ``iterations``, ``table_digest`` and ``abstraction_digest``.
    """

    game: Game
    policy: TabularPolicy
    manifest: dict[str, Any]


@functools.lru_cache(maxsize=1)
def _game_of(config: str) -> Game:
    """The game of a config's JSON: checkpoints of one run share its tree."""
    return Game(GameConfig.model_validate_json(config))


def _open_checkpoint(run_folder: str, number: int, verify: bool) -> OpenedPolicy:
    """What a run was after batch ``number``: the average policy of its checkpoint's table.

    The manifest has the keys of a policy's, and ``checkpoint``, ``seconds`` and ``cpu_seconds``. Nothing is written; in
    memory it takes half the table's bytes, or as much where it is of float32. DataError where there is no such
    checkpoint, or it is damaged or of another run than the folder's config.
    """
    config = config_of_run(run_folder)
    arrays, stored = load_generation(generation_at(Path(run_folder) / "checkpoints", number), verify=verify)
    game = _game_of(config.game.model_dump_json())
    layout = game.layout(tuple(config.abstraction.buckets))
    progress, table = stored["progress"], settled_table(arrays) if "table" in arrays else np.empty(0)
    if stored["fingerprint"] != fingerprint(config):
        raise DataError(f"{run_folder}: checkpoint {number} is of another config than the folder's config.yaml")
    if progress.get("layout") != layout.fingerprint() or table.shape != (table_entries(config, layout),):
        raise DataError(f"{run_folder}: checkpoint {number} does not fit its game; expected one of this version")
    probability, visited = average_policy(layout, table)
    manifest = {
        "game": config.game.model_dump(mode="json"),
        "buckets": list(layout.num_buckets),
        **_clustering(config),
        "abstraction_digest": progress["bucket_digest"],
        "table_digest": digest_of_table(table, progress["batch"], progress["iterations"]),
        "iterations": progress["iterations"],
        "layout_fingerprint": progress["layout"],
        "checkpoint": number,
        "seconds": progress["seconds"],
        "cpu_seconds": progress["cpu_seconds"],
    }
    return OpenedPolicy(game, TabularPolicy(layout, probability.astype(table.dtype), visited), manifest)


def digest_of_checkpoint(run_folder: str, number: int) -> tuple[str, int]:
    """(digest of the table, iterations) of a checkpoint. DataError where it cannot be read."""
    arrays, stored = load_generation(generation_at(Path(run_folder) / "checkpoints", number), verify=False)
    progress = stored["progress"]
    return digest_of_table(settled_table(arrays), progress["batch"], progress["iterations"]), progress["iterations"]


def policies_of(folder: str, checkpoint: str | None) -> list[str]:
    """The names, as ``open_run_policy`` takes them, that ``--policy FOLDER --checkpoint N`` stands for.

    ``checkpoint`` None is the folder's own policy, ``all`` every checkpoint that the run has, oldest first.
    """
    if checkpoint is None:
        return [folder]
    config_of_run(folder)
    numbers = [number for number, _ in list_generations(Path(folder) / "checkpoints")]
    if checkpoint != "all" and not checkpoint.isdecimal():
        raise UserError(f"--checkpoint {checkpoint}: expected the number of a checkpoint, or all")
    if checkpoint != "all":
        generation_at(Path(folder) / "checkpoints", int(checkpoint))
        numbers = [int(checkpoint)]
    if not numbers:
        raise DataError(f"{folder}: no checkpoints here, expected the folder of a run that has saved one")
    return [f"{folder}@{number}" for number in numbers]


def open_run_policy(folder: str, comm: Communicator) -> OpenedPolicy:
    """The policy of a run's or a policy's folder, of a run's checkpoint (``RUN@250``), or a shipped one by its name, on
    every rank.

    Rank 0 checks all bytes; then the others map the same files. UserError where there is no such folder, DataError
    where files are damaged or do not fit their own game, on every rank alike. Collective.
    """
    opened: list[OpenedPolicy] = []
    comm.on_root(lambda: opened.append(_open(folder, verify=True)))
    return opened[0] if opened else _open(folder, verify=False)


def open_first_street(folder: str) -> OpenedPolicy:
    """The policy of ``open_run_policy``, for one rank that asks for decisions of the first street alone.

    Where the game's tree has more than _WHOLE_TREE nodes, those alone are built and mapped: the tree ends where the
    second street begins, and the layout knows no later rows. Then sizes of files are checked, their bytes are not.
    """
    check_policy_exists(folder)
    if split_checkpoint(folder)[1] is None:
        stored = open_policy(policy_folder(folder))
        try:
            game, buckets = _game_of_manifest(stored.manifest), tuple(stored.manifest["buckets"])
            size = count_tree(game.rules, game.menu)
        except (ValueError, KeyError, TypeError) as error:
            raise _no_game(folder, error) from None
        if size is not None and size.nodes > _WHOLE_TREE:
            sizes = size.table_pairs(game.buckets(buckets)), size.table_rows(game.buckets(buckets))
            if sizes != (stored.strategy.size, stored.manifest["rows"]):
                raise _no_fit(folder)
            return _first_street(game, stored)
    return open_run_policy(folder, Communicator())


def open_shipped_first_street(name: str) -> OpenedPolicy:
    """The policy of ``open_first_street`` of a blueprint that comes with the package, in some milliseconds.

    Its bytes are checked; that they fit the game is not: they come together. UserError where none has that name.
    """
    stored = open_policy(path_of_blueprint(name), verify=True)
    return _first_street(_game_of_manifest(stored.manifest), stored)


def _first_street(game: Game, stored: StoredPolicy) -> OpenedPolicy:
    """The rows of the first street, which lie first in the table."""
    buckets = game.buckets(tuple(stored.manifest["buckets"]))
    layout = build_layout(build_tree(game.rules, game.menu, streets=1), buckets)
    visited = unpack_visited(stored.visited, layout.num_rows)
    return OpenedPolicy(game, TabularPolicy(layout, stored.strategy, visited), stored.manifest)


def _game_of_manifest(manifest: dict[str, Any]) -> Game:
    return _game_of(GameConfig.model_validate(manifest["game"]).model_dump_json())


def _no_game(folder: str, error: Exception) -> DataError:
    return DataError(f"{folder}: its manifest describes no game of this version ({str(error).splitlines()[0]})")


def _no_fit(folder: str) -> DataError:
    return DataError(f"{folder}: its tables do not fit the game that it names; expected a policy of this version")


def _open(folder: str, verify: bool) -> OpenedPolicy:
    check_policy_exists(folder)
    run, number = split_checkpoint(folder)
    if number is not None:
        return _open_checkpoint(run, number, verify)
    stored = open_policy(policy_folder(folder), verify)
    manifest = stored.manifest
    try:
        game = _game_of_manifest(manifest)
        layout = game.layout(tuple(manifest["buckets"]))
    except (ValueError, KeyError, TypeError) as error:
        raise _no_game(folder, error) from None
    if layout.fingerprint() != manifest["layout_fingerprint"] or stored.strategy.size != layout.num_pairs:
        raise _no_fit(folder)
    visited = unpack_visited(stored.visited, manifest["rows"])
    return OpenedPolicy(game, TabularPolicy(layout, stored.strategy, visited), manifest)
