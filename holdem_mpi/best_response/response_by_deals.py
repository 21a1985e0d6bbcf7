"""The gain of a seat's best response within the abstraction, with any number of players: exact over all deals of a game
that can be enumerated, estimated from drawn deals where it cannot.

Against policies by infoset (a node and a bucket) the best response of a seat that sees the same infosets is found going
back through the tree: in each the action is taken that is worth most over all deals of it, the others' probabilities
of coming there counted. Of a sample two figures come:

- plug-in: chosen and valued on the same deals. In the mean too high, where infosets are many far too high.
- cross-fitted: chosen on one half, valued on the other, and the other way round. What is chosen is one legal way to
  play, so in the mean it gains no more than the best one. It leaves the policy only where an action was better by two
  standard errors on at least 20 deals, which keeps it from losing by bad guesses.

A bucket forgets what earlier buckets were. With such an abstraction a best response by infosets is not found by going
back; what is found then is one of them whose gain the figures are of, and the exact figure a lower bound, too.
"""

from typing import NamedTuple

import numpy as np

from holdem_mpi.best_response.enumerated import EnumeratedDeals
from holdem_mpi.game.layout import Layout
from holdem_mpi.kernels.arrays import Deal
from holdem_mpi.kernels.cards.deal import DealTables, cards_dealt
from holdem_mpi.kernels.traversal.response_walk import Choosers, ListedDeals, ResponseTree, walk_response
from holdem_mpi.kernels.values.bucket_deals import sample_bucket_deals

# Of the cross-fitted choice: an action must be better by so many standard errors, on at least so many deals.
_ERRORS, _LEAST = 2.0, 20


class DealGains(NamedTuple):
    """What a seat wins on each deal, chips: float64[deal].

    value: where it follows the policy. cross_fitted, plug_in: how much more with the responses.
    """

    value: np.ndarray
    cross_fitted: np.ndarray
    plug_in: np.ndarray


class DealResponder:
    """Best responses to a policy (float[num_pairs], the layout's order) over lists of deals."""

    def __init__(self, layout: Layout, probability: np.ndarray) -> None:
        tree = layout.tree
        self.layout = layout
        # Read-only, as mapped policies are: one compiled kernel for both.
        self._probability = np.asarray(probability).view()
        self._probability.flags.writeable = False
        self._tree = ResponseTree(
            kind=tree.kind_of_node,
            street=tree.street_of_node,
            player=tree.player_of_node,
            first_edge=tree.first_edge_of_node,
            child=tree.child_of_edge,
            terminal=tree.terminal_of_node,
            first_pair=layout.pair_of_node,
            base=layout.base_pair,
            width=layout.width,
            code=layout.code(),
        )

    def exact(self, seat: int, deals: EnumeratedDeals) -> tuple[float, float]:
        """(chips that ``seat`` wins by the policy, chips that its best response wins), over all deals of the game."""
        listed = ListedDeals(deals.bucket.astype(np.int32), deals.strength, np.zeros(len(deals.strength), np.int64))
        choosers = self._choosers(seat, None, np.ones((1, 2), bool), np.zeros(1), np.ones(1, np.int64))
        found = self._walk(listed, choosers, deals.probability) @ deals.probability
        excess = self.layout.tree.rules.ante_excess[seat]
        return float(found[0]) - excess, float(found[1]) - excess

    def sampled(self, seat: int, tables: DealTables, seed: int, count: int) -> DealGains:
        """The same from ``count`` deals that are drawn by (seed, seat). 15 to 50 us and half a KiB a deal."""
        part = np.arange(count) % 2
        listed = ListedDeals(*self._drawn(seat, tables, seed, count), part)
        uses = np.array([[True, False], [False, True], [True, True]])
        errors, least = np.array([_ERRORS, _ERRORS, 0.0]), np.array([_LEAST, _LEAST, 1])
        choosers = self._choosers(seat, seed, uses, errors, least)
        policy, *chosen, plug_in = self._walk(listed, choosers, np.ones(count))
        crossed = np.where(part == 0, chosen[1], chosen[0])
        return DealGains(policy - self.layout.tree.rules.ante_excess[seat], crossed - policy, plug_in - policy)

    def _choosers(
        self, seat: int, seed: int | None, uses: np.ndarray, errors: np.ndarray, least: np.ndarray
    ) -> Choosers:
        """Choosers whose opponents' actions are drawn by ``seed``, or summed over where it is None."""
        return Choosers(
            seat=seat,
            draws=seed is not None,
            seed=np.uint64(seed or 0),
            buckets=max(self.layout.num_buckets),
            uses=uses,
            errors=errors,
            least=least,
        )

    def _walk(self, deals: ListedDeals, choosers: Choosers, weight: np.ndarray) -> np.ndarray:
        every = np.arange(len(weight))
        return walk_response(self._tree, self._probability, deals, choosers, 0, every, weight.astype(np.float64))

    def _drawn(self, seat: int, tables: DealTables, seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        """(bucket, strength) of ListedDeals."""
        tree = self.layout.tree
        shape = tree.num_streets, tree.num_players
        ones = np.zeros(shape, np.uint64), np.ones(shape, np.uint64)
        deal = Deal(
            np.zeros(shape, np.uint64),
            np.zeros(tree.num_players, np.int64),
            np.zeros(cards_dealt(tables), np.int64),
            np.zeros(7, np.int64),
            np.zeros(4, np.uint8),
        )
        bucket, strength = np.empty((count, *shape), np.int32), np.empty((count, tree.num_players), np.int64)
        code = self._tree.code._replace(base_pair=ones[0], width=ones[1])
        sample_bucket_deals(tables, code, deal, np.uint64(seed), seat, bucket, strength)
        return bucket, strength
