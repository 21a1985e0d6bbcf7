"""What ``evaluate exploitability`` can measure in hold'em: trained policies with their bucket tables, and baselines."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.best_response.policy_on_cards import PolicyOnCards, policy_on_cards
from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.config.load import load_config
from holdem_mpi.errors import UserError
from holdem_mpi.game.game import Game
from holdem_mpi.game.layout import Layout
from holdem_mpi.game.rules import CALL, FOLD
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.open_player import tables_of_policy
from holdem_mpi.policy.players import BASELINES, RANDOM, baseline_mixture
from holdem_mpi.policy.policy import Policy
from holdem_mpi.policy.policy_files import OpenedPolicy

# Every legal action with the same probability; in games with one size of raises it is what RANDOM plays.
UNIFORM = "uniform"
BASELINE_NAMES = (*BASELINES, UNIFORM)
_BOARDS = ((0, 3), (0, 3, 1), (0, 3, 1, 1))


class ExactPolicy(NamedTuple):
    """A policy whose exploitability can be computed exactly.

    game: that it plays.
    policy: over real cards.
    key: JSON that says what is evaluated; names the stored evaluation.
    about: JSON that goes into the result.
    on_flop: the policy on one flop (three cards), of a player that is asked flop by flop; None: ``policy`` is that.
    """

    game: Game
    policy: PolicyOnCards
    key: dict[str, Any]
    about: dict[str, Any]
    on_flop: Callable[[tuple[int, ...]], PolicyOnCards] | None = None


def check_game(source: str, game: Game) -> None:
    """UserError unless the game is one whose best responses can be computed here."""
    if game.is_toy or game.num_players != 2 or game.config.betting != "fixed_limit":
        bound = " (evaluate lbr, or compare --measure lbr, is a lower bound of others)" if game.num_players == 2 else ""
        raise UserError(
            f"{source}: {game.name} is too large for an exact best response; expected a policy of kuhn, leduc, or "
            f"heads-up fixed-limit hold'em{bound}"
        )
    if game.rules.board_cards not in _BOARDS:
        raise UserError(f"{source}: board_cards {list(game.rules.board_cards)}; expected one of {_BOARDS}")


def game_of(name: str | None) -> Game:
    """The game that ``--game`` names. UserError where none is given."""
    if name is None:
        raise UserError("--policy: a baseline plays any game; expected --game beside it, such as limit_holdem")
    return Game(load_config(name).game)


def baseline(name: str, game: Game) -> ExactPolicy:
    """A built-in policy over one bucket a street. UserError on a game that cannot be measured."""
    check_game(f"--game {game.name}", game)
    layout = game.layout((1,) * game.num_streets)
    no_tables = (np.zeros((0, NUM_HANDS), np.uint8),) * game.num_streets
    policy = PolicyOnCards(layout, mixture_in_rows(name, layout), np.zeros(NUM_HANDS, np.int64), no_tables)
    key = {"baseline": UNIFORM if name == RANDOM else name, "game": game.description()}
    return ExactPolicy(game, policy, key, {"policy": name})


def trained(folder: str, opened: OpenedPolicy, comm: Communicator) -> ExactPolicy:
    """The policy of a run's or policy's folder. UserError or DataError where it cannot be measured. Collective."""
    game, policy, manifest = opened
    check_game(folder, game)
    return measured(Policy(game, policy, tables_of_policy(folder, opened, comm), folder, manifest))


def measured(policy: Policy) -> ExactPolicy:
    """A policy over its cards. UserError where its game cannot be measured."""
    game, tabular, manifest = policy.game, policy.tabular, policy.manifest
    check_game(policy.name, game)
    on_cards = policy_on_cards(game.config, tabular.layout, tabular.probability, policy.blueprint.tables)
    about = {
        "policy": policy.name,
        "unvisited_infosets": int((~tabular.visited).sum()),
        "iterations": manifest.get("iterations"),
        "digest": manifest.get("table_digest"),
    }
    return ExactPolicy(game, on_cards, policy.identity(), about)


def mixture_in_rows(name: str, layout: Layout) -> np.ndarray:
    """float64[num_pairs]: the baseline ``name`` in every row of the layout; its smallest raise is the tree's."""
    tree, probability = layout.tree, np.zeros(layout.num_pairs)
    for node in np.flatnonzero(tree.kind_of_node == KIND_DECISION):
        actions, pairs = tree.actions(int(node)).tolist(), layout.pairs_of_node(int(node))
        if name == UNIFORM:
            probability[pairs] = 1 / len(actions)
            continue
        raises = [action for action in actions if action > CALL] or [None]
        for action, weight in baseline_mixture(name, FOLD in actions, raises[0], raises[-1]).items():
            probability[pairs[:, actions.index(action)]] = weight
    return probability
