"""Check the evaluator and the hand indexer in full, and time what stands on them.

    python -m benchmarks.checks.cards

Three minutes on one core; exit code 1 where a count differs. Prints every count beside the published one (seven-card
categories; canonical hands of Waugh 2013), a million random hands of each size against phevaluator, every index of
hole cards and a river board back from its inverse, and CPU times per call and per street of the abstraction.
"""

import sys
import time

import numpy as np
import phevaluator
from numba import njit

from holdem_mpi.abstraction import features, percentile
from holdem_mpi.kernels.cards.evaluator import NUM_STRENGTHS, category_of_strength, evaluate, evaluator_tables
from holdem_mpi.kernels.cards.isomorphism import (
    build_indexer,
    index_board,
    index_hand,
    indexer_size,
    orbit_size,
    unindex_hand,
)
from holdem_mpi.kernels.cards.showdown import showdown_workspace, sort_hands, sweep_board

SEVEN_CARDS = [41584, 224848, 3473184, 4047644, 6180020, 6461620, 31433400, 58627800, 23294460]
INDICES = {
    (2,): (169, 1326),
    (2, 3): (1286792, 1326 * 19600),
    (2, 4): (13960050, 1326 * 230300),
    (2, 5): (123156254, 1326 * 2118760),
    (2, 3, 1): (55190538, 0),
    (2, 3, 1, 1): (2428287420, 0),
    (3,): (1755, 22100),
    (4,): (16432, 270725),
    (5,): (134459, 2598960),
}


@njit
def seven_card_categories(tables):
    hands = np.zeros(9, np.int64)
    cards = np.empty(7, np.int64)
    for a in range(6, 52):
        cards[0] = a
        for b in range(5, a):
            cards[1] = b
            for c in range(4, b):
                cards[2] = c
                for d in range(3, c):
                    cards[3] = d
                    for e in range(2, d):
                        cards[4] = e
                        for f in range(1, e):
                            cards[5] = f
                            for g in range(f):
                                cards[6] = g
                                hands[category_of_strength(evaluate(tables, cards, 7))] += 1
    return hands


@njit
def indices_that_come_back(ix, num_cards):
    """How many indices the inverse leads back to themselves, and the deals that all of them stand for."""
    cards = np.empty(num_cards, np.int64)
    back = 0
    deals = 0
    for index in range(ix.first_index_of_config[-1]):
        unindex_hand(ix, index, cards)
        back += index_hand(ix, cards) == index
        deals += orbit_size(ix, index)
    return back, deals


@njit
def evaluate_all(tables, hands, n):
    cards = np.empty(7, np.int64)
    total = 0
    for row in range(len(hands)):
        for i in range(n):
            cards[i] = hands[row, i]
        total += evaluate(tables, cards, n)
    return total


@njit
def index_all(ix, hands, suit_map):
    total = 0
    for row in range(len(hands)):
        total += index_board(ix, hands[row], suit_map)
    return total


@njit
def sweep_all(tables, boards, workspace, numerators):
    for row in range(len(boards)):
        sweep_board(tables, boards[row], 5, workspace, numerators)


@njit
def sort_all(tables, boards, workspace):
    for row in range(len(boards)):
        sort_hands(tables, boards[row], 5, workspace)


def cpu_seconds(call, *arguments):
    start = time.process_time()
    call(*arguments)
    return time.process_time() - start


def random_hands(count):
    """uint8[count, 7], seven different cards a row."""
    rng = np.random.default_rng(20)
    return np.vstack([np.argsort(rng.random((50000, 52)), axis=1)[:, :7] for _ in range(count // 50000)]).astype(
        np.uint8
    )


def check_evaluator(tables, hands):
    """Number of failed checks."""
    start = time.process_time()
    found = seven_card_categories(tables)[::-1].tolist()
    failed = int(found != SEVEN_CARDS)
    print(f"7-card hands by category {'as published' if not failed else f'{found}, expected {SEVEN_CARDS}'}", end="")
    print(f" (133,784,560 hands, {time.process_time() - start:.1f} s)")
    for n in (5, 6, 7):
        differ = sum(
            evaluate(tables, hand, n) != NUM_STRENGTHS - phevaluator.evaluate_cards(*hand[:n].tolist())
            for hand in hands
        )
        failed += differ > 0
        print(f"{n}-card hands whose strength differs from phevaluator's: {differ} of {len(hands):,}", flush=True)
    return failed


def check_indexer():
    """Number of failed checks."""
    failed = 0
    for rounds, (size, deals) in INDICES.items():
        ix = build_indexer(rounds)
        failed += indexer_size(ix) != size
        line = f"indices of {rounds}: {indexer_size(ix):,}, expected {size:,}"
        if deals:
            back, found = indices_that_come_back(ix, sum(rounds))
            failed += back != size or found != deals
            line += f"; {back:,} come back; they stand for {found:,} deals, expected {deals:,}"
        print(line, flush=True)
    return failed


def time_kernels(tables, hands):
    workspace, suit_map, numerators = showdown_workspace(), np.empty(4, np.uint8), np.empty(1326, np.uint16)
    for n in (5, 6, 7):
        evaluate_all(tables, hands[:1], n)
        print(f"evaluate, {n} cards: {1e9 * cpu_seconds(evaluate_all, tables, hands, n) / len(hands):.1f} ns")
    for rounds in INDICES:
        ix = build_indexer(rounds)
        index_all(ix, hands[:1], suit_map)
        print(f"index_board, {rounds}: {1e9 * cpu_seconds(index_all, ix, hands, suit_map) / len(hands):.0f} ns")
    boards = hands[:20000]
    sort_all(tables, boards[:1], workspace)
    sweep_all(tables, boards[:1], workspace, numerators)
    for name, sweep, rest in (("sort_hands", sort_all, ()), ("sweep_board", sweep_all, (numerators,))):
        seconds = cpu_seconds(sweep, tables, boards, workspace, *rest)
        print(f"{name}, river: {1e6 * seconds / len(boards):.1f} us")


def street_values(street):
    """Numerators of a whole street of hold'em."""
    if street == 3:
        return features.final_numerators(3, 0, features.number_of_boards(3))
    sums = features.empty_sums(street)
    features.add_to_sums(street, 3, 0, features.number_of_boards(3), sums)
    features.settle_sums(street, 0, sums)
    return sums


def time_streets():
    """CPU seconds of each street on this core, numerators and buckets, files aside; once compiled."""
    for street in (1, 2, 3):
        start = time.process_time()
        values = street_values(street)
        counted = time.process_time()
        counts = percentile.empty_counts(features.largest_numerator(street, 3))
        percentile.add_counts(street, 0, values, counts)
        percentile.bucket_rows(values, percentile.percentile_buckets(counts, 50, features.STREET_NAMES[street]))
        done = time.process_time()
        print(
            f"{features.STREET_NAMES[street]}: numerators {counted - start:.1f} s, 50 buckets {done - counted:.1f} s, "
            f"{np.count_nonzero(counts):,} different values, {counts.sum():,} deals",
            flush=True,
        )


def main():
    tables = evaluator_tables()
    hands = random_hands(1000000)
    failed = check_evaluator(tables, hands)
    failed += check_indexer()
    time_kernels(tables, hands)
    time_streets()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
