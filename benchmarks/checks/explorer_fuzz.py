"""Every address of the explorer's API asked wrongly, many times: no fault, no traceback, nothing from other folders.

python -m benchmarks.checks.explorer_fuzz --requests 10000

Values come from what each address takes: good ones, wrong types, huge numbers, ``..``, encodings, links out of folders,
spoilt JSON, unknown methods and paths.
"""

import argparse
import tempfile
import time
from pathlib import Path

from holdem_mpi.explorer.site import Explorer
from holdem_mpi.explorer.sources import Sources
from holdem_mpi.text import whole
from tests.helpers.asking import Asker, lay_traps
from tests.helpers.browsing import running_site
from tests.helpers.launching import run_here


def main() -> None:
    """Ask, and print how often each status came."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=whole, default=10_000)
    parser.add_argument("--seed", type=whole, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs"
        runs.mkdir()
        train = ("--game", "leduc_3p", "--iters", "4000", "--batch-size", "500", "--logdir", "small")
        done = run_here(("-m", "holdem_mpi.train", *train), runs)
        if done.returncode:
            raise SystemExit(done.stderr)
        lay_traps(runs)
        explorer = Explorer(Sources([str(runs), "nolimit_hu_200bb"]), Path(folder) / "spots")
        begin = time.perf_counter()
        with running_site(explorer) as site:
            asker = Asker(site, explorer, given.seed)
            for _ in range(given.requests):
                asker.ask()
            asker.close()
        seconds = time.perf_counter() - begin
    told = ", ".join(f"{count} of status {status}" for status, count in sorted(asker.count.items()))
    print(f"{given.requests} requests in {seconds:.0f} s: {told}")


if __name__ == "__main__":
    main()
