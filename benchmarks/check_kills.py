"""Kill -9 a random rank at a random moment, resume on another number of ranks, again and again: is the digest the same?

    python benchmarks/check_kills.py --kills 50

Prints one line; exit 1 where a digest differs, or a job outlives its killed rank by more than a minute.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from launching import Job

RANKS = (1, 2, 3, 6)
OPTIONS = ("--game", "leduc", "--lanes", 6, "--checkpoint-interval", 0.2, "--log-interval", 0.1)


class Killing:
    """Runs of ``iters`` iterations in ``folder``, killed at random. ``counts`` says what happened."""

    def __init__(self, folder: Path, seed: int, iters: int) -> None:
        self.folder, self.iters = folder, iters
        self.random = random.Random(seed)
        self.counts = {"kills": 0, "runs": 0, "kills before the first checkpoint": 0}
        self.slowest_end = 0.0
        self._ranks = 1

    def start(self, logdir: str, ranks: int) -> Job:
        """Start the run, or go on with it where it already has a config."""
        more = ("--resume",) if (self.folder / logdir / "config.yaml").exists() else OPTIONS
        arguments = ("-m", "holdem_mpi.train", "--logdir", logdir, "--iters", self.iters, *more)
        return Job(ranks, arguments, self.folder)

    def next_ranks(self) -> int:
        """Another number of ranks than the last one."""
        self._ranks = self.random.choice([ranks for ranks in RANKS if ranks != self._ranks])
        return self._ranks

    def digest(self, logdir: str) -> str:
        """Digest in the run's summary."""
        return json.loads((self.folder / logdir / "summary.json").read_text())["digest"]

    def attempt(self, logdir: str, longest: float) -> bool:
        """Let the run go for up to ``longest`` seconds, then kill a rank; whether the run ended by itself before."""
        job = self.start(logdir, self.next_ranks())
        with contextlib.suppress(subprocess.TimeoutExpired):
            job.process.wait(self.random.uniform(0.3, longest))
        pids = job.ranks()
        if not pids:
            done = job.finish()
            assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr}"
            return True
        saved = any((self.folder / logdir).glob("checkpoints/g*[0-9]"))
        begin = time.monotonic()
        os.kill(self.random.choice(pids), signal.SIGKILL)
        done = job.finish(timeout=60)
        self.slowest_end = max(self.slowest_end, time.monotonic() - begin)
        if done.returncode == 0:
            return True  # it had just finished: its ranks were on their way out
        self.counts["kills"] += 1
        self.counts["kills before the first checkpoint"] += not saved
        return False

    def run(self, kills: int, longest: float) -> str:
        """Go on until ``kills`` kills have happened and the last run has ended; the digest that all runs share."""
        expected = ""
        while self.counts["kills"] < kills or self.counts["runs"] == 0:
            logdir = f"run{self.counts['runs']}"
            while not (self.attempt(logdir, longest) if self.counts["kills"] < kills else self._to_the_end(logdir)):
                pass
            digest = self.digest(logdir)
            assert digest == (expected or digest), f"{logdir}: digest {digest}, expected {expected}"
            expected = digest
            self.counts["runs"] += 1
        return expected

    def _to_the_end(self, logdir: str) -> bool:
        done = self.start(logdir, self.next_ranks()).finish()
        assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr}"
        return True


def main() -> int:
    """Parse, kill, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--iters", type=int, default=3_000_000)
    parser.add_argument("--longest", type=float, default=8.0, help="seconds after which a rank is killed at the latest")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        killing = Killing(Path(folder), arguments.seed, arguments.iters)
        killing.start("whole", 1).finish()
        expected = killing.digest("whole")
        try:
            digest = killing.run(arguments.kills, arguments.longest)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            print(f"FAILED after {killing.counts}: {error}")
            return 1
    same = digest == expected
    print(
        ", ".join(f"{number} {what}" for what, number in killing.counts.items()) + f" of {arguments.iters} iterations, "
        f"slowest end {killing.slowest_end:.1f} s; digest {'equals' if same else 'DIFFERS FROM'} that of one process "
        f"without a kill ({expected[:12]})"
    )
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
