"""Kill -9 a random rank in every phase of a run, resume on another number of ranks, again and again: is the digest the
same?

    python -m benchmarks.checks.kills --kills 200

Phases: ``start`` (imports, MPI, tree, kernels), ``build`` (the card abstraction), ``training`` (lanes and merges),
``save`` (while a half-written checkpoint is on disk), ``end`` (the last save and the policy), ``any`` (by the clock).
Prints a line a run and one at the end; exit 1 where a digest differs, a resume fails, or a job outlives its killed rank
by more than a minute.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numba

import holdem_mpi.kernels  # noqa: F401, which says where compiled kernels are kept
from tests.helpers.launching import Job

RANKS = (1, 2, 3, 6)
# Seconds that a job may live on without its killed rank.
MOST = 60


class Scenario(NamedTuple):
    """A run to be killed: its options, how many seconds after its start ``any`` kills, and its phases."""

    options: tuple
    longest: float
    phases: tuple[str, ...]


OFTEN = ("--lanes", 6, "--seed", 5, "--checkpoint-interval", 0.02, "--log-interval", 0.1)
LEDUC = Scenario(
    ("--game", "leduc", "--iters", 3_000_000, *OFTEN),
    12.0,
    ("start", "training", "save", "save", "training", "save", "any", "training", "save", "end"),
)
# Its tables are not there: each kill before they are done costs the next run their building again.
FLOP = Scenario(
    ("--game", "flop_holdem", "--buckets", "169,5", "--iters", 120_000, *OFTEN),
    10.0,
    ("build", "any", "build", "training", "save", "end"),
)


class Killing:
    """Runs of a scenario in ``folder``, killed at random. ``counts`` says how often in which phase."""

    def __init__(self, folder: Path, seed: int, scenario: Scenario) -> None:
        self.folder, self.scenario = folder, scenario
        self.random = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.torn = 0  # kills that left a half-written checkpoint or policy behind
        self.slowest_end = 0.0
        self.logdir = Path("none")
        self._ranks = 1

    def start(self, ranks: int) -> Job:
        """Start the run, or go on with it where it already has a config."""
        more = ("--resume",) if (self.logdir / "config.yaml").exists() else self.scenario.options
        compiled = str(Path(numba.config.CACHE_DIR).parent)  # tables are built anew in each run, kernels are not
        more += ("--spare-ranks", self.random.choice(("rest", "work")))
        cache = {"HOLDEM_MPI_CACHE": str(self.logdir) + ".cache", "NUMBA_CACHE_DIR": compiled}
        return Job(ranks, ("-m", "holdem_mpi.train", "--logdir", self.logdir, *more), self.folder, **cache)

    def finish(self, ranks: int) -> str:
        """Run to the end; the digest. AssertionError where that fails."""
        done = self.start(ranks).finish()
        assert done.returncode == 0, f"{self.logdir.name}: exit code {done.returncode}: {done.stderr}"
        return self._digest()

    def whole(self) -> str:
        """Digest of the run on one process, never killed."""
        self.logdir = self.folder / "whole"
        return self.finish(1)

    def killed(self, number: int, phases: tuple[str, ...]) -> str:
        """Digest of a run that was killed in each of ``phases``, as far as it got there."""
        self.logdir = self.folder / f"run{number}"
        for phase in phases:
            if self._attempt(phase):
                return self._digest()
        return self.finish(self._next_ranks())

    def _digest(self) -> str:
        return json.loads((self.logdir / "summary.json").read_text())["digest"]

    def _next_ranks(self) -> int:
        """Another number of ranks than the last one."""
        self._ranks = self.random.choice([ranks for ranks in RANKS if ranks != self._ranks])
        return self._ranks

    def _attempt(self, phase: str) -> bool:
        """Kill a rank in ``phase``; whether the run ended by itself before."""
        # Without what was there, their appearance tells where a run is.
        (self.logdir / "metrics.jsonl").unlink(missing_ok=True)
        shutil.rmtree(self.logdir / "policy", ignore_errors=True)
        job = self.start(self._next_ranks())
        self._await(job, phase)
        pids = job.ranks()
        if not pids:
            self._ended(job.finish())
            return True
        begin = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.random.choice([pids[0], self.random.choice(pids)]), signal.SIGKILL)
        try:
            done = job.finish(timeout=MOST)
        finally:
            job.kill()
        if done.returncode == 0:
            return True  # it had just finished: its ranks were on their way out
        self.slowest_end = max(self.slowest_end, time.monotonic() - begin)
        self.counts[phase] += 1
        self.torn += self._is_torn()
        return False

    def _ended(self, done: subprocess.CompletedProcess) -> None:
        assert done.returncode == 0, f"{self.logdir.name}: exit code {done.returncode}: {done.stderr}"

    def _is_torn(self) -> bool:
        return any(self.logdir.glob("*.partial")) or any(self.logdir.glob("checkpoints/*.partial"))

    def _await(self, job: Job, phase: str) -> None:
        """Wait for a random moment of a phase, or for the end of the job."""
        rng = self.random
        if phase == "any":
            self._poll(job, lambda: False, rng.uniform(0, self.scenario.longest))
        elif phase == "start":
            self._poll(job, lambda: bool(job.ranks()), MOST)
            self._poll(job, lambda: False, rng.uniform(0, 3))
        elif phase == "build":
            self._poll(job, Path(f"{self.logdir}.cache", "lock").exists, MOST)
            self._poll(job, lambda: False, rng.uniform(0, 3))
        elif phase == "end":
            self._poll(job, self._is_ending, 4 * MOST, pause=1e-4)
        else:
            self._poll(job, (self.logdir / "metrics.jsonl").exists, 2 * MOST)
            self._poll(job, lambda: False, rng.uniform(0, 1) ** 2)
            if phase == "save":
                self._poll(job, self._is_torn, MOST, pause=1e-4)
                time.sleep(rng.uniform(0, 3e-3))

    def _is_ending(self) -> bool:
        return any((self.logdir / name).exists() for name in ("policy.partial", "policy", "avg_policy.json.partial"))

    @staticmethod
    def _poll(job: Job, seen: Callable[[], bool], seconds: float, pause: float = 1e-2) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and job.process.poll() is None and not seen():
            time.sleep(pause)


def main() -> int:
    """Parse, kill, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    slowest, torn, rng = 0.0, 0, random.Random(arguments.seed)
    expected: dict[Scenario, str] = {}
    number = 0
    with tempfile.TemporaryDirectory() as folder:
        while counts.total() < arguments.kills:
            scenario = FLOP if number % 8 == 1 else LEDUC
            place = Path(folder, "flop" if scenario is FLOP else "leduc")
            place.mkdir(exist_ok=True)
            killing = Killing(place, rng.randrange(1 << 32), scenario)
            phases = [*scenario.phases[:-1]] * (1 if scenario is FLOP else 2) + [scenario.phases[-1]] * 2
            try:
                if scenario not in expected:
                    expected[scenario] = killing.whole()
                digest = killing.killed(number, tuple(phases[: max(1, arguments.kills - counts.total())]))
                assert digest == expected[scenario], f"run {number}: digest {digest}, expected {expected[scenario]}"
            except (AssertionError, subprocess.TimeoutExpired) as error:
                print(f"FAILED after {dict(counts + killing.counts)}: {error}")
                return 1
            counts += killing.counts
            torn, slowest = torn + killing.torn, max(slowest, killing.slowest_end)
            print(f"run {number} ({place.name}): {dict(killing.counts)}, digest {digest[:12]} as without", flush=True)
            number += 1
    print(
        f"{counts.total()} kills in {number} runs ({', '.join(f'{n} in {phase}' for phase, n in counts.items())}), "
        f"{torn} of them left a half-written folder; slowest end {slowest:.1f} s; every digest equals that of one "
        "process without a kill"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
