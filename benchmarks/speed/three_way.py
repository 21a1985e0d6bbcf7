"""A river between three players: how good it is after how long, and how much faster ranks solve it together.

    mpirun -n 2 python -m benchmarks.speed.three_way [--hands 200] [--iterations 100] [--rounds 5]

Three ranges of so many random hands, two sizes of bets and of raises, all-in. First all ranks solve it together to
``--target-pct``; what each seat's best response gains is printed. Then in each round rank 0 does so many iterations
alone, the others asleep, and all ranks together the same ones. Wall time, building and compiling not. Printed: medians
(least to largest), their ratio, and whether both have one digest. Targets: gains below 0.5 % of the pot, 1.7 with 2
ranks on 2 cores that nothing else uses. Exits with 1 where digests differ or a gain is above, else with 0.
"""

import argparse
import statistics
import sys
import time

import numpy as np

from benchmarks.common import spread
from holdem_mpi.cards import NUM_HANDS, card_name, cards_of_hand, hands_holding, parse_cards
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.subgame.spot import Spot, open_spot
from holdem_mpi.subgame.spot_solving import SolveResult, StopRules, solve
from holdem_mpi.subgame.three_way_solver import ThreeWaySolver
from holdem_mpi.subgame.three_way_team import ThreeWayLeader, follow

BOARD = "Qs Jh 2h 8h 3c"


def spot_of(hands: int, raises: int) -> Spot:
    """Ranges of random hands; the pot is 75, and 200 are left to each."""
    generator = np.random.default_rng(0)
    free = np.flatnonzero(~hands_holding(parse_cards(BOARD), NUM_HANDS))
    ranges = {}
    for position in ("SB", "BB", "BTN"):
        chosen = sorted(generator.permutation(free)[:hands].tolist())
        ranges[position] = ",".join("".join(map(card_name, cards_of_hand(hand))) for hand in chosen)
    sizes = {"bet_sizes": [0.5, 1.0], "raise_sizes": [0.5, 1.0], "max_raises": raises}
    return open_spot({"board": BOARD, "pot": 75, "stacks": 200, "ranges": ranges, **sizes})


def solve_together(spot: Spot, comm: Communicator, target_pct: float) -> tuple[ThreeWaySolver, SolveResult | None]:
    """(solver with all that was learnt, how it went on rank 0)."""
    solver = spot.solver(comm)
    assert isinstance(solver, ThreeWaySolver)
    if comm.rank:
        follow(solver)
        return solver, None
    leader = ThreeWayLeader(solver)
    solved = solve(leader, spot.pot * spot.unit, StopRules(target_pct, None, 10_000), lambda check, left: None)
    leader.finish()
    return solver, solved


def timed(spot: Spot, comm: Communicator, iterations: int) -> tuple[float, str]:
    """(seconds, digest) of so many iterations from nothing."""
    solver = spot.solver(comm)
    assert isinstance(solver, ThreeWaySolver)
    solver.warm_up()
    comm.barrier()
    begin = time.perf_counter()
    solver.run(iterations)
    seconds = time.perf_counter() - begin
    solver.gather()
    return seconds, solver.digest


def main(comm: Communicator) -> int:
    """Solve, time, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hands", type=int, default=200)
    parser.add_argument("--raises", type=int, default=2, help="bets and raises on the street")
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--target-pct", type=float, default=0.1)
    given = parser.parse_args()
    spot = spot_of(given.hands, given.raises)
    solver, solved = solve_together(spot, comm, given.target_pct)
    gains = 100 * solver.gains() / (spot.pot * spot.unit)
    times: tuple[list[float], list[float]] = ([], [])
    digests = set()
    for _ in range(given.rounds):
        for place, each in enumerate((Communicator(), comm)):
            if comm.rank == 0 or each is comm:
                seconds, digest = timed(spot, each, given.iterations)
                times[place].append(seconds)
                digests.add(digest)
            comm.barrier()
    if comm.rank or solved is None:
        return 0
    print(f"{given.hands} hands each, {spot.tree.num_nodes} nodes, {comm.size} ranks")
    print(f"{solved.last.iterations} iterations in {solved.last.seconds:.2f} s: {solved.last.exploitability_pct:.3f} %")
    told = ", ".join(f"{name} {gain:.3f} %" for name, gain in zip(spot.config.positions, gains))
    print(f"a best response gains, in percent of the pot: {told}")
    ratio = statistics.median(times[0]) / statistics.median(times[1])
    alone, together = (spread([1e3 * seconds for seconds in values], 4) for values in times)
    print(f"{given.iterations} iterations: alone {alone} ms, together {together} ms: {ratio:.2f} times faster")
    print("one digest" if len(digests) == 1 else f"digests differ: {digests}")
    return int(len(digests) != 1 or gains.max() >= 0.5)


if __name__ == "__main__":
    sys.exit(run_command(main))
