"""A decision of a policy for people: the way on, a 13 x 13 grid of each action, the buckets of its range."""

from typing import Any

from holdem_mpi.cards import NUM_CLASSES, class_name
from holdem_mpi.hands.action_text import in_blinds
from holdem_mpi.policy.policy import Translation
from holdem_mpi.reporting.hand_grid import grid_lines
from holdem_mpi.text import counted

# Buckets that the text shows, those with most of the range; and of each the hands that are named.
_MOST_BUCKETS, _EXAMPLES = 20, 3


def strategy_lines(result: dict[str, Any], hand: str | None = None) -> list[str]:
    """The lines, at most 100 letters each but for long names.

    result: as ``strategy_json`` makes it, and ``policy``. hand: as it was asked for, the only one of the result; None
    where the result has them all.
    """
    lines = [*_head(result), "", *_actions(result, hand)]
    if hand is not None or not result["on_tree"]:
        return lines
    if not result["classes"]:
        return [*lines, "", *_cards(result)]
    if result["visited"] is None:  # no range to take means over
        return lines
    lines += ["", *_grids(result)]
    return lines + ["", *_buckets(result)] if result["board"] else lines


def _head(result: dict[str, Any]) -> list[str]:
    board, player = result["board"], result["player"]
    seats, blind = result["positions"], result["big_blind"]
    stacks = ", ".join(f"{name} {chips}" for name, chips in zip(seats, result["stacks"]))
    name = f"seat {player}" + ("" if seats[player] == f"seat {player}" else f" ({seats[player]})")
    pot = f"pot {result['pot']}" + (f" ({in_blinds(result['pot'], blind)})" if blind else "")
    lines = [
        f"{result['game']}, {result['policy']}: {' '.join(filter(None, [result['street'], board]))}, "
        + (f"after {result['betting']}" if result["betting"] else "the first decision"),
        f"{name} to act; {pot}, {result['to_call']} to call; stacks: {stacks}",
    ]
    for each in result["translated"]:
        told = Translation(each["betting"], each["action"], each["taken"] or "", tuple(each["candidates"].items()))
        lines.append(f"translated, after {each['betting'] or 'the start'}: {told}")
    if not result["on_tree"]:
        return [*lines, "the tree has no place for this betting: every hand checks or calls"]
    if result["visited"] is None:
        return [*lines, f"the policy never plays so: no hand of seat {player} gets here by its own actions"]
    came = f"seat {player} gets here with {100 * result['reach']:.1f} % of its {result['free_hands']} hands, its range"
    if result["visited"] < 1:
        never = max(0.1, 100 * (1 - result["visited"]))
        return [*lines, came, f"training never visited {never:.1f} % of that range, where the policy is uniform"]
    return [*lines, came]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _actions(result: dict[str, Any], hand: str | None) -> list[str]:
    """A line for each action: how often, over the range and with the hand, and the betting that it leads to; with a
    hand what it is, too, which the grids say otherwise.
    """
    row = None if hand is None else result["hands"][0]
    column = max(8, len(row["hand"])) if row else 0
    lines = []
    if row:
        bucket = "no bucket" if row["bucket"] is None else f"bucket {row['bucket']}"
        visited = "visited" if row["visited"] else "never visited by training (uniform)"
        lines += [f"{row['hand']}: {bucket}, {visited}; gets here {100 * row['reach']:.3g} % of the time", ""]
    lines.append(f"{'action':<8}{'range %':>8}" + (f"{row['hand'] + ' %':>{column}}" if row else "") + "  then")
    widest = max(len(each["text"]) for each in result["actions"]) if row else 0
    for each in result["actions"]:
        own = f"{_percent(row['probabilities'][each['action']]):>{column}}" if row else ""
        then = "the betting ends" if each["next"] is None else f"--betting {each['next']}"
        cards = f", with {counted(each['deal'], 'more card')} on the board" if each["deal"] else ""
        text = f"  {each['text']:<{widest}}" if row else ""
        lines.append(f"{each['action']:<8}{_percent(each['mean']):>8}{own}{text}  {then}{cards}")
    return lines


def _grids(result: dict[str, Any]) -> list[str]:
    lines = [
        "Grids: percent of each class that takes the action, pairs on the diagonal, suited hands above it.",
        "Each is the mean over the suits, weighted by reach. Blank: the board holds its cards. -: it never",
        "gets here by its own actions. ?: training never visited some of it, where the policy is uniform.",
    ]
    for each in result["actions"]:
        cells = [_cell(result["classes"].get(class_name(number)), each["action"]) for number in range(NUM_CLASSES)]
        text = f"{each['action']}, {each['text']}: {_percent(each['mean'])} % of the range"
        lines += ["", text, *grid_lines(cells, 5)]
    return lines


def _cell(of_class: dict[str, Any] | None, action: str) -> str:
    if of_class is None:
        return ""
    if of_class["visited"] is None:
        return "-"
    return ("" if of_class["visited"] == 1 else "?") + f"{100 * of_class['probabilities'][action]:.0f}"


def _cards(result: dict[str, Any]) -> list[str]:
    """A line for each card of a toy deck."""
    actions = [each["action"] for each in result["actions"]]
    lines = [f"{'card':<6}{'bucket':>6}{'visited':>9}{'reach %':>9}" + "".join(f"{name + ' %':>9}" for name in actions)]
    for row in result["hands"]:
        known = f"{row['hand']:<6}{row['bucket']:>6}{_yes(row['visited']):>9}{_percent(row['reach']):>9}"
        lines.append(known + "".join(f"{_percent(row['probabilities'][name]):>9}" for name in actions))
    return lines


def _buckets(result: dict[str, Any]) -> list[str]:
    """A line for each bucket with most of the range: all of its hands play alike."""
    rows_of_bucket: dict[int, list[dict[str, Any]]] = {}
    for row in sorted(result["hands"], key=lambda row: -row["reach"]):
        rows_of_bucket.setdefault(row["bucket"], []).append(row)
    reach = {bucket: sum(row["reach"] for row in rows) for bucket, rows in rows_of_bucket.items()}
    total = sum(reach.values())
    shown = sorted((bucket for bucket in reach if reach[bucket] > 0), key=lambda bucket: (-reach[bucket], bucket))
    actions = [each["action"] for each in result["actions"]]
    head = f"{'bucket':>6}{'hands':>7}{'range %':>9}{'visited':>9}" + "".join(f"{name:>7}" for name in actions)
    lines = ["Buckets (hands of one bucket play alike), those with most of the range first:", f"{head}  such as"]
    for bucket in shown[:_MOST_BUCKETS]:
        rows = rows_of_bucket[bucket]
        known = (
            f"{bucket:>6}{len(rows):>7}{100 * reach[bucket] / total:>9.1f}{'yes' if rows[0]['visited'] else 'no':>9}"
        )
        play = "".join(f"{_percent(rows[0]['probabilities'][name]):>7}" for name in actions)
        lines.append(f"{known}{play}  {' '.join(row['hand'] for row in rows[:_EXAMPLES])}")
    left = len(reach) - len(shown[:_MOST_BUCKETS])
    return [*lines, f"and {counted(left, 'more bucket')}; --csv FILE has every hand"] if left else lines
