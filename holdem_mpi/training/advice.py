"""What a run is told that spends too much of its time on merging, or on waiting for other ranks."""

from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.parallel.host import available_cores

# Share of the time above which something is said, and that the advice aims at; seconds before anything is.
WORTH_A_WORD = 0.3
_AIM = 0.1
SECONDS_TO_JUDGE = 10.0


class Adviser:
    """Looks at a run's times now and then, and has something to say once at most."""

    def __init__(self, config: RunConfig, ranks: int, ranks_here: int, spent: tuple[float, float, float]) -> None:
        """spent: the clock, seconds of merging (waiting included) and seconds of waiting, where the run begins.
        ranks, ranks_here: as in ``advice``.
        """
        self._config, self._ranks, self._spent = config, (ranks, ranks_here), spent
        self._said = False

    def line(self, now: float, merge_seconds: float, wait_seconds: float) -> str | None:
        """What to change, where that can be judged and was not said before. Arguments: what ``spent`` is by now."""
        begin, merged, waited = self._spent
        seconds = now - begin
        if self._said or seconds < SECONDS_TO_JUDGE:
            return None
        waiting = (wait_seconds - waited) / seconds
        merging = (merge_seconds - merged) / seconds - waiting
        line = advice(self._config, *self._ranks, available_cores(), merging, waiting)
        self._said = line is not None
        return line


def advice(config: RunConfig, ranks: int, ranks_here: int, cores: int, merging: float, waiting: float) -> str | None:
    """A line on what to change; None where merging and waiting are no trouble.

    merging, waiting: shares of the time so far, in [0, 1], of one rank; waiting comes beside merging.
    ranks_here: of that rank's host, which has ``cores`` of them.
    """
    share = merging + waiting
    if share <= WORTH_A_WORD:
        return None
    said = f"note: {100 * share:.0f} % of the time goes into merging and waiting for other ranks; what helps is"
    if ranks_here > cores:
        return f"{said} no more ranks than cores (here {ranks_here} ranks on {cores})"
    if waiting > merging and config.lanes and config.lanes % ranks and config.lanes > 1:
        return f"{said} a new run whose --lanes are a multiple of the {ranks} ranks (here {config.lanes})"
    if not config.solver.facts.in_batches or config.mode == "racing":
        return f"{said} fewer ranks (here {ranks}): the game is small for so many"
    if config.batch_size == "auto":
        limit = _rounded(config.batch_size_limit * _factor(share))
        return f"{said} a new run with --batch-size-limit {limit} (here {config.batch_size_limit})"
    larger = _rounded(config.batch_size * _factor(share))
    return f"{said} a new run with --batch-size {larger} (here {config.batch_size}), or auto"


def _factor(share: float) -> float:
    """How many times more work between two merges brings their share of the time down to the aim."""
    return share / max(1 - share, 0.01) * (1 - _AIM) / _AIM


def _rounded(number: float) -> int:
    """The next of 1, 2, 5, 10, 20, 50, ... from ``number`` on, which is at least 1."""
    unit = 10 ** (len(str(int(number))) - 1)
    return next(int(step * unit) for step in (1, 2, 5, 10) if step * unit >= number)
