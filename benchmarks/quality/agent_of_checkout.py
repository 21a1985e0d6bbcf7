"""The searching agent of an earlier checkout, whose searches know no iterations; see ``agents_of_two_checkouts``.

It runs in a process of its own, with that checkout's ``holdem_mpi``, and answers over pipes what it does with every
hand. Its blueprint is read from the files of one that is newer.
"""

import os
import pickle
import sys
import time
import zlib
from typing import Any

import numpy as np


class CheckoutAgent:
    """What ``Agent.decide`` of the checkout plays, for all hands at once, and with given iterations.

    Ranges are by the blueprint, bets that its tree lacks taken for the nearest. As a table's agent keeps its own hand
    however unlikely the blueprint holds it to be, every hand of its own is kept, with next to no weight.

    told: see ``agents_of_two_checkouts._told``.
    """

    def __init__(self, told: dict[str, Any]) -> None:
        from holdem_mpi.cards import CLASS_OF_HAND
        from holdem_mpi.config.game_config import GameConfig
        from holdem_mpi.config.search_config import SearchConfig
        from holdem_mpi.game.game import Game
        from holdem_mpi.kernels.cards.deal import holdem_tables
        from holdem_mpi.parallel.communicator import Communicator
        from holdem_mpi.policy.blueprint import Blueprint
        from holdem_mpi.policy.players import BlueprintPlayer
        from holdem_mpi.policy.tabular import TabularPolicy
        from holdem_mpi.search.team import abstraction_to_search, compile_search
        from holdem_mpi.subgame.alternatives import warm_up

        known = {key: value for key, value in told["game"].items() if key in GameConfig.model_fields}
        game, comm = Game(GameConfig.model_validate(known)), Communicator()
        layout = game.layout(tuple(told["buckets"]))
        tables = {3 + place: np.load(path, mmap_mode="r") for place, path in enumerate(told["tables"])}
        cards = holdem_tables(2, tuple(game.rules.board_cards), CLASS_OF_HAND.astype(np.uint16), tables)
        policy = TabularPolicy(layout, told["probability"], told["visited"])
        self.player = BlueprintPlayer("of another checkout", Blueprint(policy, cards))
        self.rules, self._iterations = game.rules, told["iterations"]
        self._config = SearchConfig.model_validate({"menu": told["menu"], "seed": told["seed"]})
        self._abstraction = abstraction_to_search(comm, game.config, self._config)
        compile_search(comm, self._config, self.rules, self._abstraction)
        warm_up(self.player.blueprint)

    def strategy(
        self, taken: list[tuple[int, float]], board: tuple[int, ...], search: bool
    ) -> tuple[tuple, np.ndarray]:
        """(actions, float64[1326, action]) after the actions ``taken``, each with its draw for translation."""
        from holdem_mpi.game.rules import BettingState

        state, place = BettingState.start(self.rules), self.player.start()
        for action, u in taken:
            place, state = self.player.follow(place, state, action, u), state.apply(action)
        known = self.player.strategy(place, state, board)
        if state.street == 0 or not search:
            return known
        found = self._search(state, board)
        return known if found is None else _whole(known, state, board, *found)

    def _search(self, state: Any, board: tuple[int, ...]) -> tuple[tuple, np.ndarray] | None:
        """(actions, sums) of a search; None where no two hands can meet."""
        from holdem_mpi.policy.ranges import pruned, ranges_of_history
        from holdem_mpi.search.planner import search_tree
        from holdem_mpi.search.root_search import SearchRoot, new_search

        seat, config = state.player, self._config
        ranges = ranges_of_history(self.player.blueprint, state.history, board, lambda number: 0.5)
        weight = pruned(ranges.weight, config.least_weight)
        least = 1e-3 * config.least_weight * ranges.weight[seat].max()
        weight[seat] = np.maximum(weight[seat], least * (self.player.blueprint.buckets(state.street, board) >= 0))
        root = SearchRoot(state, board, weight.astype(np.float32).astype(np.float64))
        sampled, number = state.street < 3, zlib.crc32(repr((state.history, board)).encode())
        try:
            if not sampled:
                root = self._guarded(root, ranges)
            tree = search_tree(state, config, None)
            search = new_search(root, tree, self._abstraction, (config.seed, number, 0), sampled)
        except ValueError:
            return None
        search.run(self._iterations[state.street - 1])
        return search.actions, search.root_sums()

    def _guarded(self, root: Any, ranges: Any) -> Any:
        """``root`` with the gadget, where the betting was the blueprint's own."""
        from holdem_mpi.policy.translation import is_on_tree
        from holdem_mpi.search.service import AUTO
        from holdem_mpi.subgame.alternatives import Alternatives
        from holdem_mpi.subgame.gadget import Gadget

        blueprint, place, state = self.player.blueprint, ranges.place, root.state
        if not is_on_tree(blueprint.tree, place, state) or place.state.history != state.history:
            return root
        known = Alternatives(blueprint, place.node, root.board, root.weight[state.player])
        return root._replace(gadget=Gadget(AUTO, known.opponent, known.find()))


def _whole(known: tuple, state: Any, board: tuple[int, ...], actions: tuple, sums: np.ndarray) -> tuple:
    """(actions, float64[1326, action]): hands that the search knows nothing of play the blueprint's ``known``."""
    from holdem_mpi.cards import without_blocked
    from holdem_mpi.search.agent import nearest

    rest = np.zeros(sums.shape)
    for column, action in enumerate(known[0]):
        rest[:, nearest(state, action, actions)] += known[1][:, column]
    sums = without_blocked(sums.T, board).T
    total = sums.sum(axis=1, keepdims=True)
    return actions, np.where(total > 0, sums / np.where(total > 0, total, 1.0), rest)


def main() -> None:
    """Read what is told, and answer which package runs; then questions until None comes, each answer with its CPU
    seconds.
    """
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else that is printed gets between the answers
    agent = CheckoutAgent(pickle.load(questions))
    import holdem_mpi

    answer: Any = holdem_mpi.__file__
    while True:
        pickle.dump(answer, answers)
        answers.flush()
        if (asked := pickle.load(questions)) is None:
            return
        begin = time.process_time()
        answer = (*agent.strategy(*asked), time.process_time() - begin)
