"""Our small games beside OpenSpiel's: which row is which information state, and its values of a policy."""

from functools import cache

import numpy as np
import pyspiel

from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.config.load import load_config
from holdem_mpi.game.game import Game
from holdem_mpi.game.layout import Layout
from holdem_mpi.game.toy import ToyDeck
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.traversal.payoff import terminal_value

# float[player] at a terminal node of a deal: OpenSpiel's number and ours.
Payoffs = list[tuple[list[float], list[float]]]


@cache
def game_of(name: str, num_players: int) -> pyspiel.Game:
    """OpenSpiel's game. Leduc with three players deals ranks, not cards: the same game, and 17 times faster."""
    parameters = {"players": num_players}
    if _deals_ranks(name, num_players):
        parameters["suit_isomorphism"] = True
    return pyspiel.load_game(f"{name}_poker", parameters)


def _deals_ranks(name: str, num_players: int) -> bool:
    return name == "leduc" and num_players == 3


@cache
def layout_and_deck(name: str, num_players: int) -> tuple[Layout, ToyDeck]:
    """Our game."""
    game = load_config(name, {"game.players": num_players}).game
    return Game(game).layout(), Game(game).toy_deck


class _Pairing:
    """Both games walked side by side on one deal after another. OpenSpiel's actions, in order, are our actions."""

    def __init__(self, name: str, num_players: int) -> None:
        self.layout, self.deck = layout_and_deck(name, num_players)
        self.tables, self.code = tables_of_deck(self.deck), self.layout.code()
        self.root = game_of(name, num_players).new_initial_state()
        self.copies = self.deck.copies if _deals_ranks(name, num_players) else 1
        self.row_of_state: dict[str, tuple[int, int]] = {}
        self.actions_of_state: dict[str, list[int]] = {}
        self.payoffs: Payoffs = []

    def deal(self, private: list[int], public: int | None) -> None:
        state = self.root.clone()
        for card in private:
            state.apply_action(card // self.copies)
        self._walk(state, 0, private, public)

    def _walk(self, state: pyspiel.State, node: int, private: list[int], public: int | None) -> None:
        tree = self.layout.tree
        if state.is_terminal():
            terminal, kind = tree.terminal_of_node[node], tree.kind_of_node[node]
            strengths = np.array([self.deck.strength(card, public) for card in private])
            ours = [terminal_value(self.code, terminal, kind, strengths, seat) for seat in range(len(private))]
            self.payoffs.append((state.returns(), ours))
            return
        if state.is_chance_node():
            state.apply_action(public // self.copies)
        seat = state.current_player()
        assert tree.kind_of_node[node] == KIND_DECISION and tree.player_of_node[node] == seat
        legal, children = state.legal_actions(), tree.children(node)
        assert len(legal) == len(children)
        bucket = self.deck.bucket(private[seat], public if tree.street_of_node[node] else None)
        text = state.information_state_string()
        assert self.row_of_state.setdefault(text, (node, bucket)) == (node, bucket)
        self.actions_of_state[text] = legal
        for action, child in zip(legal, children):
            self._walk(state.child(action), int(child), private, public)


@cache
def pair_up(name: str, num_players: int) -> tuple[dict[str, tuple[int, int]], dict[str, list[int]], Payoffs]:
    """(information state -> our (node, bucket), information state -> its legal actions, payoffs met on the way).

    Each player gets every card with every public one at least once; the other cards follow in order.
    """
    pairing = _Pairing(name, num_players)
    cards = range(pairing.deck.num_cards)
    for public in cards if pairing.deck.public_cards else (None,):
        left = [card for card in cards if card != public]
        for turn in range(len(left)):
            pairing.deal([left[(turn + seat) % len(left)] for seat in range(num_players)], public)
    return pairing.row_of_state, pairing.actions_of_state, pairing.payoffs


def policy_of(name: str, num_players: int, probability: np.ndarray) -> pyspiel.TabularPolicy:
    """A policy of ours (float[num_pairs]) as OpenSpiel's: both suits of a rank play alike."""
    layout, _ = layout_and_deck(name, num_players)
    row_of_state, actions_of_state, _ = pair_up(name, num_players)
    table = {}
    for text, (node, bucket) in row_of_state.items():
        pair, actions = layout.pair(node, bucket), actions_of_state[text]
        table[text] = [(action, float(probability[pair + index])) for index, action in enumerate(actions)]
    return pyspiel.TabularPolicy(table)


@cache
def _best_response(name: str, num_players: int, seat: int) -> pyspiel.TabularBestResponse:
    """A best response's tree, which takes longer to build than to use."""
    game = game_of(name, num_players)
    return pyspiel.TabularBestResponse(game, seat, pyspiel.UniformRandomPolicy(game))


def nash_conv(name: str, num_players: int, probability: np.ndarray) -> float:
    """OpenSpiel's NashConv, in chips."""
    return pyspiel.nash_conv(game_of(name, num_players), policy_of(name, num_players, probability))


def values_and_best_responses(name: str, num_players: int, probability: np.ndarray) -> tuple[list[float], list[float]]:
    """OpenSpiel's value of every player, and of its best response, in chips: the parts of its NashConv."""
    policy, root = policy_of(name, num_players, probability), game_of(name, num_players).new_initial_state()
    best = []
    for seat in range(num_players):
        response = _best_response(name, num_players, seat)
        response.set_policy(policy)
        best.append(response.value_from_state(root))
    return list(pyspiel.expected_returns(root, policy, -1, False)), best
