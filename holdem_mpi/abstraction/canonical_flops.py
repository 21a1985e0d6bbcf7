"""The flops that differ by more than a renaming of suits."""

import functools
import itertools

import numpy as np

from holdem_mpi.cards import NUM_CARDS


@functools.cache
def canonical_flops(deck: tuple[int, ...] = tuple(range(NUM_CARDS))) -> tuple[np.ndarray, np.ndarray]:
    """(flops int64[n, 3], the smallest of each class; real flops of each class, int64[n]), in order, read-only.

    deck: whole ranks times whole suits. 1,755 for the full deck, whose classes hold 22,100 flops.
    """
    suits = sorted({card & 3 for card in deck})
    flops = np.array(list(itertools.combinations(deck, 3)), np.int64)
    smallest = np.full(len(flops), np.iinfo(np.int64).max)
    for renaming in itertools.permutations(suits):
        suit_of_suit = np.zeros(4, np.int64)
        suit_of_suit[suits] = renaming
        renamed = np.sort((flops & ~3) + suit_of_suit[flops & 3], axis=1)
        smallest = np.minimum(smallest, renamed @ np.array([52 * 52, 52, 1]))
    codes, counts = np.unique(smallest, return_counts=True)
    found = np.stack([codes // 2704, codes // 52 % 52, codes % 52], axis=1), counts
    for array in found:
        array.flags.writeable = False
    return found
