"""Decisions one after another by a team of ranks, for test_search_mpi.py: STREET CODE WORKERS (0: a crew).

Every rank leaves its process id in a file ``rank-N``; rank 0 writes a JSON line a decision, until there is a file
``stop``. Ranges of two kinds take turns, so that an answer to an earlier request would show in hands that are not
in this one's.
"""

import json
import os
import sys
import time
from pathlib import Path

from holdem_mpi.config.profile_config import ProfileMenu, StreetSizes
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.search.team import run_with_team

from .search_roots import RANGES, pattern_abstraction, root_on, rules_of

SECONDS = 0.12
OTHERS = ({"KdTd": 1, "6c6d": 0.8, "Ac5c": 1}, {"AdTd": 1, "9s9d": 0.7, "6s5s": 1, "Kc4c": 1})
# With cards enumerated, ranks share each iteration of a turn.
SIZES = {
    "menu": ProfileMenu(bet_sizes=StreetSizes(flop=[1.0], turn=[1.0], river=[1.0])),
    "later_bets": [1.0],
    "later_raises": [],
    "sampled": "never",
}


def lead(service) -> int:
    """Until told to stop."""
    roots = [root_on(int(sys.argv[1]), ranges=ranges) for ranges in (RANGES, OTHERS)]
    number = 0
    while not Path("stop").exists() and number < 1000:
        root = roots[number % 2]
        deadline = time.perf_counter() + SECONDS
        found = service.search(root, deadline)
        late = time.perf_counter() - deadline
        outside = found.sums[root.weight[root.state.player] == 0]
        line = {"source": found.source, "asked": found.asked, "answered": found.answered, "late": late}
        print(json.dumps({**line, "iterations": found.iterations, "stale": float(outside.max())}), flush=True)
        number += 1
    return int(sys.argv[2])


def main(comm) -> int:
    """Code of the job."""
    Path(f"rank-{comm.rank}").write_text(str(os.getpid()))
    config = SearchConfig(**SIZES, num_workers=int(sys.argv[3]) or None)
    return run_with_team(comm, config, rules_of(), pattern_abstraction(), lead)


if __name__ == "__main__":
    sys.exit(run_command(main))
