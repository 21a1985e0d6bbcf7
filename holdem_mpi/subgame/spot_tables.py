"""A solved spot's hands, and what is printed and exported of them: tables, one JSON object, CSV."""

import csv
import io
import json
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, RANKS, card_name, cards_of_hand, class_name
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.spot import Spot
from holdem_mpi.text import counted


class PlayerHands(NamedTuple):
    """A player's hands that can be dealt, by class and within a class from the highest number down.

    hands: int64[n], 0..1325.
    names: such as ``AhKh``.
    classes: int64[n], 0..168.
    place: int64[n], place of the hand in the solver's arrays.
    weight: of the hand in the range.
    share: how often the hand is dealt, all together 1.
    equity: share of the pot at a showdown without more betting.
    ev: chips of the file that the hand wins from now on.
    """

    hands: np.ndarray
    names: list[str]
    classes: np.ndarray
    place: np.ndarray
    weight: np.ndarray
    share: np.ndarray
    equity: np.ndarray
    ev: np.ndarray


def player_hands_of(spot: Spot, solver: SubgameSolver, player: int) -> PlayerHands:
    """EVs in the file's chips: what a hand wins from now on, its share of the pot included; folding now is 0."""
    share = solver.meeting_weight(player)
    place = np.flatnonzero(share > 0)
    hands = solver.hands[player][place]
    names = ["".join(map(card_name, cards_of_hand(hand))) for hand in hands]
    classes = CLASS_OF_HAND[hands]
    order = np.lexsort((-hands, classes))
    ev = (solver.values(player, False) + spot.state.contributions[player]) / spot.unit
    weight = solver.ranges[player, : solver.hands[player].size]
    columns = (values[place][order] for values in (weight, share, solver.equity(player), ev))
    return PlayerHands(hands[order], [names[i] for i in order], classes[order], place[order], *columns)


def last_line(result: dict[str, Any]) -> str:
    """One JSON object of the main results, with the strategy at the root."""
    root = result["decisions"][0]
    keys = ("solve_seconds", "iterations", "exploitability_pct", "stopped_by", "pot")
    short = {key: result[key] for key in keys}
    for key in ("ev", "equity"):
        short[key] = {name: player[key] for name, player in result["players"].items()}
    names = ("player", "actions", "mean")
    short["strategy"] = {**{key: root[key] for key in names}, "hands": root["strategy"]}
    return json.dumps(short)


def csv_of(result: dict[str, Any]) -> str:
    """Rows of both players' hands; for the one to act now each action's probability and EV."""
    root = result["decisions"][0]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    actions = [f"{kind}({name})" for kind in ("p", "ev") for name in root["actions"]]
    writer.writerow(["position", "hand", "weight", "equity", "ev", *actions])
    for position, player in result["players"].items():
        for name, hand in player["hands"].items():
            own = root["strategy"][name] + root["ev"][name] if position == root["player"] else [""] * len(actions)
            writer.writerow([position, name, hand["weight"], hand["equity"], hand["ev"], *own])
    return text.getvalue()


def table_lines(spot: Spot, solver: SubgameSolver, result: dict[str, Any]) -> list[str]:
    """The result for people: both ranges, then the strategy now, as a 13 x 13 grid and class by class."""
    root, pot = result["decisions"][0], result["pot"]
    view = player_hands_of(spot, solver, spot.state.player)
    sigma = solver.strategy(0)[view.place]
    lines = [f"board {spot.config.board}, pot {pot:g}, behind {spot.chips(_behind(spot))}"]
    for name, player in result["players"].items():
        parts = f"EV {player['ev']:.3f} ({100 * player['ev'] / pot:.1f} % of the pot)"
        lines.append(f"{name}: equity {100 * player['equity']:.1f} %, {parts}, {counted(len(player['hands']), 'hand')}")
    mean = ", ".join(f"{name} {100 * p:.1f} %" for name, p in zip(root["actions"], root["mean"]))
    lines += [f"{root['player']} to act: {mean}", ""]
    lines += _grid(view, sigma, [name.startswith(("bet", "raise", "all-in")) for name in root["actions"]])
    return [*lines, "", *_classes(view, sigma, root["actions"])]


def _behind(spot: Spot) -> int:
    return min(spot.state.stack(player) for player in range(2))


def _grid(view: PlayerHands, sigma: np.ndarray, aggressive: list[bool]) -> list[str]:
    """Percent of bets, raises and all-ins by class; suited hands above the diagonal."""
    raised = sigma[:, np.array(aggressive)].sum(axis=1)
    lines = [
        "% that bets, raises or moves all-in; suited above the diagonal",
        "   " + "".join(f"{r:>4}" for r in RANKS[::-1]),
    ]
    for row in range(13):
        cells = []
        for column in range(13):
            inside = view.classes == 13 * row + column
            weight = view.share[inside]
            cells.append(f"{100 * (weight @ raised[inside]) / weight.sum():4.0f}" if inside.any() else "   .")
        lines.append(f"{RANKS[12 - row]:>3}" + "".join(cells))
    return lines


def _classes(view: PlayerHands, sigma: np.ndarray, actions: list[str]) -> list[str]:
    width = [max(len(name), 6) for name in actions]
    head = "  ".join(f"{name:>{w}}" for name, w in zip(actions, width))
    lines = [f"hand  combos  equity %        EV  {head}"]
    for each in np.unique(view.classes):
        inside = view.classes == each
        share = view.share[inside] / view.share[inside].sum()
        mean = share @ sigma[inside]
        shown = "  ".join(f"{100 * p:>{w}.1f}" for p, w in zip(mean, width))
        equity, ev = 100 * share @ view.equity[inside], share @ view.ev[inside]
        combos = f"{view.weight[inside].sum():.3g}"
        lines.append(f"{class_name(int(each)):<4}  {combos:>6}  {equity:8.1f}  {ev:8.2f}  {shown}")
    return lines
