"""Check equities by brute force, count canonical hands, and time what an abstraction is built from.

    python -m benchmarks.checks.equities [--pairs 10000]

Some two minutes on one core; exit code 1 where anything differs. Equities of random (hand, board) pairs of flop, turn
and river are compared with an enumeration of all opponents and boards to come by the evaluator alone, which knows
nothing of sweeps, orbits and sums; the evaluator itself is checked against phevaluator by ``benchmarks.checks.cards``.
"""

import argparse
import sys
import time

import numpy as np
from numba import njit

from holdem_mpi.abstraction import features, points
from holdem_mpi.cards import hand_of_cards
from holdem_mpi.kernels.cards.evaluator import evaluate, evaluator_tables
from holdem_mpi.kernels.cards.isomorphism import index_board

HANDS = {1: 1_286_792, 2: 13_960_050, 3: 123_156_254}
# slumbot2019's seconds for the features of turn and river, and how many times faster we are to be.
SLUMBOT, TIMES = {2: 404, 3: 284}, 5


@njit
def brute_force(tables, cards, seen):
    """Sum of 2 * wins + ties of the first two cards over all boards to come and opponents; cards: int64[7]."""
    used = 0
    for i in range(2 + seen):
        used |= 1 << cards[i]
    other = cards.copy()
    total = 0
    for first in range(52 if seen < 5 else 1):
        if seen < 5 and used >> first & 1:
            continue
        for second in range(first if seen < 4 else 1):
            if seen < 4 and used >> second & 1:
                continue
            gone = used
            if seen < 5:
                cards[2 + seen] = first
                gone |= 1 << first
            if seen < 4:
                cards[3 + seen] = second
                gone |= 1 << second
            own = evaluate(tables, cards, 7)
            other[2:] = cards[2:]
            for high in range(52):
                for low in range(high):
                    if (gone >> high | gone >> low) & 1:
                        continue
                    other[0], other[1] = high, low
                    strength = evaluate(tables, other, 7)
                    total += 2 if own > strength else 1 if own == strength else 0
    return total


def values_of(street: int) -> np.ndarray:
    """Numerators of a street before the river."""
    sums = features.empty_sums(street)
    features.add_to_sums(street, 3, 0, features.number_of_boards(3), sums)
    features.settle_sums(street, 0, sums)
    return sums


def largest_difference(street: int, pairs: int, known: np.ndarray | None) -> float:
    """Of equities of random pairs from brute force."""
    rng, suit_map, worst = np.random.default_rng(street), np.zeros(4, np.uint8), 0.0
    seen, largest = features.CARDS_OF_STREET[street], features.largest_numerator(street, 3)
    for _ in range(pairs):
        cards = np.zeros(7, np.int64)
        cards[: 2 + seen] = rng.permutation(52)[: 2 + seen]
        row = index_board(features.board_indexer(street), cards[2 : 2 + seen], suit_map)
        first, second = ((int(card) & ~3) + int(suit_map[card & 3]) for card in cards[:2])
        values = known[row] if known is not None else features.final_numerators(3, row, row + 1)[0]
        expected = brute_force(evaluator_tables(), cards, seen) / largest
        worst = max(worst, abs(int(values[hand_of_cards(first, second)]) / largest - expected))
    return worst


def main() -> int:
    """Check and time everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=10_000)
    pairs, wrong = parser.parse_args().pairs, False
    shares = {1: pairs // 100, 2: pairs // 4, 3: pairs - pairs // 100 - pairs // 4}
    for street, count in shares.items():
        worst = largest_difference(street, count, values_of(street) if street < 3 else None)
        wrong |= worst > 1e-12
        print(f"{features.STREET_NAMES[street]}: {count} pairs, largest difference of equity {worst:.2g}", flush=True)
    for street, expected in HANDS.items():
        boards, found = features.number_of_boards(street), 0
        for start in range(0, boards, 4096):
            found += np.count_nonzero(points.classes_at(street, start, min(start + 4096, boards))[1])
        wrong |= found != expected
        print(f"{features.STREET_NAMES[street]}: {found} canonical hands, expected {expected}", flush=True)
    for street, source in ((2, points.OutcomePoints(2)), (3, points.ClusterPoints(3, np.arange(169) % 8))):
        boards = features.number_of_boards(street)
        source.at(0, 1)
        begin = time.process_time()
        for start in range(0, boards, 64):
            source.at(start, min(start + 64, boards))
        spent = time.process_time() - begin
        ratio = f"{SLUMBOT[street] / spent:.1f} times faster than slumbot2019's {SLUMBOT[street]} s (target {TIMES})"
        print(f"{features.STREET_NAMES[street]}: features in {spent:.1f} CPU seconds, {ratio}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
