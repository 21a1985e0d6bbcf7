"""A policy that is asked by name: what every hand does at a decision, given the board and the betting before it."""

import hashlib
import itertools
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.cards import Cards, card_name, hands_holding
from holdem_mpi.errors import UserError
from holdem_mpi.game.game import Game
from holdem_mpi.game.rules import CALL, BettingState
from holdem_mpi.kernels.cards.deal import DealTables
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.names import action_name, betting_of, board_of, hand_of, states_of_betting
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.tabular import TabularPolicy
from holdem_mpi.policy.translation import LOST, Place, is_on_tree, outcomes, start_place
from holdem_mpi.reporting.hand_chart import HandChart
from holdem_mpi.reporting.hand_grid import class_means


class Translation(NamedTuple):
    """A bet or raise that the tree does not have, and what it was taken for.

    betting: before it, as ACPC writes it.
    action: the real one, such as ``r350``.
    taken: the tree's action that is more probable; empty where the tree has no place for the real one.
    candidates: all actions of the tree that play may take it for, each with its probability.
    """

    betting: str
    action: str
    taken: str
    candidates: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        if not self.taken:
            return f"{self.action} has no place on the tree"
        chances = " or ".join(f"{name} ({probability:.0%})" for name, probability in self.candidates)
        return f"{self.action} taken for {self.taken}" + (f", of {chances}" if len(self.candidates) > 1 else "")


class PolicyDecision(NamedTuple):
    """A decision, and what a policy does there with every hand.

    Hands are 0..1325, or the cards of a toy deck.

    game: whose decision it is.
    board: the public cards, in the order given.
    betting: the real betting before it, as ACPC writes it.
    node: of the policy's tree; -1 where the tree has no place for the betting, then everyone checks or calls.
    player: the seat to act.
    street: 0 before the first public cards.
    pot: chips of all players in it.
    to_call: chips that a call adds.
    stacks: chips left, by seat.
    actions: names of the legal actions that the policy has: ``f``, ``c``, ``r300``.
    children: by action, the betting after it; None where that ends the betting.
    translated: bets so far that the tree does not have.
    probabilities: float64[hand, action], zero where a hand overlaps the board.
    buckets: int64[hand], -1 where a hand overlaps the board.
    visited: bool[hand], False where training never came and the policy is therefore uniform.
    reach: float64[player, hand], probability with which the player's own actions so far are those of the betting, as
        the tree takes it; zero where a hand overlaps the board. A range by Bayes' rule, up to a factor.
    """

    game: Game
    board: tuple[int, ...]
    betting: str
    node: int
    player: int
    street: int
    pot: int
    to_call: int
    stacks: tuple[int, ...]
    actions: tuple[str, ...]
    children: tuple[str | None, ...]
    translated: tuple[Translation, ...]
    probabilities: np.ndarray
    buckets: np.ndarray
    visited: np.ndarray
    reach: np.ndarray

    def by_action(self, hand: int) -> dict[str, float]:
        """{name of the action: probability} of one hand."""
        return dict(zip(self.actions, self.probabilities[hand].tolist()))


class Policy:
    """Probabilities of any decision of a game, by board, betting and hand, whatever they were trained with.

    game: that the policy plays.
    tabular: its rows.
    tables: what turns cards into its buckets; None for a toy game, whose deck is its own buckets.
    name: what reports call it.
    manifest: what is known of its training, as its folder says it.
    """

    def __init__(
        self,
        game: Game,
        tabular: TabularPolicy,
        tables: DealTables | None = None,
        name: str = "policy",
        manifest: dict[str, Any] | None = None,
    ) -> None:
        if tables is None and game.toy_deck is None:
            raise ValueError(f"{game.name}: a policy of hold'em needs the tables of its buckets")
        self.game, self.tabular, self.name, self.manifest = game, tabular, name, manifest or {}
        self.blueprint = Blueprint(tabular, tables_of_deck(game.toy_deck) if tables is None else tables)
        self.player = BlueprintPlayer(name, self.blueprint, self.manifest.get("iterations"))

    def identity(self) -> dict[str, Any]:
        """JSON that names the policy by what it is: digests of its probabilities and of its buckets, and its game."""
        if "arrays" in self.manifest:
            content = self.manifest["arrays"]["strategy"]["sha256"]
        else:
            probability = np.ascontiguousarray(self.tabular.probability)
            content = self.manifest.get("table_digest") or hashlib.sha256(probability).hexdigest()
        abstraction = self.manifest.get("abstraction_digest")
        return {"policy": content, "abstraction": abstraction, "game": self.game.description()}

    def decision(self, board: Cards = "", betting: str | None = "") -> PolicyDecision:
        """What the policy does after ``betting`` with ``board`` in sight.

        board: ``Qh7h2c``, blanks allowed, or ``["Qh", "7h", "2c"]``; in Leduc ``Q``. Exactly the cards that lie open on
            the decision's street.
        betting: ``r300c/c``, as ACPC writes it.

        A bet that the tree does not have is taken for one of the tree's. In play that is a random draw by the
        pseudo-harmonic mapping; here it is always the more probable one, the smaller of two that are alike, and
        ``translated`` names both with their probabilities.

        UserError where the rules do not allow the betting, with what would be legal, or on a wrong board.
        """
        states = states_of_betting(self.game, betting)
        state = states[-1]
        cards = board_of(self.game, board, state.street)
        places, translated = self._places(states)
        place = places[-1]
        actions, probabilities = self.player.strategy(place, state, cards)
        on_tree = is_on_tree(self.blueprint.tree, place, state)
        buckets, visited = self._rows(place.node if on_tree else LOST, cards)
        return PolicyDecision(
            game=self.game,
            board=cards,
            betting=betting_of(state),
            node=place.node if on_tree else LOST,
            player=state.player,
            street=state.street,
            pot=state.pot,
            to_call=state.legal().call_amount,
            stacks=tuple(state.stack(seat) for seat in range(self.game.num_players)),
            actions=tuple(map(action_name, actions)),
            children=tuple(betting_after(state, action) for action in actions),
            translated=translated,
            probabilities=probabilities,
            buckets=buckets,
            visited=visited,
            reach=self._reach(states, places, cards),
        )

    def action_probabilities(self, hand: Cards, *, board: Cards = "", betting: str | None = "") -> dict[str, float]:
        """Probability of each action, by name, with one hand: ``AhKh``, or ``K`` of a toy deck. UserError as above."""
        found = self.decision(board, betting)
        return found.by_action(hand_of(self.game, hand, found.board))

    def __repr__(self) -> str:
        done = self.manifest.get("iterations")
        return f"Policy({self.name!r}, of {self.game.name}" + (")" if done is None else f", {done} iterations)")

    def chart(self, betting: str = "", *, board: str = "") -> HandChart:
        """The 13 x 13 grid of ``decision``: shows itself in a notebook, ``save("chart.svg")`` keeps it, or a PNG.

        Each class is the mean over its hands, weighted by reach. UserError as there, and of a toy deck.
        """
        if self.game.is_toy:
            raise UserError(f"{self.name}: of {self.game.name}; expected a policy of hold'em for a grid of its classes")
        found = self.decision(board, betting)
        reach, cards = found.reach[found.player], "".join(map(card_name, found.board))
        total = reach.sum()
        return HandChart(
            f"{self.game.name}, {found.betting or 'the first decision'}{f' on {cards}' if cards else ''}",
            found.actions,
            np.stack([class_means(column, reach) for column in found.probabilities.T], axis=1),
            class_means(reach, ~hands_holding(found.board)),
            reach @ found.probabilities / total if total > 0 else np.full(len(found.actions), np.nan),
        )

    def _places(self, states: list[BettingState]) -> tuple[list[Place], tuple[Translation, ...]]:
        """(the place on the tree of each state, the bets that were translated on the way)."""
        tree = self.blueprint.tree
        places, translated = [start_place(tree)], []
        for state, after in itertools.pairwise(states):
            place, action = places[-1], _action_between(state, after)
            found = outcomes(tree, place, state, action)
            best = max(found, key=lambda each: each[0])[1]  # of equals the first, which is the smaller bet
            places.append(best)
            if best.node < 0:
                if place.node >= 0:
                    translated.append(Translation(betting_of(state), action_name(action), "", ()))
                continue
            names = [(self._action_to(place.node, each.node), probability) for probability, each in found]
            taken = self._action_to(place.node, best.node)
            if action > CALL and taken != action_name(action):
                translated.append(Translation(betting_of(state), action_name(action), taken, tuple(names)))
        return places, tuple(translated)

    def _action_to(self, node: int, child: int) -> str:
        tree = self.blueprint.tree
        return action_name(tree.actions(node)[int(np.flatnonzero(tree.children(node) == child)[0])])

    def _rows(self, node: int, board: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """(buckets int64[hand], visited bool[hand]) at a node of the tree; -1 and False without one."""
        if node < 0:
            return np.full(self.game.num_hands, -1, np.int64), np.zeros(self.game.num_hands, bool)
        buckets = self.blueprint.buckets(int(self.blueprint.tree.street_of_node[node]), board)
        return buckets, self.tabular.visited_of_node(node)[buckets] & (buckets >= 0)

    def _reach(self, states: list[BettingState], places: list[Place], board: tuple[int, ...]) -> np.ndarray:
        """float64[player, hand], along the tree's line; what the tree has no place for says nothing of the hand."""
        tree = self.blueprint.tree
        reach = np.tile((~hands_holding(board, self.game.num_hands)).astype(np.float64), (self.game.num_players, 1))
        for state, place, after in zip(states, places, places[1:]):
            if after.node < 0 or not is_on_tree(tree, place, state):
                continue
            choice = int(np.flatnonzero(tree.children(place.node) == after.node)[0])
            reach[state.player] *= self.blueprint.strategy(place.node, board)[:, choice]
        return reach


def _action_between(state: BettingState, after: BettingState) -> int:
    """The action that leads from a state to the next one."""
    return after.history[state.street][len(state.history[state.street])]


def betting_after(state: BettingState, action: int) -> str | None:
    """The betting after one more action; None where that ends it."""
    after = state.apply(action)
    return None if after.is_over else betting_of(after)
