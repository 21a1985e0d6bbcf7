"""A searching player's strategy at every information state of a game that is small enough for it, as a plain policy."""

import numpy as np

from holdem_mpi.best_response.policy_on_cards import PolicyOnCards
from holdem_mpi.cards import CARDS_OF_HAND, NUM_HANDS, hand_of_cards, hands_holding
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.exact_policies import ExactPolicy, measured
from holdem_mpi.game.game import Game
from holdem_mpi.game.layout import Layout
from holdem_mpi.game.rules import BettingState
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.cards.isomorphism import build_indexer, index_board
from holdem_mpi.policy.players import Player
from holdem_mpi.policy.policy import Policy
from holdem_mpi.policy.translation import Place
from holdem_mpi.search.search_player import SearchPlayer


def decisions_on(tree: PublicTree, street: int) -> dict[int, BettingState]:
    """{node: the betting before it} of the decisions on ``street``."""
    found: dict[int, BettingState] = {}
    for node in np.flatnonzero((tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == street)).tolist():
        state = BettingState.start(tree.rules)
        for above, place in tree.line_to(node):
            state = state.apply(int(tree.actions(above)[place]))
        found[node] = state
    return found


def strategy_at(player: Player, tree: PublicTree, node: int, state: BettingState, board: tuple[int, ...]) -> np.ndarray:
    """float64[hand, action of the tree]: what ``player``, whose blueprint's tree it is, does at a decision.

    ValueError where it takes an action that the tree lacks.
    """
    actions, sigma = player.strategy(Place(node, state), state, board)
    own = tree.actions(node).tolist()
    if not set(actions) <= set(own):
        raise ValueError(f"node {node}: the player acts by {actions}, the tree by {own}; expected the tree's actions")
    found = np.zeros((len(sigma), len(own)))
    for column, action in enumerate(actions):
        found[:, own.index(action)] += sigma[:, column]
    return found


def probability_of_toy(player: Player, game: Game) -> np.ndarray:
    """float64[num_pairs] in the game's own layout: what ``player`` does at every information state of a toy game."""
    layout, deck = game.layout(), game.toy_deck
    tree, probability = layout.tree, np.zeros(layout.num_pairs)
    for street in range(tree.num_streets):
        public = range(0, deck.num_cards, deck.copies) if street else (None,)  # copies of a rank are alike
        for node, state in decisions_on(tree, street).items():
            pairs = layout.pairs_of_node(node)
            for card in public:
                sigma = strategy_at(player, tree, node, state, () if card is None else (card,))
                for private in range(deck.num_cards):
                    if private != card:
                        probability[pairs[deck.bucket(private, card)]] = sigma[private]
    return probability


def searched(policy: Policy, player: SearchPlayer) -> ExactPolicy:
    """``policy`` with search, as ``player`` has it, to be measured by flops. UserError where the game goes beyond."""
    found = measured(policy)
    if policy.game.num_streets != 2:
        raise UserError(
            f"--search-iterations: {policy.game.name} has {policy.game.num_streets} streets; expected leduc, or a game "
            "that ends on the flop, where every decision of a search can be asked for"
        )
    key, about = found.key | {"search": player.description()}, found.about | {"policy": player.name}
    flops = PolicyOfFlops(player, found.policy, policy.game)
    return found._replace(key=key, about=about, on_flop=flops.on_flop)


class PolicyOfFlops:
    """What ``player`` does in a hold'em game that ends on the flop, one flop at a time.

    blueprint: its policy on cards, which it plays before the flop. A flop that differs by a renaming of suits alone is
    played alike.
    """

    def __init__(self, player: Player, blueprint: PolicyOnCards, game: Game) -> None:
        self._player, self._blueprint = player, blueprint
        self._layout = game.layout((blueprint.layout.num_buckets[0], NUM_HANDS))
        self._first = _street_pairs(self._layout, blueprint.layout)
        self._decisions = decisions_on(game.tree, 1)
        self._indexer = build_indexer((3,))

    def on_flop(self, flop: tuple[int, ...]) -> PolicyOnCards:
        """The policy, of which only what it does before and on ``flop`` may be asked: a bucket for each hand there."""
        tree, probability = self._layout.tree, np.zeros(self._layout.num_pairs)
        probability[self._first[0]] = self._blueprint.probability[self._first[1]]
        bucket_of_hand = self._renamed(flop)
        for node, state in self._decisions.items():
            sigma = strategy_at(self._player, tree, node, state, flop)
            sigma[hands_holding(flop)] = 1.0 / sigma.shape[1]  # which nobody holds, but whose rows are read
            probability[self._layout.pairs_of_node(node)[bucket_of_hand]] = sigma
        tables = np.broadcast_to(np.arange(NUM_HANDS, dtype=np.uint16), (1755, NUM_HANDS))
        classes = self._blueprint.class_of_hand
        no_table = self._blueprint.bucket_tables[0]
        return PolicyOnCards(self._layout, probability, classes, (no_table, np.ascontiguousarray(tables)))

    def _renamed(self, flop: tuple[int, ...]) -> np.ndarray:
        """int64[hand], the hand that each becomes on the canonical flop that this one is like."""
        suit_map = np.empty(4, np.uint8)
        index_board(self._indexer, np.array(flop, np.int64), suit_map)
        renamed = (CARDS_OF_HAND & ~3) + suit_map[CARDS_OF_HAND & 3]
        return np.array([hand_of_cards(*cards) for cards in renamed.tolist()])


def _street_pairs(layout: Layout, blueprint: Layout) -> tuple[np.ndarray, np.ndarray]:
    """(places in ``layout``, places in the blueprint's) of all that is done before the flop."""
    tree = layout.tree
    nodes = np.flatnonzero((tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == 0)).tolist()
    both = [np.concatenate([of.pairs_of_node(node).reshape(-1) for node in nodes]) for of in (layout, blueprint)]
    return both[0], both[1]
