"""Exact values, best responses and NashConv where every deal can be enumerated (Kuhn, Leduc, n players)."""

from dataclasses import dataclass

import numpy as np

from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.game.layout import Layout
from holdem_mpi.game.toy import ToyDeck
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.traversal.payoff import terminal_value


@dataclass(frozen=True)
class EnumeratedDeals:
    """All deals of a small game.

    probability: float64[deal].
    bucket: int64[deal, street, player].
    strength: int64[deal, player], larger wins.
    """

    probability: np.ndarray
    bucket: np.ndarray
    strength: np.ndarray


@dataclass(frozen=True)
class Exploitability:
    """What a policy earns and what could be earned against it, in chips a hand.

    values: float64[player], when all follow the policy; best_responses: float64[player], when that player alone
    deviates to a best response; nash_conv: the sum of the gains. Zero exactly at a Nash equilibrium.
    """

    values: np.ndarray
    best_responses: np.ndarray

    @property
    def nash_conv(self) -> float:
        """Sum over players of what a best response gains (OpenSpiel's NashConv), in chips."""
        return float((self.best_responses - self.values).sum())


def exploitability(layout: Layout, probability: np.ndarray, deals: EnumeratedDeals) -> Exploitability:
    """Exact Exploitability of a policy (float[num_pairs], the layout's order). Cost: players + 1 walks of the tree
    times the number of deals.
    """
    walker, players = _Walker(layout, probability, deals), range(layout.tree.num_players)
    excess = np.array(layout.tree.rules.ante_excess)
    return Exploitability(
        np.array([walker.value(player, best=False) for player in players]) - excess,
        np.array([walker.value(player, best=True) for player in players]) - excess,
    )


class _Walker:
    def __init__(self, layout: Layout, probability: np.ndarray, deals: EnumeratedDeals) -> None:
        self.layout, self.tree, self.deals = layout, layout.tree, deals
        self.code = layout.code()
        self.sigma_of_node = {
            int(node): probability[layout.pairs_of_node(node)]
            for node in np.flatnonzero(self.tree.kind_of_node == KIND_DECISION)
        }

    def value(self, player: int, best: bool) -> float:
        """Expected chips of ``player`` when the others follow the policy and it follows it too, or best-responds."""
        return float(self._walk(0, self.deals.probability, player, best).sum())

    def _walk(self, node: int, reach: np.ndarray, player: int, best: bool) -> np.ndarray:
        """float64[deal]: chance and the other players' reach times the value of ``player`` at ``node``."""
        tree = self.tree
        if tree.kind_of_node[node] != KIND_DECISION:
            return reach * self._payoffs(node, player)
        owner, street = int(tree.player_of_node[node]), int(tree.street_of_node[node])
        bucket = self.deals.bucket[:, street, owner]
        sigma = self.sigma_of_node[node][bucket]
        if owner != player:
            return sum(
                self._walk(int(child), reach * sigma[:, action], player, best)
                for action, child in enumerate(tree.children(node))
            )
        values = np.stack([self._walk(int(child), reach, player, best) for child in tree.children(node)])
        if not best:
            return (values * sigma.T).sum(axis=0)
        # An infoset is (node, bucket): the action is chosen for all of its deals together.
        totals = np.stack([np.bincount(bucket, of_action, self.layout.num_buckets[street]) for of_action in values])
        return np.take_along_axis(values, totals.argmax(axis=0)[bucket][None], axis=0)[0]

    def _payoffs(self, node: int, player: int) -> np.ndarray:
        terminal, kind = self.tree.terminal_of_node[node], self.tree.kind_of_node[node]
        patterns, index = self._strength_patterns
        return np.array([terminal_value(self.code, terminal, kind, row, player) for row in patterns])[index]

    @property
    def _strength_patterns(self) -> tuple[np.ndarray, np.ndarray]:
        if not hasattr(self, "_patterns"):
            patterns, index = np.unique(self.deals.strength, axis=0, return_inverse=True)
            self._patterns = patterns, index.reshape(-1)
        return self._patterns


def enumerate_deals(deck: ToyDeck) -> EnumeratedDeals:
    """Every deal of a toy deck."""
    tables, cards = tables_of_deck(deck), deck.deals()
    private = cards[:, : deck.num_players]
    public = cards[:, deck.num_players :] if deck.public_cards else np.zeros((len(cards), 1), np.int64)
    bucket = np.stack([of_street[private, public] for of_street in tables.toy_bucket.astype(np.int64)], axis=1)
    return EnumeratedDeals(np.full(len(cards), 1 / len(cards)), bucket, tables.toy_strength[private, public])
