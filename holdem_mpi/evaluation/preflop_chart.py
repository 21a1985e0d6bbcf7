"""Verbs of ``evaluate``: open a policy, measure or show it."""

from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.best_response.enumerated import enumerate_deals, exploitability
from holdem_mpi.cards import CLASS_OF_HAND, NUM_CLASSES, NUM_HANDS
from holdem_mpi.cli import check_seed
from holdem_mpi.config.load import load_config
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.exact_policies import BASELINE_NAMES, baseline, game_of, trained
from holdem_mpi.evaluation.exploitability import HoldemEvaluation, check_number_of_flops
from holdem_mpi.game.game import Game
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.names import action_name, betting_to
from holdem_mpi.policy.policy_files import OpenedPolicy, open_run_policy, split_checkpoint
from holdem_mpi.reporting.hand_grid import grid_lines

# Thousandths of a big blind (mbb) in one.
_MILLI = 1000.0


def exploitability_of(
    comm: Communicator, policy: str, game: str | None, flops: int | None, seed: int, out: str | None
) -> dict[str, Any]:
    """Exact NashConv of a policy in the real game, or with ``flops`` an estimate; on every rank. Collective.

    policy: a run's or policy's folder, or a baseline's name, which needs ``game``. UserError for games that are too
    large, and for options that do not fit.
    """
    check_number_of_flops(flops)
    check_seed(seed)
    if policy in BASELINE_NAMES:
        return HoldemEvaluation(comm, baseline(policy, game_of(game)), out, None).run(flops, seed)
    comm.on_root(lambda: _check_folder(policy))
    opened = open_run_policy(policy, comm)
    own = opened.game
    if game is not None and Game(load_config(game).game) != own:
        raise UserError(f"--game {game}: {policy} is a policy of {own.name}; expected that, or no --game")
    if not own.is_toy:
        return HoldemEvaluation(comm, trained(policy, opened, comm), out, policy).run(flops, seed)
    if flops is not None:
        deck = own.config.deck
        raise UserError(f"--flops {flops}: {policy} is of {deck}, whose deals are all enumerated; expected no --flops")
    return comm.on_root(lambda: _of_toy(opened))


def _check_folder(folder: str) -> None:
    if not Path(split_checkpoint(folder)[0]).exists():
        known = ", ".join(BASELINE_NAMES)
        raise UserError(f"--policy {folder}: no such folder; expected a run's or policy's folder, or one of {known}")


def _of_toy(opened: OpenedPolicy) -> dict[str, Any]:
    """Exact NashConv of a policy whose game's deals can be enumerated."""
    game, policy, manifest = opened
    deals = enumerate_deals(game.toy_deck)
    result = exploitability(policy.layout, np.asarray(policy.probability, np.float64), deals)
    return {
        "game": game.name,
        "nash_conv": result.nash_conv,
        "values": result.values.tolist(),
        "best_responses": result.best_responses.tolist(),
        "nash_conv_mbb": _MILLI * result.nash_conv / game.big_blind,
        "exploitability": result.nash_conv / game.num_players,
        "exploitability_mbb": _MILLI * result.nash_conv / game.num_players / game.big_blind,
        "unvisited_infosets": int((~policy.visited).sum()),
        "iterations": manifest["iterations"],
        "digest": manifest["table_digest"],
    } | {key: manifest[key] for key in ("checkpoint",) if key in manifest}


def chart_lines(folder: str, line: str) -> list[str]:
    """A 13 x 13 chart of the preflop decision that ``line`` leads to: pairs on the diagonal, suited hands above it.

    Each cell: percent that the hand raises (any size), calls or checks; the rest folds. An infoset that training never
    visited shows ``.``.
    """
    game, policy, _ = open_run_policy(folder, Communicator())  # one rank prints it, by itself
    if game.is_toy or game.rules.board_cards[0]:
        raise UserError(f"{folder}: {game.name} has no preflop hands; expected a hold'em policy")
    layout, tree = policy.layout, policy.layout.tree
    nodes = {
        betting_to(layout, int(node)): int(node)
        for node in np.flatnonzero((tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == 0))
    }
    if line not in nodes:
        known = ", ".join(name or "(none)" for name in list(nodes)[:12])
        raise UserError(f"--line {line!r}: no preflop decision comes after it; expected one of {known}")
    node = nodes[line]
    sigma = policy.of_node(node)
    actions = [action_name(action) for action in tree.actions(node)]
    raises = np.array([name.startswith("r") for name in actions])
    calls = np.array([name == "c" for name in actions])
    lines = [
        f"{game.name}: seat {int(tree.player_of_node[node])} to act after {line or 'the blinds'}; "
        f"actions {' '.join(actions)}",
        "cell: % raise / % call or check (the rest folds); suited above the diagonal",
    ]
    cells = []
    for preflop_class in range(NUM_CLASSES):
        raised, called = (100 * sigma[preflop_class, which].sum() for which in (raises, calls))
        cells.append(f"{raised:.0f}/{called:.0f}" if policy.of_row(node, preflop_class)[1] else ".")
    lines += grid_lines(cells, 6)
    total = sigma @ np.stack([raises, calls]).T
    weight = np.bincount(CLASS_OF_HAND) / NUM_HANDS
    mean = 100 * weight @ total
    lines.append(f"all hands: {mean[0]:.1f} % raise, {mean[1]:.1f} % call or check, {100 - mean.sum():.1f} % fold")
    return lines
