"""Kill -9 a rank of an abstraction's build after each line that it prints, begin again on another number of ranks: is
the digest the same?

    python -m benchmarks.checks.build_kills --recipe pluribus

A build is let run to its end first. Then it is begun with nothing, killed after the first line that it prints (a
sample drawn, the first centres chosen, the last ones found, a street done) or while a table is half-written, begun
again in the same folder, killed after the next line, and so on; up to ``--delay`` seconds pass between line and kill.
Prints a line a kill and one at the end; exit 1 where a build fails or the digest differs.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from holdem_mpi.text import whole
from tests.helpers.launching import Job

RANKS = (1, 2, 3, 4)
MOST = 3600
HALF_WRITTEN = "half-written"


def moments(lines: list[str]) -> list[str]:
    """When to kill: the lines that do not depend on the clock, and before a street is done its half-written table."""
    found = []
    for line in dict.fromkeys(line for line in lines if "%" not in line):
        found += [f"{line.split(':')[0]}: {HALF_WRITTEN}"] if " buckets in" in line else []
        found.append(line)
    return found


class Build:
    """A build of ``recipe`` in ``folder`` on so many ranks; ``lines`` that it has printed so far."""

    def __init__(self, recipe: str, folder: Path, ranks: int) -> None:
        self.folder = folder
        self.job = Job(ranks, ("-m", "holdem_mpi.abstract", "--recipe", recipe, "--out", folder), Path.cwd())
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.job.process.stderr:
            self.lines.append(re.sub(r"[0-9.]+ s$", "", line.strip()))

    def digest(self) -> str:
        """What it prints at its end. RuntimeError where it fails."""
        out = self.job.process.stdout.read()
        self._reader.join()
        if self.job.process.wait(MOST):
            raise RuntimeError(f"exit code {self.job.process.returncode}: {self.lines[-3:]}")
        return out.split()[1]

    def kill_after(self, line: str, delay: float, rng: random.Random) -> bool:
        """Kill a rank so many seconds after the line, or at once where a table of the street that ``line`` begins with
        is ``HALF_WRITTEN``; False where the build ended before.
        """
        street = line.split(":")[0]
        while not (any(self.folder.glob(f"*-{street}-*.partial")) if HALF_WRITTEN in line else line in self.lines):
            if self.job.process.poll() is not None:
                return False
            time.sleep(0.001)
        time.sleep(0 if HALF_WRITTEN in line else delay)
        ranks = self.job.ranks()
        if ranks:
            os.kill(rng.choice(ranks), signal.SIGKILL)
        self.job.process.stdout.read()
        self._reader.join()
        return self.job.process.wait(60) != 0


def main() -> int:
    """Parse, build, kill, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="pluribus")
    parser.add_argument("--seed", type=whole, default=0)
    parser.add_argument("--delay", type=float, default=0.5)
    given = parser.parse_args()
    rng, kills, left = random.Random(given.seed), 0, 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "tables")
        first = Build(given.recipe, folder, 2)
        try:
            expected = first.digest()
            shutil.rmtree(folder)
            for line in moments(first.lines):
                build, delay = Build(given.recipe, folder, rng.choice(RANKS)), rng.uniform(0, given.delay)
                killed = build.kill_after(line, delay, rng)
                kills, left = kills + killed, left + any(folder.glob("*.partial"))
                how = f"killed {delay:.2f} s after" if killed else "was done before"
                print(f"{how} '{line}'; tables done: {len(list(folder.glob('*.json')))}", flush=True)
            digest = Build(given.recipe, folder, rng.choice(RANKS)).digest()
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            print(f"FAILED after {kills} kills: {error}")
            return 1
    print(f"{kills} kills, {left} of them left a half-written table; digest {digest}, without kills {expected}")
    return 0 if digest == expected else 1


if __name__ == "__main__":
    sys.exit(main())
