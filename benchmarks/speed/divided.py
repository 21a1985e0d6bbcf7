"""How much faster ranks solve the shipped turn spot when they divide its river cards.

    mpirun -n 2 python -m benchmarks.speed.divided [--iterations 100] [--rounds 7]

Each round, rank 0 does so many iterations alone, then all ranks together: the same iterations, but for the order in
which float32 values are added up (tests/subgame/test_divided.py), so the same exploitability. Wall time, building
included. Printed: medians (least to largest), their ratio, how far both root strategies are apart at most, and the
exploitability after so many iterations in percent of the pot. Target: 1.5 with 2 ranks on 2 cores. Exits with 0.
"""

import argparse
import statistics
import sys
import time

import numpy as np

from benchmarks.quality.search import street_exploitability
from holdem_mpi.config.load import load_config
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.rules import CALL, BettingState, Rules
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.search.root_search import SearchRoot
from holdem_mpi.search.search_result import SearchResult
from holdem_mpi.search.service import SearchService
from holdem_mpi.search.team import abstraction_to_search, run_with_team
from holdem_mpi.subgame.spot import open_spot

MENU = {"bet_sizes": {"turn": [1.0], "river": [1.0]}, "raise_sizes": {"turn": [0.6], "river": [0.6, 1.0]}}


def timed(service: SearchService, spot: SearchRoot) -> tuple[float, SearchResult]:
    """(seconds, what was found) of one solution."""
    begin = time.perf_counter()
    found = service.search(spot, begin + 600.0)
    return time.perf_counter() - begin, found


def shown(values: list[float]) -> str:
    """Median and range in ms."""
    low, middle, high = (1e3 * pick(values) for pick in (min, statistics.median, max))
    return f"{middle:.0f} ({low:.0f} to {high:.0f}) ms"


def main(comm: Communicator) -> int:
    """Time, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    shipped = open_spot("turn")
    # The same pot and stacks, reached by checks from the start of a hand: that is how states travel between ranks.
    rules = Rules(stacks=(225, 225), blinds=(25, 25), first_to_act=(0,) * 4, min_bet=1)
    state = BettingState.start(rules)
    while state.street < shipped.state.street:
        state = state.apply(CALL)
    spot = SearchRoot(state, tuple(shipped.board), shipped.ranges)
    config = SearchConfig.model_validate(
        {"menu": MENU, "later_bets": [1.0], "later_raises": [0.6, 1.0], "most_raises": 9, "all_in_pots": 1e9}
        | {"sampled": "never", "safe": "unsafe", "most_iterations": given.iterations}
    )
    abstraction = abstraction_to_search(comm, load_config("nolimit_hu_200bb").game, config)

    def lead(service: SearchService) -> int:
        alone = SearchService(Communicator(), config, rules, abstraction)
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(given.rounds):
            for place, each in enumerate((alone, service)):
                seconds, found = timed(each, spot)
                times[place].append(seconds)
                assert found.iterations == given.iterations and found.answered == each.size, "a rank was late"
        one, two = (np.nan_to_num(timed(each, spot)[1].sums) for each in (alone, service))
        apart = np.abs(one / np.maximum(one.sum(1), 1e-9)[:, None] - two / np.maximum(two.sum(1), 1e-9)[:, None]).max()
        pct, _ = street_exploitability("turn", spot, config, service.street_sums())
        ratio = statistics.median(times[0]) / statistics.median(times[1])
        print(f"{given.iterations} iterations of the turn spot, {service.size} ranks")
        print(f"alone {shown(times[0])}, together {shown(times[1])}: {ratio:.2f} times faster")
        print(f"root strategies at most {apart:.4f} apart; turn locked, rivers solved anew: {pct:.3f} % of the pot")
        return 0

    return run_with_team(comm, config, rules, abstraction, lead)


if __name__ == "__main__":
    sys.exit(run_command(main))
