"""Every hand of a toy game between two players, with its probability; means over every board."""

import functools
import itertools
from collections.abc import Callable, Iterator

import numpy as np

from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.cards import without_blocked
from holdem_mpi.evaluation.aivat import PlayedAction, PlayedHand, PublicState
from holdem_mpi.game.betting import limit_menu
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.layout import build_layout
from holdem_mpi.game.rules import BettingState, kuhn_rules, leduc_rules
from holdem_mpi.game.toy import toy_deck
from holdem_mpi.game.tree import build_tree
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.tabular import TabularPolicy


class ToyMatch:
    """Kuhn or Leduc with two random policies of one layout, by seat."""

    def __init__(self, name: str) -> None:
        self.rules = kuhn_rules(2) if name == "kuhn" else leduc_rules(2)
        self.toy = toy_deck(name, 2)
        self.deck = Deck(self.rules.board_cards, self.toy)
        self.layout = build_layout(build_tree(self.rules, limit_menu), self.toy.num_buckets)
        self.players = tuple(BlueprintPlayer(str(seed), self._random_blueprint(seed)) for seed in (1, 2))

    def _random_blueprint(self, seed: int) -> Blueprint:
        draw = np.random.default_rng(seed)
        probability = np.empty(self.layout.num_pairs)
        for start, end in itertools.pairwise(self.layout.first_pair_of_row()):
            probability[start:end] = draw.dirichlet(np.ones(end - start))
        policy = TabularPolicy(self.layout, probability, np.ones(self.layout.num_rows, bool))
        return Blueprint(policy, tables_of_deck(self.toy))

    @functools.cached_property
    def hands(self) -> list[tuple[float, PlayedHand]]:
        """(probability, hand) of all deals and all actions."""
        return list(self._all_hands())

    def _all_hands(self) -> Iterator[tuple[float, PlayedHand]]:
        deals = self.toy.deals()
        for cards in deals.tolist():
            start = BettingState.start(self.rules)
            memos = tuple(player.start() for player in self.players)
            yield from self._play(1 / len(deals), tuple(cards[:2]), tuple(cards[2:]), start, memos, ())

    def _play(self, probability, hands, board, state, memos, decisions):
        if state.is_over:
            stake = min(state.contributions)
            strength = [self.toy.strength(card, board[0] if board else None) for card in hands]
            chips = -stake if state.folded[0] else stake
            if state.is_showdown:
                chips = stake * int(np.sign(strength[0] - strength[1]))
            yield probability, PlayedHand(hands, board, decisions, state, chips)
            return
        shown = board[: self.deck.seen[state.street]]
        strategy = self.players[state.player].strategy(memos[state.player], state, shown)
        for place, action in enumerate(strategy[0]):
            after = tuple(player.follow(memo, state, action, 0.5) for player, memo in zip(self.players, memos))
            yield from self._play(
                probability * strategy[1][hands[state.player], place],
                hands,
                board,
                state.apply(action),
                after,
                (*decisions, PlayedAction(state, shown, strategy, action, 0.5)),
            )


def mean_over_boards(deck: Deck, public: PublicState, value: Callable[[PublicState], float]) -> float:
    """Mean of ``value`` over the boards that can follow, each by the weight of the pairs of hands that it leaves."""
    total = weight = 0.0
    for row in deck.next_boards(public.board):
        board = tuple(int(card) for card in row)
        reach = without_blocked(public.reach, board)
        here = float(reach[0] @ deck.mass(reach[1]))
        if here > 0.0:
            total += here * value(public._replace(board=board, reach=reach))
            weight += here
    return total / weight
