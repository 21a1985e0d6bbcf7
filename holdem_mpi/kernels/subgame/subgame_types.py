"""The arrays of the subgame kernels, as NamedTuples: what a sweep reads and what it changes."""

from typing import NamedTuple

import numpy as np

# What a sweep does.
UPDATE = 0  # of regrets and strategy sums, with current strategies
BEST = 1  # best response of the player to the other's average strategy
AVERAGE = 2  # value of the player's own average strategy against the other's
# Likewise, but on the first street both players keep to their average strategies, which are locked.
UPDATE_LATER = 3
BEST_LATER = 4

# Indices of the weights that a sweep multiplies sums by, before it adds to them.
W_POSITIVE = 0
W_NEGATIVE = 1
W_STRATEGY = 2
NUM_WEIGHTS = 3

# Sums that are no more count as none: the inverse of a smaller one could be infinite.
TINY = np.float32(1e-30)

# Rows of reach whose ends of the hand are valued at once, side by side. (Half of it is slower: there is more to a hand
# than its columns. With twice of it the numbers leave the second cache.)
WIDTH = 64

# Hands are counted in whole vectors: the loops over them have no rest.
VECTOR = 16

# Parts of the tree: the first street, the last one, and the one between them of a subgame of three.
UPPER, LAST, MIDDLE = 0, 1, 2
# What ``Subgame.ends`` says of a row, and ``Subgame.num_ends`` of a part.
E_FOLD, E_SHOWDOWN = 0, 1
N_ENDS, N_BOTH, N_FOLDS = 0, 1, 2


class Locks(NamedTuple):
    """Hands whose strategies are fixed. A lock is of some hands of the player to act at a decision.

    of_node: int32[node], where a decision's places begin in ``at``, -1 where nothing is ever locked. at: int32[...],
        the lock each time that it comes (first street: once; between: by branch; last: by runout), -1: none.
    first: int32[lock + 1], where a lock's hands begin in ``hand``, int32[...]. share: float32[..., action], their
        probabilities.
    """

    of_node: np.ndarray
    at: np.ndarray
    first: np.ndarray
    hand: np.ndarray
    share: np.ndarray


class Subgame(NamedTuple):
    """What is fixed: the tree, the hands, the cards to come.

    A branch is a first card to come, a runout all cards to come; the two are the same where one card is to come, and
    where none is, there is one of each. Of a game that is divided over ranks, each has some branches, and what lies
    below them.

    Hands are those of the ranges, then so many that never hold cards that a player has VECTOR of them, or two times
    VECTOR, and so on; no card to come leaves these.

    kind: uint8[node]; player: int8[node], who acts, or who folded at the end; nodes are depth first, the root first.
        end: int32[node], the first node after its subtree.
    first_row: int32[node + 1]; row: int32[node + edge], each node and then those that its actions lead to. sent:
        int32[player, node + edge], likewise for a sweep of the player, but of the node itself the row of
        ``SubgameWorkspace.reach`` with the other's reach; those of the others are their own.
    rake: float32[node], chips that are taken of the pot at an end of the hand; or float32[0] where none ever are.
    offset: int64[node], first entry of a decision node in its block (first street: of the table).
    block: int64[part], entries of the first street, of the last one by runout, of the one between them by branch; the
        table holds them in this order.
    upper: int32[upper], middle: int32[middle], nodes of the first street, and of the one between.
    entry: int32[entry], nodes where a branch's street begins, or hands are shown before it; source: int32[player,
        entry], the row that carries the other's reach to it. last_entry, last_source: likewise for the last street.
    count: int32[player], hands; card: int32[player, hand, 2]; twin: int32[player, hand], where the other player has
        the same hand, or -1.
    end_row: int64[part, player, end], for a sweep of the player: a row of ``SubgameWorkspace.reach``. ends: int64[part,
        player, kind, end], the fold and the showdown that it comes to, or where there is none the row of
        ``SubgameWorkspace.value`` that is for nothing; first the rows with a showdown alone, then with both, then those
        with a fold alone. end_stake: float32[part, player, kind, end], chips that a hand of the player wins there with
        each hand that it meets, or beats. num_ends: int32[part, player, 3], how many there are, where those with a fold
        begin, and where those without a showdown.
    order: int32[row, player, place], the hands that a row's cards leave, weakest first, then all others; strength:
        likewise by place, of those left; live: int32[row, player], how many those are. Rows are the runouts, then
        the branches of three streets (all hands as strong), then one that has every hand.
    branch_card: int32[branch], runout_card: int32[runout], last cards dealt; -1 where the board was complete.
        first_runout: int32[branch + 1], runouts of a branch. own: int64[branch], its place among the branches of all
        ranks. every_branch: int64[branch of all ranks], every_entry: int32[entry], 0, 1, 2 and so on.
    branch_image: int32[branch of all ranks + 1], runout_image: int32[runout + 1], first of the images in ``image``:
        int32[image],
        the renamings of suits that make it one that it stands for (itself first). renamed: int32[renaming, player,
        hand], the hand that a hand becomes; renaming 0 changes nothing.
    share: float32[deal], one over the cards that each pair of hands leaves to come: of a branch, then of a runout.
    locks: strategies that are fixed.
    """

    kind: np.ndarray
    player: np.ndarray
    first_row: np.ndarray
    row: np.ndarray
    sent: np.ndarray
    end: np.ndarray
    rake: np.ndarray
    offset: np.ndarray
    block: np.ndarray
    upper: np.ndarray
    middle: np.ndarray
    entry: np.ndarray
    source: np.ndarray
    last_entry: np.ndarray
    last_source: np.ndarray
    count: np.ndarray
    card: np.ndarray
    twin: np.ndarray
    end_row: np.ndarray
    ends: np.ndarray
    end_stake: np.ndarray
    num_ends: np.ndarray
    order: np.ndarray
    strength: np.ndarray
    live: np.ndarray
    branch_card: np.ndarray
    runout_card: np.ndarray
    first_runout: np.ndarray
    own: np.ndarray
    every_branch: np.ndarray
    every_entry: np.ndarray
    branch_image: np.ndarray
    runout_image: np.ndarray
    image: np.ndarray
    renamed: np.ndarray
    share: np.ndarray
    locks: Locks


class Sums(NamedTuple):
    """What a solver learns: regret and strategy, float32[entries of all blocks], [action, hand] by node."""

    regret: np.ndarray
    strategy: np.ndarray


class SubgameWorkspace(NamedTuple):
    """Scratch of one sweep.

    reach: float32[node + entry + last_entry, hand], the other player's by node, and by entry without the hands that
        a card to come blocks (where entries of both kinds are the same: once).
    value: float32[node + 1, hand], the last row for nothing; passed: float32[branch of all ranks, entry, hand], values
        of entries.
    total: float32[renaming, entry, hand], values of entries summed over the branches whose images a renaming makes;
        last_total: float32[renaming, last_entry, hand], with three streets: likewise over the runouts of a branch.
    scratch: float32[2, hand]; weight: float32[NUM_WEIGHTS]; unkept: float32[actions times hands], strategy sums that
        nobody reads.
    side_by_side: float32[hand, WIDTH], reach of some rows side by side; by_card: float64[53, WIDTH], of them by card,
    and of all; gain, every: float32[hand, WIDTH], reach that a hand beats less that which beats it, and all that it can
    meet.
    """

    reach: np.ndarray
    value: np.ndarray
    passed: np.ndarray
    total: np.ndarray
    last_total: np.ndarray
    scratch: np.ndarray
    weight: np.ndarray
    unkept: np.ndarray
    side_by_side: np.ndarray
    by_card: np.ndarray
    gain: np.ndarray
    every: np.ndarray
