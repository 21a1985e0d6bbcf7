"""Build a card abstraction once, all ranks together, and keep it in the user's cache folder."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml
from rich.console import Console

from holdem_mpi.abstraction import features, percentile
from holdem_mpi.abstraction import lossless_buckets as lossless
from holdem_mpi.abstraction.bucket_files import (
    TEXTURE,
    BucketTableKey,
    BucketTableWriter,
    abstraction_digest,
    open_bucket_table,
    read_bucket_manifest,
    table_exists,
)
from holdem_mpi.abstraction.bucket_table_keys import keys_of
from holdem_mpi.abstraction.kmeans_buckets import by_kmeans, warm_up
from holdem_mpi.abstraction.percentile import StreetBuckets, all_see, by_percentile, without_loss
from holdem_mpi.abstraction.texture import by_texture, warm_up_textures
from holdem_mpi.cards import NUM_CLASSES
from holdem_mpi.config.buckets import ABSTRACTION_FILE
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.config.run_config import AbstractionConfig
from holdem_mpi.errors import ConfigError, DataError, SaveError, UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compile_once import compile_once
from holdem_mpi.parallel.compilers import Job
from holdem_mpi.parallel.notices import Notice
from holdem_mpi.reporting.progress import Reporter
from holdem_mpi.storage.atomic import write_atomically
from holdem_mpi.storage.cache import cache_folder
from holdem_mpi.text import counted


class Abstraction(NamedTuple):
    """A finished abstraction.

    keys: of the bucket tables from the flop on.
    paths: of their files.
    digest: SHA-256 (hex) of all tables together.
    num_buckets_by_street: preflop first.
    methods, seed: as they were asked for.
    """

    keys: tuple[BucketTableKey, ...]
    paths: tuple[Path, ...]
    digest: str
    num_buckets_by_street: tuple[int, ...]
    methods: tuple[str, ...] = ()
    seed: int = 0


@contextlib.contextmanager
def _locked(comm: Communicator, folder: Path, reporter: Reporter) -> Iterator[None]:
    """Hold the folder's lock on rank 0 while the block runs, so that two runs never build into one place."""
    handles: list[int] = []

    def lock() -> None:
        path = folder / "lock"
        if folder.exists() and not folder.is_dir():
            raise ConfigError(f"{folder}: is no folder; expected one for bucket tables, or a place for a new one")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handles.append(os.open(path, os.O_RDWR | os.O_CREAT, 0o666))
            try:
                fcntl.flock(handles[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                reporter.line(f"{path}: another run builds here, waiting for it")
                fcntl.flock(handles[0], fcntl.LOCK_EX)
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}; expected a folder of bucket tables to write to") from error

    try:
        comm.on_root(lock)
        yield
    finally:
        for handle in handles:
            os.close(handle)


def _compile_first(comm: Communicator, keys: tuple[BucketTableKey, ...]) -> None:
    """Run every kernel once on the first rank of each host; the others load its cache. Collective.

    16 cold ranks on 2 cores took 78 seconds for the flop, each compiling for itself; so it is 32, beside other jobs.
    """
    compile_once(comm, lambda: compile_tables(keys))


def compile_tables(keys: tuple[BucketTableKey, ...]) -> None:
    """Compile, or load, what builds these tables, on a board or two."""
    for key in keys:
        if key.is_clustered:
            warm_up(key)
            continue
        if lossless.is_lossless(key.street, key.buckets):
            lossless.shift_rows(lossless.lossless_rows(key.street, 0, 1)[0], np.zeros(1, np.int64))
            continue
        largest = features.largest_numerator(key.street, key.final_street)
        if key.street == key.final_street:
            values = features.final_numerators(key.final_street, 0, 1)
        else:
            sums = features.empty_sums(key.street)
            features.add_to_sums(key.street, key.final_street, 0, 1, sums)
            values = sums[:1].copy()
            features.settle_sums(key.street, 0, values)
        if key.method == TEXTURE:
            warm_up_textures(key, values)
            continue
        percentile.add_counts(key.street, 0, values, percentile.empty_counts(largest))
        percentile.bucket_rows(values, np.zeros(largest + 2, dtype=percentile.bucket_dtype(key.buckets)))


def building_jobs(game: GameConfig, abstraction: AbstractionConfig) -> list[Job]:
    """What other processes can compile for a game's bucket tables meanwhile; nothing where all of them are there."""
    methods, final_street = tuple(abstraction.methods), game.streets - 1
    keys = keys_of(tuple(abstraction.buckets), final_street, methods, abstraction.seed)
    folder = cache_folder(abstraction.directory)
    if all(table_exists(key.path(folder)) for key in keys):
        return []
    arguments = {"buckets": list(abstraction.buckets), "final_street": final_street, "methods": list(methods)}
    return [Job("card abstraction", f"{__name__}:compile_building", arguments, 15.0)]


def compile_building(buckets: list[int], final_street: int, methods: list[str]) -> None:
    """Compile, or load, what builds these tables, the last street's first: who builds them begins with the flop's."""
    compile_tables(keys_of(tuple(buckets), final_street, tuple(methods))[::-1])


def _buckets_of_street(comm: Communicator, folder: Path, key: BucketTableKey, reporter: Reporter) -> StreetBuckets:
    if key.is_clustered:
        return by_kmeans(comm, key, folder, reporter)
    if key.method == TEXTURE:
        with Notice(f"{features.STREET_NAMES[key.street]}: {counted(key.buckets, 'bucket')} by texture"):
            return by_texture(comm, key, reporter)
    return (without_loss if lossless.is_lossless(key.street, key.buckets) else by_percentile)(comm, key, reporter)


def _build_by_some(comm: Communicator, folder: Path, keys: list[BucketTableKey], reporter: Reporter) -> None:
    """Build tables with one rank a core, while the others sleep: what each rank has to know of all boards (textures,
    quantiles) took 16 ranks on two cores three times as long as two. Collective; a UserError is raised on every rank.
    """
    failed: UserError | None = None
    builders = comm.host.one_a_core()
    try:
        for key in keys if builders else ():
            _build_street(builders, folder, key, reporter)
    except UserError as error:
        failed = error

    def tell() -> None:
        if failed:
            raise failed

    comm.on_root(tell)
    if builders and builders is not comm:
        builders.free()


def _build_street(comm: Communicator, folder: Path, key: BucketTableKey, reporter: Reporter) -> None:
    """Compute, bucket and write one street's table."""
    began, name = time.monotonic(), features.STREET_NAMES[key.street]
    bucketed = _buckets_of_street(comm, folder, key, reporter)
    writers: list[BucketTableWriter] = []
    boards = features.number_of_boards(key.street)
    comm.on_root(lambda: writers.append(BucketTableWriter(folder, key, boards, percentile.bucket_dtype(key.buckets))))
    for pieces in zip(*bucketed.pieces):
        gathered = comm.gather_rows(bucketed.rows_of(*pieces[comm.rank]), [end - start for start, end in pieces])
        comm.on_root(lambda pieces=pieces, gathered=gathered: _write_pieces(writers[0], pieces, gathered))
    comm.on_root(lambda: writers[0].commit(bucketed.about, bucketed.centres))
    reporter.line(f"{name}: {counted(key.buckets, 'bucket')} in {time.monotonic() - began:.1f} s")


def _write_pieces(writer: BucketTableWriter, pieces: tuple[tuple[int, int], ...], rows: np.ndarray) -> None:
    at = 0
    for start, end in pieces:
        writer.write_rows(start, rows[at : at + end - start])
        at += end - start


def ensure_abstraction(
    comm: Communicator,
    num_buckets_by_street: tuple[int, ...],
    final_street: int,
    cache_dir: str | os.PathLike[str] | None = None,
    console: Console | None = None,
    methods: tuple[str, ...] = (),
    seed: int = 0,
) -> Abstraction:
    """The tables of an abstraction, built where they are missing; to be called on every rank.

    num_buckets_by_street: one number for each street, preflop first; final_street: the game's last, 1 flop to 3 river;
    methods and seed: as of ``keys_of``. Streets are kept as each is done, the last one first, so an interrupted build
    goes on. Memory, by percentile: the streets before the last take 87 MB a rank at most (turn), the river 357 MB over
    all ranks; clustered: see ``by_kmeans``. ConfigError on numbers that cannot be, DataError on a damaged
    or foreign table or one that a rank cannot see, SaveError where the disk refuses; on every rank alike.
    """
    keys = keys_of(tuple(num_buckets_by_street), final_street, methods, seed)
    folder = cache_folder(cache_dir)
    reporter = Reporter(comm, console)

    def missing() -> list[int]:
        # The last street first: a street may be clustered by the buckets of the next.
        return [place for place in reversed(range(len(keys))) if not table_exists(keys[place].path(folder))]

    if comm.on_root(missing):
        with _locked(comm, folder, reporter):
            _compile_first(comm, keys)
            _build_by_some(comm, folder, [keys[place] for place in comm.on_root(missing)], reporter)
    paths = tuple(key.path(folder) for key in keys)

    sha256_of_street = comm.on_root(lambda: [sha256 for _, sha256 in _opened(keys, paths)])
    all_see(comm, folder, paths)
    digest = abstraction_digest(NUM_CLASSES, sha256_of_street)
    return Abstraction(
        keys=keys,
        paths=paths,
        digest=digest,
        num_buckets_by_street=tuple(num_buckets_by_street),
        methods=tuple(methods),
        seed=seed,
    )


def write_index(abstraction: Abstraction, folder: str | os.PathLike[str]) -> None:
    """Write what the folder's abstraction was built by, for ``train --buckets DIR``. SaveError from the disk."""
    about = {"buckets": list(abstraction.num_buckets_by_street)}
    if abstraction.methods:
        about |= {"methods": list(abstraction.methods), "seed": abstraction.seed}
    text = yaml.safe_dump(about | {"digest": abstraction.digest}, sort_keys=False, default_flow_style=None)
    path = Path(folder) / ABSTRACTION_FILE
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise SaveError(
            f"{path}: cannot be written, {error.strerror or error}; expected a folder with free space"
        ) from None


def check_tables(
    folder: str | os.PathLike[str],
    num_buckets_by_street: tuple[int, ...],
    final_street: int,
    methods: tuple[str, ...] = (),
    seed: int = 0,
    command: str = "python -m holdem_mpi.abstract",
) -> None:
    """DataError unless ``folder`` holds every table of an abstraction; for folders that nothing is to be built in.
    command: what would build them, for the message.
    """
    for key in keys_of(num_buckets_by_street, final_street, methods, seed):
        path = key.path(Path(folder))
        if not table_exists(path):
            raise DataError(f"{path}: no such bucket table; expected one ({command} builds it)")


def _opened(
    keys: tuple[BucketTableKey, ...], paths: tuple[Path, ...], verify: bool = False
) -> list[tuple[np.ndarray, str]]:
    """(table, SHA-256) of each street. DataError names a bad file, or one clustered by another table than is here."""
    opened = [open_bucket_table(path, key, verify) for path, key in zip(paths, keys)]
    for place, (path, key) in enumerate(zip(paths, keys)):
        if key.after and read_bucket_manifest(path, key).get("next_table") != opened[place + 1][1]:
            raise DataError(f"{path}: clustered by another table than {paths[place + 1]}; delete it to have it built")
    return opened


def open_tables(abstraction: Abstraction, verify: bool = False) -> tuple[np.ndarray, ...]:
    """Memory maps of the tables from the flop on: uint8, uint16 or uint32[boards, 1326]. DataError names a bad file."""
    opened = _opened(abstraction.keys, abstraction.paths, verify)
    digest = abstraction_digest(abstraction.num_buckets_by_street[0], [sha256 for _, sha256 in opened])
    if digest != abstraction.digest:
        raise DataError(
            f"{abstraction.paths[0].parent}: bucket tables of digest {digest}; expected {abstraction.digest}"
        )
    return tuple(table for table, _ in opened)
