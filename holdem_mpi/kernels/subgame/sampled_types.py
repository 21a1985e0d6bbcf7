"""The arrays of the sampled subgame kernels, as NamedTuples: what a sweep reads and what it changes."""

from typing import NamedTuple

import numpy as np

from holdem_mpi.kernels.cards.showdown import ShowdownWorkspace
from holdem_mpi.kernels.cards.sweep import RankedHands

# Rows of reach that are valued side by side: few rounds have more.
WIDTH = 8
# What a local node is.
ROUND_DECISION, ROUND_FOLD, ROUND_SHOWDOWN, ROUND_ENTRY = 0, 1, 2, 3


class SampledGame(NamedTuple):
    """What is fixed. The tree is cut into *rounds*, one street's betting after one betting history, depth first; round
    0 is the root's. A round's *local* nodes, depth first, are its decisions and what ends it: folds, showdowns and
    entries to later rounds. *Columns* are the rows of one player's reach that come to a fold or showdown of the round.

    first_local, first_edge_of_round: int32[round + 1]; street: int8[round].
    kind: uint8[local]; player: int8[local], who acts; first_edge: int32[local + 1], child: int32[edge], a local.
    offset: int64[local], first entry of a decision in the table of its player's sums, [action, bucket].
    row: int32[player, local], the local nearest above (or itself) to which an action of the player led, or the round's
        first: the row of a player's reach. column: int32[player, local], of a fold or showdown when the player is
        swept.
    column_local: int32[player, round, column], that row; num_columns: int32[player, round].
    stake: float32[player, local], chips that the player wins or loses at a fold, or plays for at a showdown.
    target: int32[local], the round that an entry leads to.
    buckets: int64[street, player]; count: int64[player], hands; hand: int32[player, hand], 0..1325;
    card: int32[player, hand, 2]; twin: int32[player, hand], the other's same hand, or -1.
    index: int32[player, 1326], place of a hand among the player's, or -1.
    board: int64[cards], public cards, those at the root first, the rest drawn for each sweep; seen: int64[street], how
        many show on each street of the game; known: int64[1], how many lie at the root.
    valued: int64[1], the local of round 0 whose actions are valued.
    Of the board drawn last: order, strength: int32[1, player, place], the player's hands weakest first, and their
        strength; live: int32[1, player], how many the board leaves; bucket: int32[street, player, hand].
    """

    first_local: np.ndarray
    first_edge_of_round: np.ndarray
    street: np.ndarray
    kind: np.ndarray
    player: np.ndarray
    first_edge: np.ndarray
    child: np.ndarray
    offset: np.ndarray
    row: np.ndarray
    column: np.ndarray
    column_local: np.ndarray
    num_columns: np.ndarray
    stake: np.ndarray
    target: np.ndarray
    buckets: np.ndarray
    count: np.ndarray
    hand: np.ndarray
    card: np.ndarray
    twin: np.ndarray
    index: np.ndarray
    board: np.ndarray
    seen: np.ndarray
    known: np.ndarray
    order: np.ndarray
    strength: np.ndarray
    live: np.ndarray
    bucket: np.ndarray
    valued: np.ndarray


class SampledSums(NamedTuple):
    """What a solver learns.

    regret: float32[entries], [action, bucket] by decision. strategy: float32[entries of round 0], likewise.
    value: float64[action, hand], of the valued decision's actions; mass: float64[hand], of the hands that they met.
    """

    regret: np.ndarray
    strategy: np.ndarray
    value: np.ndarray
    mass: np.ndarray


class SampledWorkspace(NamedTuple):
    """Scratch of one sweep.

    reach, value: float32[round, hand], the other's reach and the player's values where rounds begin.
    sigma: float32[edge of a round, bucket]; x, y, worth: float32[local of a round, bucket]: the other's and the own
    reach since the round began, and values summed over a bucket's hands.
    x_column, y_fold, y_show, of_fold, of_show: float32[bucket, WIDTH].
    one: float32[hand], ones. weight: float32[NUM_WEIGHTS]; part: float32[WIDTH]. side_by_side, gain, every:
    float32[hand, BLOCK], and by_card: float64[53, BLOCK], see ``SubgameWorkspace``.
    """

    reach: np.ndarray
    value: np.ndarray
    sigma: np.ndarray
    x: np.ndarray
    y: np.ndarray
    worth: np.ndarray
    x_column: np.ndarray
    y_fold: np.ndarray
    y_show: np.ndarray
    of_fold: np.ndarray
    of_show: np.ndarray
    one: np.ndarray
    weight: np.ndarray
    part: np.ndarray
    side_by_side: np.ndarray
    by_card: np.ndarray
    gain: np.ndarray
    every: np.ndarray


class BoardStream(NamedTuple):
    """Where the public cards to come are drawn from.

    name: int64[3], seed, decision and rank, which name the stream; state: uint64[10]. cards: int64[player,
    52], the deck without the root's board, in random order; taken: int64[player], how many have been the next card in
    that player's sweeps: each is once, before one is again. ranked, workspace, bucket_of_hand (int64[1326]): scratch.
    """

    name: np.ndarray
    state: np.ndarray
    cards: np.ndarray
    taken: np.ndarray
    ranked: RankedHands
    workspace: ShowdownWorkspace
    bucket_of_hand: np.ndarray
