"""A solved spot's hands, and what is printed and exported of them: tables, one JSON object, CSV."""

import csv
import io
import json
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, card_name, cards_of_hand, class_name
from holdem_mpi.game.rules import FOLD, BettingState
from holdem_mpi.reporting.hand_grid import class_means, grid_lines, percent_cells
from holdem_mpi.subgame.spot import AnySolver, Spot
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


def player_hands_of(spot: Spot, solver: AnySolver, player: int) -> PlayerHands:
    """At the root. EVs in the file's chips: what a hand wins from there on, its share of the pot included."""
    ev = (solver.values(player, False) + spot.start.contributions[player]) / spot.unit
    return _view(solver, player, ev)


def view_now(spot: Spot, solver: AnySolver) -> PlayerHands:
    """The hands of the player to act now, by ranges as the line has narrowed them; EVs from now on, folding is 0.

    Without hands where the solution never comes here.
    """
    player = spot.state.player
    ev = (solver.strategy(spot.now) * action_evs(spot, solver)).sum(axis=1)
    with solver.narrowed_to(spot.now):
        return _view(solver, player, ev)


def action_evs(spot: Spot, solver: AnySolver) -> np.ndarray:
    """float64[hand, action], the file's chips that each action now wins from now on; folding is 0."""
    return evs_at(spot, solver, spot.now, spot.state)


def evs_at(spot: Spot, solver: AnySolver, node: int, state: BettingState) -> np.ndarray:
    """float64[hand, action], likewise at any decision of the first street, whose state is ``state``."""
    won = (solver.action_values(node) + state.contributions[state.player]) / spot.unit
    won[:, spot.tree.actions(node) == FOLD] = 0.0  # by definition, whatever is left of float32 sums
    return won


def _view(solver: AnySolver, player: int, ev: np.ndarray) -> PlayerHands:
    share = solver.meeting_weight(player)
    place = np.flatnonzero(share > 0)
    hands = solver.hands[player][place]
    names = ["".join(map(card_name, cards_of_hand(hand))) for hand in hands]
    classes = CLASS_OF_HAND[hands]
    order = np.lexsort((-hands, classes))
    weight = solver.ranges[player, : solver.hands[player].size]
    place_in_order = place[order]
    return PlayerHands(
        hands=hands[order],
        names=[names[i] for i in order],
        classes=classes[order],
        place=place_in_order,
        weight=weight[place_in_order],
        share=share[place_in_order],
        equity=solver.equity(player)[place_in_order],
        ev=ev[place_in_order],
    )


def decision_now(result: dict[str, Any]) -> dict[str, Any]:
    """The decision after the file's actions."""
    return next(decision for decision in result["decisions"] if decision["line"] == result["line"])


def last_line(result: dict[str, Any]) -> str:
    """One JSON object of the main results, with the strategy now."""
    root = decision_now(result)
    keys = ("solve_seconds", "iterations", "exploitability_pct", "gain_pct", "stopped_by", "pot", "rake", "line")
    short = {key: result[key] for key in (*keys, "line_frequency", "digest") if key in result}
    for key in ("ev", "equity"):
        short[key] = {name: player[key] for name, player in result["players"].items()}
    if "exploit" in result:
        short["exploit"] = result["exploit"]
    names = ("player", "actions", "mean")
    short["strategy"] = {**{key: root[key] for key in names}, "hands": root["strategy"]}
    return json.dumps(short)


def csv_of(result: dict[str, Any]) -> str:
    """Rows of all players' hands; for the one to act now each action's probability and EV."""
    root = decision_now(result)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    actions = [f"{kind}({name})" for kind in ("p", "ev") for name in root["actions"]]
    writer.writerow(["position", "hand", "weight", "equity", "ev", *actions, "weight_now"])
    for position, player in result["players"].items():
        for name, hand in player["hands"].items():
            own = root["strategy"][name] + root["ev"][name] if position == root["player"] else [""] * len(actions)
            writer.writerow([position, name, hand["weight"], hand["equity"], hand["ev"], *own, hand["weight_now"]])
    return text.getvalue()


def spot_lines(spot: Spot, solver: AnySolver, result: dict[str, Any]) -> list[str]:
    """The result for people: all ranges, then the strategy now, as a 13 x 13 grid and class by class."""
    root, pot = decision_now(result), result["pot"]
    view = view_now(spot, solver)
    sigma = solver.strategy(spot.now)[view.place]
    lines = [f"board {spot.config.board}, pot {pot:g}, behind {_behind(spot)}"]
    for name, player in result["players"].items():
        parts = f"EV {player['ev']:.3f} ({100 * player['ev'] / pot:.1f} % of the pot)"
        lines.append(f"{name}: equity {100 * player['equity']:.1f} %, {parts}, {counted(len(player['hands']), 'hand')}")
    if spot.config.rake:
        lines.append(f"rake {result['rake']:.3f} ({100 * result['rake'] / pot:.2f} % of the pot)")
    if "gain_pct" in result:
        gains = ", ".join(f"{name} {gain:.3f} %" for name, gain in result["gain_pct"].items())
        lines.append(f"a best response gains, in percent of the pot: {gains}")
    if result["line"]:
        lines.append(f"{', '.join(result['line'])}: played {100 * result['line_frequency']:.4g} % of the time")
    if not view.hands.size:
        return [*lines, f"{root['player']} to act: the solution never comes here, so no range is left"]
    texts = spot.action_texts(spot.state, spot.tree.actions(spot.now))
    mean = ", ".join(f"{text}: {100 * p:.1f} %" for text, p in zip(texts, root["mean"]))
    lines += [f"{root['player']} to act: {mean}", ""]
    lines += strategy_grid(view, sigma, root["actions"])
    return [*lines, "", *class_lines(view, sigma, root["actions"])]


def _behind(spot: Spot) -> str:
    """What is left of both stacks; of three each, where they are not the same."""
    stacks = [spot.start.stack(player) for player in range(len(spot.config.positions))]
    if len(stacks) == 2 or len(set(stacks)) == 1:
        return spot.chips(min(stacks))
    return ", ".join(f"{name} {spot.chips(stack)}" for name, stack in zip(spot.config.positions, stacks))


def strategy_grid(view: PlayerHands, sigma: np.ndarray, actions: list[str]) -> list[str]:
    """Percent of bets, raises and all-ins by class; suited hands above the diagonal. sigma: float64[hand, action]."""
    aggressive = [name.startswith(("bet", "raise", "all-in")) for name in actions]
    raised = class_means(sigma[:, np.array(aggressive)].sum(axis=1), view.share, view.classes)
    return ["% that bets, raises or moves all-in; suited above the diagonal", *grid_lines(percent_cells(raised))]


def class_lines(view: PlayerHands, sigma: np.ndarray, actions: list[str]) -> list[str]:
    """A line for each class: combos, equity, EV, and how often it takes each action."""
    width = [max(len(name), 6) for name in actions]
    head = "  ".join(f"{name:>{w}}" for name, w in zip(actions, width))
    lines = [f"hand  combos  equity %        EV  {head}"]
    for each in np.unique(view.classes):
        inside = view.classes == each
        share = view.share[inside] / view.share[inside].sum()
        mean = share @ sigma[inside]
        shown = "  ".join(f"{100 * p:>{w}.1f}" for p, w in zip(mean, width))
        equity, ev = 100 * share @ view.equity[inside], round(share @ view.ev[inside], 2) + 0.0  # no -0.00
        combos = f"{view.weight[inside].sum():.3g}"
        lines.append(f"{class_name(int(each)):<4}  {combos:>6}  {equity:8.1f}  {ev:8.2f}  {shown}")
    return lines
