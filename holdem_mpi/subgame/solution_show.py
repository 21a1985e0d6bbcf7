"""``resolve show``: one decision of a saved solution, on any street, with every hand there, as text, JSON and CSV."""

import csv
import io
import json
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, card_name, cards_of_hand, class_name, parse_cards
from holdem_mpi.errors import UserError
from holdem_mpi.reporting.hand_grid import class_means
from holdem_mpi.storage.result_file import check_result_file, write_result_file
from holdem_mpi.subgame.solution import Solution, SpotDecision, open_solution
from holdem_mpi.subgame.spot_tables import PlayerHands, class_lines, strategy_grid
from holdem_mpi.text import counted

_DIGITS = 6


class ShowOptions(NamedTuple):
    """What is asked, and how it is told.

    solution: its folder. line: actions, with or without the cards between them; None for the decision that the spot
    asks for. cards: that come where the line has a street end and names none. verify: whether all bytes are checked.
    csv: a file for every hand; None for none. as_json: one JSON object instead of text.
    """

    solution: str
    line: str | None = None
    cards: str = ""
    verify: bool = False
    csv: str | None = None
    as_json: bool = False


def show_solution(options: ShowOptions) -> None:
    """Print a decision, and write its CSV. UserError where there is no such solution or line, SaveError where the CSV
    cannot be written.
    """
    if options.csv is not None:
        check_result_file("--csv", options.csv)
    try:
        cards = parse_cards(options.cards)
    except UserError as error:
        raise UserError(f"--card {options.cards}: {error}") from None
    solution = open_solution(options.solution, options.verify)
    at = solution.decision(solution.place(options.line, cards).line)
    views = {position: view_of(solution, position, at) for position in solution.positions}
    result = shown_of(solution, at, views)
    if options.csv is not None:
        write_result_file("--csv", options.csv, csv_of_shown(result), "the hands were not written")
    print(json.dumps(result) if options.as_json else "\n".join(shown_lines(solution, at, views, result)), flush=True)


def view_of(solution: Solution, position: str, at: SpotDecision) -> PlayerHands:
    """A position's hands that can be dealt at a decision; EVs from there on."""
    dealt, hands = solution.dealt_at(position, at.line), solution.hands(position)
    place = np.flatnonzero(dealt > 0)
    return PlayerHands(
        hands=hands[place],
        names=["".join(map(card_name, cards_of_hand(hand))) for hand in hands[place].tolist()],
        classes=CLASS_OF_HAND[hands[place]],
        place=place,
        weight=solution.range_at(position, at.line)[place],
        share=dealt[place],
        equity=solution.equities(position, at.line)[place],
        ev=solution.evs(position, at.line)[place],
    )


def shown_of(solution: Solution, at: SpotDecision, views: dict[str, PlayerHands]) -> dict[str, Any]:
    """The decision as one JSON-like object, in the file's chips."""
    view = views[at.player]
    sigma, evs = at.strategy[view.place], at.evs[view.place]
    leads, texts = solution.leads_to(at.line), solution.opened.action_texts(at.place.state, _actions(solution, at))
    mean = view.share @ sigma if view.hands.size else np.full(len(at.actions), np.nan)
    taken = view.share[:, None] * sigma
    won = np.divide((taken * evs).sum(axis=0), taken.sum(axis=0), out=np.full(len(at.actions), np.nan), where=mean > 0)
    actions = [
        {"action": name, "text": text, "mean": _number(share), "ev": _number(ev), "leads_to": leads[name]}
        for name, text, share, ev in zip(at.actions, texts, mean, won)
    ]
    players = {position: _player(each) for position, each in views.items()}
    for row, name in enumerate(view.names):
        players[at.player]["hands"][name] |= {"strategy": _numbers(sigma[row]), "evs": _numbers(evs[row])}
    for number, of_class in enumerate(_by_class(view, sigma)):
        name = class_name(number)
        if name in players[at.player]["classes"]:
            players[at.player]["classes"][name]["strategy"] = _numbers(of_class)
    return {
        "board": " ".join(map(card_name, at.board)),
        "pot": at.pot,
        "line": list(at.line),
        "frequency": _number(solution.frequency(at.line)),
        "player": at.player,
        "actions": actions,
        "players": players,
        "iterations": solution.iterations,
        "exploitability_pct": solution.exploitability_pct,
        "stopped_by": solution.stopped_by,
        "digest": solution.digest,
    }


def _actions(solution: Solution, at: SpotDecision) -> np.ndarray:
    return solution.opened.tree.actions(at.place.node)


def _player(view: PlayerHands) -> dict[str, Any]:
    keys = ("weight", "dealt", "equity", "ev")
    rows = zip(view.names, *map(_numbers, (view.weight, view.share, view.equity, view.ev)))
    classes = {
        class_name(int(each)): {
            "combos": _number(view.weight[inside].sum()),
            "dealt": _number(view.share[inside].sum()),
            "equity": _number(view.share[inside] @ view.equity[inside] / view.share[inside].sum()),
            "ev": _number(view.share[inside] @ view.ev[inside] / view.share[inside].sum()),
        }
        for each in np.unique(view.classes)
        for inside in [view.classes == each]
    }
    means = [_number(view.share @ each) if view.hands.size else None for each in (view.equity, view.ev)]
    hands = {name: dict(zip(keys, numbers)) for name, *numbers in rows}
    combos = _number(view.weight.sum())
    return {"combos": combos, "equity": means[0], "ev": means[1], "classes": classes, "hands": hands}


def _by_class(view: PlayerHands, sigma: np.ndarray) -> np.ndarray:
    """float64[169, action], means over the hands of each class."""
    return np.stack([class_means(column, view.share, view.classes) for column in sigma.T], axis=1)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), _DIGITS)


def _numbers(values: np.ndarray) -> list[float | None]:
    return [_number(value) for value in values]


def csv_of_shown(result: dict[str, Any]) -> str:
    """A row for each hand of each position; of the one to act each action's probability and EV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [each["action"] for each in result["actions"]]
    columns = [f"{kind}({name})" for kind in ("p", "ev") for name in names]
    writer.writerow(["position", "hand", "weight", "dealt", "equity", "ev", *columns])
    for position, player in result["players"].items():
        for name, hand in player["hands"].items():
            own = [*hand["strategy"], *hand["evs"]] if position == result["player"] else [""] * len(columns)
            writer.writerow([position, name, *(hand[key] for key in ("weight", "dealt", "equity", "ev")), *own])
    return text.getvalue()


def shown_lines(
    solution: Solution, at: SpotDecision, views: dict[str, PlayerHands], result: dict[str, Any]
) -> list[str]:
    """The decision for people: the ranges, the actions and where they lead, a 13 x 13 grid, and class by class."""
    gap = f"exploitability {solution.exploitability_pct:.4f} % of the pot after {solution.iterations} iterations"
    lines = [f"board {result['board']}, pot {at.pot:g}; {gap}"]
    if at.line:
        lines.append(f"{', '.join(at.line)}: played {100 * (result['frequency'] or 0):.4g} % of the time")
    for position, player in result["players"].items():
        if player["ev"] is not None:
            numbers = f"equity {100 * player['equity']:.1f} %, EV {player['ev']:.3f}"
            range_left = f"{counted(len(player['hands']), 'hand')}, {player['combos']:.4g} combos"
            lines.append(f"{position}: {numbers}, {range_left}")
    view = views[at.player]
    if not view.hands.size:
        return [*lines, f"{at.player} to act: the solution never comes here, so no range is left"]
    lines += [f"{at.player} to act:", *_ways(result), ""]
    sigma = at.strategy[view.place]
    lines += strategy_grid(view, sigma, list(at.actions))
    return [*lines, "", *class_lines(view, sigma, list(at.actions))]


def _ways(result: dict[str, Any]) -> list[str]:
    """A line for each action: how often, what it wins, and where it leads."""
    then = {"decision": "", "card": "  then a card comes", "end": "  ends the hand"}
    width, lines = max(len(each["text"]) for each in result["actions"]), []
    for each in result["actions"]:
        ev = "" if each["ev"] is None else f"  EV {each['ev']:9.3f}"
        lines.append(f"  {each['text']:<{width}}  {100 * each['mean']:5.1f} %{ev}{then[each['leads_to']]}")
    return lines
