"""Build a card abstraction once, all ranks together, and keep it in the user's cache folder."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import platformdirs
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from holdem_mpi.abstraction import build, features, lossless
from holdem_mpi.cards import NUM_CLASSES, NUM_HANDS
from holdem_mpi.errors import ConfigError, DataError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.storage.bucket_files import (
    TableKey,
    TableWriter,
    abstraction_digest,
    open_table,
    table_exists,
)

CACHE_VARIABLE = "HOLDEM_MPI_CACHE"
# Boards in one call of a kernel (about 5 ms) and rows in one message (at most 22 MB over all ranks).
_BOARDS_A_CALL = 256
_ROWS_A_SLAB = 4096
_SECONDS_A_LINE = 10.0


class Abstraction(NamedTuple):
    """A finished abstraction: its table keys and files from the flop on, its digest, and buckets of every street."""

    keys: tuple[TableKey, ...]
    paths: tuple[Path, ...]
    digest: str
    num_buckets_by_street: tuple[int, ...]


# Bucket table rows of the boards from one up to another.
_Rows = Callable[[int, int], np.ndarray]


class _Reporter:
    """Progress of rank 0 on stderr: a bar on a terminal, plain lines elsewhere, nothing on other ranks."""

    def __init__(self, comm: Communicator, console: Console | None) -> None:
        self._console = (console or Console(stderr=True)) if comm.rank == 0 else None

    def line(self, text: str) -> None:
        if self._console is not None:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def steps(self, name: str, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Pieces (start, end) of the boards first..last, with progress shown as they are taken."""
        pieces = [(at, min(at + _BOARDS_A_CALL, last)) for at in range(first, last, _BOARDS_A_CALL)]
        if self._console is None:
            yield from pieces
        elif self._console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            with Progress(*columns, console=self._console) as bar:
                task = bar.add_task(name, total=last - first)
                for start, end in pieces:
                    yield start, end
                    bar.advance(task, end - start)
        else:
            shown = time.monotonic()
            for start, end in pieces:
                yield start, end
                if time.monotonic() - shown > _SECONDS_A_LINE:
                    shown = time.monotonic()
                    self.line(f"{name}: {100 * (end - first) // (last - first)} %")


def cache_folder(cache_dir: str | os.PathLike[str] | None = None) -> Path:
    """Where tables are kept: ``cache_dir``, else $HOLDEM_MPI_CACHE, else the user's cache folder."""
    return Path(cache_dir or os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("holdem_mpi"))


def check_buckets(num_buckets_by_street: tuple[int, ...], final_street: int) -> None:
    """ConfigError unless there is a number for every street up to ``final_street``, 169 before the flop."""
    given = ",".join(map(str, num_buckets_by_street))
    if not 1 <= final_street <= 3 or len(num_buckets_by_street) != final_street + 1:
        raise ConfigError(
            f"--buckets {given}: {len(num_buckets_by_street)} numbers; expected one for each street of the game, 2 to 4"
        )
    if num_buckets_by_street[0] != NUM_CLASSES:
        raise ConfigError(f"--buckets {given}: {num_buckets_by_street[0]} before the flop; expected {NUM_CLASSES}")
    for street, buckets in list(enumerate(num_buckets_by_street))[1:]:
        if not 1 <= buckets <= build.MAX_BUCKETS and not lossless.is_lossless(street, buckets):
            name = features.STREET_NAMES[street]
            raise ConfigError(
                f"--buckets {given}: {buckets} for the {name}; expected 1 to {build.MAX_BUCKETS}, or lossless"
            )


def _share(items: int, rank: int, size: int) -> tuple[int, int]:
    """First and last (not included) of the contiguous part of ``items`` that a rank owns."""
    return items * rank // size, items * (rank + 1) // size


@contextlib.contextmanager
def _locked(comm: Communicator, folder: Path, reporter: _Reporter) -> Iterator[None]:
    """Hold the folder's lock on rank 0 while the block runs, so that two runs never build into one place."""
    handles: list[int] = []

    def lock() -> None:
        path = folder / "lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handles.append(os.open(path, os.O_RDWR | os.O_CREAT, 0o666))
            try:
                fcntl.flock(handles[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                reporter.line(f"{path}: another run builds here, waiting for it")
                fcntl.flock(handles[0], fcntl.LOCK_EX)
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}; expected a cache folder to write to") from error

    try:
        comm.on_root(lock)
        yield
    finally:
        for handle in handles:
            os.close(handle)


def _numerators(comm: Communicator, key: TableKey, reporter: _Reporter) -> np.ndarray:
    """This rank's rows of the street's numerators, integer[boards, 1326], computed by all ranks together."""
    name = features.STREET_NAMES[key.street]
    boards = features.number_of_boards(key.street)
    first, last = _share(boards, comm.rank, comm.size)
    if key.street == key.final_street:
        values = np.empty((last - first, NUM_HANDS), dtype=np.uint16)
        for start, end in reporter.steps(name, first, last):
            values[start - first : end - first] = features.final_numerators(key.final_street, start, end)
        return values
    complete = features.number_of_boards(key.final_street)
    sums = features.empty_sums(key.street)
    for start, end in reporter.steps(name, *_share(complete, comm.rank, comm.size)):
        features.add_to_sums(key.street, key.final_street, start, end, sums)
    for start in range(0, boards, _ROWS_A_SLAB):
        comm.allreduce_sum(sums[start : start + _ROWS_A_SLAB])
    values = sums[first:last].copy()
    features.settle_sums(key.street, first, values)
    return values


def _compile_first(comm: Communicator, keys: tuple[TableKey, ...]) -> None:
    """Run every kernel once on the first rank of each host; the others load its cache. Collective.

    16 cold ranks on 2 cores took 78 seconds for the flop, each compiling for itself; so it is 32, beside other jobs.
    """
    if comm.split_host()[0] == 0:
        for key in keys:
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
            build.add_counts(key.street, 0, values, build.empty_counts(largest))
            build.bucket_rows(values, np.zeros(largest + 2, dtype=build.bucket_dtype(key.buckets)))
    comm.host_barrier()


def _bucketed_by_percentile(comm: Communicator, key: TableKey, reporter: _Reporter) -> _Rows:
    """This rank's rows, by percentile of a feature."""
    values = _numerators(comm, key, reporter)
    counts = build.empty_counts(features.largest_numerator(key.street, key.final_street))
    first, _ = _share(features.number_of_boards(key.street), comm.rank, comm.size)
    build.add_counts(key.street, first, values, counts)
    comm.allreduce_sum(counts)
    bucket_of_value = build.percentile_buckets(counts, key.buckets, features.STREET_NAMES[key.street])
    return lambda start, end: build.bucket_rows(values[start - first : end - first], bucket_of_value)


def _lossless(comm: Communicator, key: TableKey, reporter: _Reporter) -> _Rows:
    """This rank's rows, a bucket for each class of hands that a board does not tell apart."""
    boards = features.number_of_boards(key.street)
    count_of_board = np.zeros(boards, np.int64)
    for start, end in reporter.steps(features.STREET_NAMES[key.street], *_share(boards, comm.rank, comm.size)):
        count_of_board[start:end] = lossless.lossless_rows(key.street, start, end)[1]
    comm.allreduce_sum(count_of_board)
    first_bucket = np.cumsum(count_of_board) - count_of_board

    def rows_of(start: int, end: int) -> np.ndarray:
        rows, _ = lossless.lossless_rows(key.street, start, end)
        lossless.shift_rows(rows, first_bucket[start:end])
        return rows

    return rows_of


def _build_street(comm: Communicator, folder: Path, key: TableKey, reporter: _Reporter) -> None:
    """Compute, bucket and write one street's table."""
    began = time.monotonic()
    name = features.STREET_NAMES[key.street]
    boards = features.number_of_boards(key.street)
    bucketed = _lossless if lossless.is_lossless(key.street, key.buckets) else _bucketed_by_percentile
    rows_of = bucketed(comm, key, reporter)
    writers: list[TableWriter] = []
    comm.on_root(lambda: writers.append(TableWriter(folder, key, boards, build.bucket_dtype(key.buckets))))
    # Slabs are cut within each rank's part, so that every rank has something to send each time.
    slabs = -(-boards // _ROWS_A_SLAB)
    for slab in range(slabs):
        pieces = [_slab(boards, rank, comm.size, slab, slabs) for rank in range(comm.size)]
        start, end = pieces[comm.rank]
        gathered = comm.gather_rows(rows_of(start, end), [piece_end - piece_start for piece_start, piece_end in pieces])
        comm.on_root(lambda pieces=pieces, gathered=gathered: _write_pieces(writers[0], pieces, gathered))
    comm.on_root(lambda: writers[0].commit())
    reporter.line(f"{name}: {key.buckets} buckets in {time.monotonic() - began:.1f} s")


def _slab(boards: int, rank: int, size: int, slab: int, slabs: int) -> tuple[int, int]:
    """The boards of a rank's part that travel in one slab."""
    first, last = _share(boards, rank, size)
    start, end = _share(last - first, slab, slabs)
    return first + start, first + end


def _write_pieces(writer: TableWriter, pieces: list[tuple[int, int]], rows: np.ndarray) -> None:
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
) -> Abstraction:
    """The tables of an abstraction, built where they are missing; to be called on every rank.

    num_buckets_by_street: one number for each street, preflop first; final_street: the game's last, 1 flop to 3 river.
    Streets are kept as each is done, so an interrupted build goes on. Memory: the streets before the last take 87 MB a
    rank at most (turn), the river 357 MB over all ranks. ConfigError on numbers that cannot be, DataError on a damaged
    or foreign table or one that a rank cannot see, SaveError where the disk refuses; on every rank alike.
    """
    check_buckets(num_buckets_by_street, final_street)
    folder = cache_folder(cache_dir)
    reporter = _Reporter(comm, console)
    keys = tuple(TableKey(street, final_street, num_buckets_by_street[street]) for street in range(1, final_street + 1))

    def missing() -> list[int]:
        return [place for place, key in enumerate(keys) if not table_exists(key.path(folder))]

    if comm.on_root(missing):
        with _locked(comm, folder, reporter):
            _compile_first(comm, keys)
            for place in comm.on_root(missing):
                _build_street(comm, folder, keys[place], reporter)
    paths = tuple(key.path(folder) for key in keys)

    def check() -> list[str]:
        return [open_table(path, key)[1] for path, key in zip(paths, keys)]

    sha256_of_street = comm.on_root(check)
    unseen = np.array([0 if all(path.exists() for path in paths) else 1], dtype=np.int64)
    comm.allreduce_or(unseen)
    if unseen[0]:
        raise DataError(
            f"{folder}: a rank does not see the bucket tables that rank 0 has there; expected a folder that all hosts "
            f"share, named by {CACHE_VARIABLE}"
        )
    return Abstraction(keys, paths, abstraction_digest(NUM_CLASSES, sha256_of_street), tuple(num_buckets_by_street))


def check_tables(folder: str | os.PathLike[str], num_buckets_by_street: tuple[int, ...], final_street: int) -> None:
    """DataError unless ``folder`` holds every table of an abstraction; for folders that nothing is to be built in."""
    check_buckets(num_buckets_by_street, final_street)
    for street in range(1, final_street + 1):
        path = TableKey(street, final_street, num_buckets_by_street[street]).path(Path(folder))
        if not table_exists(path):
            raise DataError(f"{path}: no such bucket table; expected one (python -m holdem_mpi.abstract builds it)")


def open_tables(abstraction: Abstraction, verify: bool = False) -> tuple[np.ndarray, ...]:
    """Memory maps of the tables from the flop on: uint8, uint16 or uint32[boards, 1326]. DataError names a bad file."""
    opened = [open_table(path, key, verify) for path, key in zip(abstraction.paths, abstraction.keys)]
    digest = abstraction_digest(abstraction.num_buckets_by_street[0], [sha256 for _, sha256 in opened])
    if digest != abstraction.digest:
        raise DataError(
            f"{abstraction.paths[0].parent}: bucket tables of digest {digest}; expected {abstraction.digest}"
        )
    return tuple(table for table, _ in opened)
