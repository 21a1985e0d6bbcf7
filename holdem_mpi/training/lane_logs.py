"""The logs that lanes write to: of all ranks of a host side by side in shared memory, so that any can read them."""

import numpy as np

from holdem_mpi.game.layout import Layout
from holdem_mpi.kernels.arrays import NUM_COUNTERS, SegmentLogs
from holdem_mpi.kernels.traversal.merge_logs import HostLogs
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host_ranks import SharedArray
from holdem_mpi.training.fixed_point import capacity_of_iteration

# Pairs of a segment, as bits: what is added to it must fit the second cache, and there must be segments for all ranks.
_MOST_BITS, _FEWEST_BITS, _SEGMENTS = 14, 6, 128
# Words of a chunk at least, and a chunk's longest records at most.
_CHUNK_WORDS, _RECORDS_A_CHUNK = 256, 4
# Bytes of a rank's logs at first, and of a host's at most (or as many as its table has).
_FIRST_BYTES, _MOST_BYTES = 8 << 20, 256 << 20
# Bytes that an iteration logs, where nothing was measured: heads-up hold'em by external sampling has 1,000.
ITERATION_BYTES = 4096
_WHAT, _INSTEAD = "the logs of the lanes", "ranks exchange what they add by messages instead"


def segment_bits(pairs: int) -> int:
    """How many pairs a segment of a table with so many has, as a power of two."""
    return min(_MOST_BITS, max(_FEWEST_BITS, (max(pairs, 1) // _SEGMENTS).bit_length()))


def bytes_of_logs(pairs: int, ranks: int, needed: float) -> int:
    """Bytes of a rank's logs, one of ``ranks`` on a host, for a table of so many ``pairs``, where its lanes of a batch
    log ``needed`` bytes: they begin small, and grow where that is not enough. Sums of rounds are counted, where even
    the largest logs need them.
    """
    begun = 4 * _CHUNK_WORDS * (1 + 2 * ((pairs >> segment_bits(pairs)) + 1))
    most = most_log_bytes(pairs, ranks)
    pending = 16 * pairs // ranks if needed > max(most, _FIRST_BYTES) else 0  # the sums of rounds
    return begun + max(_FIRST_BYTES, min(2 * int(needed), most)) + pending


def most_log_bytes(pairs: int, ranks: int) -> int:
    """Bytes that a rank's logs may grow to, of ``ranks`` on a host; what does not fit is worked off in rounds."""
    return max(_MOST_BYTES, 8 * pairs) // ranks


class LaneLogs:
    """The logs of this rank (``own``; ``alone``, as a merge reads them), and where the ranks of a host share memory, of
    all of them (``of_host``).

    together: whether they do, on all hosts; ``grow`` may change it. chunks_of_iteration: the most chunks that one
    iteration fills.
    """

    def __init__(self, layout: Layout, comm: Communicator, wide: bool, at_once: int) -> None:
        """wide: whether contributions need 64 bits; at_once: iterations whose additions must fit. Collective."""
        self._comm, self._wide = comm, wide
        self.bits = segment_bits(layout.num_pairs)
        self.segments = (layout.num_pairs >> self.bits) + 1
        self.widest = max(3, int(layout.tree.num_actions().max()))
        longest = 1 + (self.widest << wide)
        self._chunk = max(_CHUNK_WORDS, 1 << (_RECORDS_A_CHUNK * longest - 1).bit_length())
        rows, entries = capacity_of_iteration(layout)
        words = 2 * rows + (entries << wide)
        self.chunks_of_iteration = 1 + words // (self._chunk - longest)
        # Besides what is full: chunk 0, and the chunk that each log writes to.
        self._begun = 1 + 2 * self.segments
        self._least = at_once * self.chunks_of_iteration
        most_ranks = np.array([comm.host.size], np.int64)
        comm.allreduce_max(most_ranks)  # hosts may differ, but all ranks' logs grow alike
        self._most = most_log_bytes(layout.num_pairs, int(most_ranks[0])) // (4 * self._chunk)
        self._full = max(self._least, _FIRST_BYTES // (4 * self._chunk))
        self._shared: list[SharedArray] = []
        self._allocate()

    def _allocate(self) -> None:
        """Make the logs anew, empty."""
        host, chunks = self._comm.host, self._begun + self._full
        self._release()
        heads = 4 * self.segments + 1
        words = host.shared_array(host.size * chunks * self._chunk, np.dtype(np.int32), _WHAT, _INSTEAD)
        places = host.shared_array(host.size * heads, np.dtype(np.uint64))
        self._shared = [words, places]
        apart = np.array([words.parts < host.size or places.parts < host.size], np.int64)
        self._comm.allreduce_max(apart)
        self.together = not apart[0]
        all_words = words.array.reshape(host.size, -1)
        all_heads = places.array.reshape(host.size, heads)
        rank = host.rank
        first, at, pool = np.split(all_heads[rank], [2 * self.segments, 4 * self.segments])
        self.own = SegmentLogs(
            words=all_words[rank],
            first=first,
            at=at,
            pool=pool,
            counters=np.zeros(NUM_COUNTERS, np.int64),
            bits=np.uint64(self.bits),
            last=np.uint64(self._chunk - 1),
            wide=np.uint64(self._wide),
        )
        self.alone, whole = (
            HostLogs(words=all_words[ranks], heads=all_heads[ranks], bits=self.own.bits, last=self.own.last)
            for ranks in (slice(rank, rank + 1), slice(None))
        )
        self.of_host = whole if self.together else self.alone
        self.clear()

    def _release(self) -> None:
        for shared in self._shared:
            self._comm.host.release(shared)

    def clear(self) -> None:
        """Forget all records and counts of this rank."""
        self.forget()
        self.own.counters.fill(0)

    def forget(self) -> None:
        """Forget all records of this rank; counts stay."""
        self.own.first.fill(0)
        self.own.at.fill(self.own.last)
        self.own.pool[0] = 1

    def grow(self, factor: int) -> bool:
        """Make the logs, which are empty, larger by such a factor, as far as allowed; whether they are. Collective."""
        full = min(self._full * factor, max(self._most, self._least))
        if full <= self._full:
            return False
        self._full = full
        counters = self.own.counters.copy()
        self._allocate()
        self.own.counters[:] = counters
        return True

    @property
    def bytes_logged(self) -> int:
        """Bytes that this rank's logs hold: of their records, and of the gaps where none fitted any more."""
        chunks = int(self.own.pool[0]) - 1
        free = self.own.last - (self.own.at & self.own.last)
        return 4 * (chunks * self._chunk - int(free[self.own.first != 0].sum()))

    @property
    def bytes_in_use(self) -> int:
        """Bytes of this rank's logs."""
        return self.own.words.nbytes + self.own.first.nbytes + self.own.at.nbytes
