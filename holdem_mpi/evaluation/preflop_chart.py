"""A 13 x 13 chart of a preflop decision: as text, as CSV, as a picture."""

import csv
import io
from typing import NamedTuple

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, NUM_CLASSES, NUM_HANDS, class_name
from holdem_mpi.errors import UserError
from holdem_mpi.game.seat_names import seat_with_name
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.hands.action_text import names_in_words
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.policy.names import action_name, betting_to, states_of_betting
from holdem_mpi.policy.policy_files import open_first_street
from holdem_mpi.reporting.hand_grid import grid_lines
from holdem_mpi.reporting.plot import check_plot, plot_hand_grid
from holdem_mpi.storage.result_file import check_result_file, write_result_file


class PreflopChart(NamedTuple):
    """What a policy does at a preflop decision.

    title: of which game and decision it is.
    actions: names: ``f``, ``c``, ``r300``.
    words: the same for people: ``fold``, ``call``, ``raise to 300 (3 bb)``.
    probabilities: float[class, action], by preflop class (0..168).
    visited: bool[class], whether training ever came there.
    """

    title: str
    actions: list[str]
    words: list[str]
    probabilities: np.ndarray
    visited: np.ndarray

    @property
    def means(self) -> np.ndarray:
        """float64[action], over all hands dealt."""
        return np.bincount(CLASS_OF_HAND) / NUM_HANDS @ self.probabilities


def chart_text(folder: str, line: str, csv_file: str | None, plot: str | None) -> list[str]:
    """The lines of a chart for people; the CSV and the picture are written on the way. For one rank.

    UserError where there is no such policy or decision, or a file cannot be written; SaveError where the disk refuses.
    """
    if csv_file is not None:
        check_result_file("--csv", csv_file)
    if plot is not None:
        check_plot(plot)
    chart = chart_of(folder, line)
    if csv_file is not None:
        write_result_file("--csv", csv_file, chart_csv(chart), "the chart was not written")
    if plot is not None:
        plot_hand_grid(chart.title, chart.actions, chart.words, chart.probabilities, chart.means, plot)
    return chart_lines(chart)


def chart_of(folder: str, line: str) -> PreflopChart:
    """The decision that ``line`` leads to, ``r300`` for example. UserError where there is none before the flop."""
    game, policy, _ = open_first_street(folder)
    if game.is_toy or game.rules.board_cards[0]:
        raise UserError(f"{folder}: {game.name} has no preflop hands; expected a hold'em policy")
    layout, tree = policy.layout, policy.layout.tree
    line = "".join(line.split()).lower().removesuffix("/")
    node = _node_after(tree, line)
    if node is None:
        decisions = np.flatnonzero((tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == 0))
        known = ", ".join(betting_to(layout, int(node)) or "(none)" for node in decisions[:12])
        raise UserError(f"--line {line!r}: no preflop decision comes after it; expected one of {known}")
    seat = seat_with_name(game.rules, int(tree.player_of_node[node]))
    actions = [action_name(action) for action in tree.actions(node)]
    return PreflopChart(
        title=f"{game.name}: {seat} to act after {line or 'the blinds'}",
        actions=actions,
        words=names_in_words(states_of_betting(game, line)[-1], actions),
        probabilities=np.asarray(policy.of_node(node), np.float64),
        visited=policy.visited_of_node(node),
    )


def _node_after(tree: PublicTree, line: str) -> int | None:
    """The preflop decision that a line leads to; None where there is none."""
    node = 0
    while line:
        names = {action_name(action): int(child) for action, child in zip(tree.actions(node), tree.children(node))}
        name = max((name for name in names if line.startswith(name)), key=len, default=None)
        if name is None:
            return None
        node, line = names[name], line[len(name) :]
    return node if tree.kind_of_node[node] == KIND_DECISION and tree.street_of_node[node] == 0 else None


def chart_lines(chart: PreflopChart) -> list[str]:
    """A 13 x 13 chart: pairs on the diagonal, suited hands above it.

    Each cell: percent that the hand raises (any size), calls or checks; the rest folds. An infoset that training never
    visited shows ``.``.
    """
    sigma, raises = chart.probabilities, np.array([name.startswith("r") for name in chart.actions])
    calls = np.array([name == "c" for name in chart.actions])
    lines = [
        f"{chart.title}; actions: {', '.join(chart.words)}",
        "cell: % raise / % call or check (the rest folds); suited above the diagonal",
    ]
    cells = []
    for preflop_class in range(NUM_CLASSES):
        raised, called = (100 * sigma[preflop_class, which].sum() for which in (raises, calls))
        cells.append(f"{raised:.0f}/{called:.0f}" if chart.visited[preflop_class] else ".")
    lines += grid_lines(cells, 6)
    mean = 100 * chart.means
    folded = max(0.0, 100 - mean[raises].sum() - mean[calls].sum())
    lines.append(
        f"all hands: {mean[raises].sum():.1f} % raise, {mean[calls].sum():.1f} % call or check, {folded:.1f} % fold"
    )
    if raises.sum() > 1:
        sizes = ", ".join(f"{name} {mean[place]:.1f} %" for place, name in enumerate(chart.words) if raises[place])
        lines.append(f"raises by size: {sizes} (--csv and --plot have them hand by hand)")
    return lines


def chart_csv(chart: PreflopChart) -> str:
    """A row for each class, best first as on the grid, with a column for each action."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["class", "visited", *chart.actions])
    for preflop_class in range(NUM_CLASSES):
        row = np.round(chart.probabilities[preflop_class], 6).tolist()
        writer.writerow([class_name(preflop_class), "yes" if chart.visited[preflop_class] else "no", *row])
    return text.getvalue()
