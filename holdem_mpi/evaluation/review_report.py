"""``evaluate review``: opens hands and policy, reviews, and tells it as a table, CSV and a summary."""

import csv
import io
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.cards import card_name
from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.pair_values import pair_values
from holdem_mpi.evaluation.review import LEAST_VISITS, ReviewedDecision, Reviewer
from holdem_mpi.evaluation.review_many import ManyReviewer, plain_result
from holdem_mpi.evaluation.review_result import ResultOfMatch
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.game import Game
from holdem_mpi.game.seat_names import seat_names
from holdem_mpi.hands.action_text import action_text, in_blinds
from holdem_mpi.hands.histories import hand_histories
from holdem_mpi.hands.profile_policy import open_profile_and_player
from holdem_mpi.hands.room_records import AS_PLAYED, HERO, Reading
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.open_player import open_player
from holdem_mpi.policy.players import BlueprintPlayer, Player
from holdem_mpi.reporting.told_lines import ToldLines
from holdem_mpi.storage.result_file import check_result_file, write_result_file
from holdem_mpi.text import counted, printable

COLUMNS = (
    *("file", "hand", "street", "board", "cards", "seat", "position", "pot", "to_call", "taken", "probability"),
    *("policy", "policy_probability", "ev_taken", "ev_policy", "ev_lost", "visits", "off_tree"),
)
_RARE = 0.01  # probability below which an action is one that the policy hardly ever takes
_MOST_TOLD = 20


class ReviewOptions(NamedTuple):
    """What a review is of, as the command line says it.

    policy: a folder.
    files: of the hands.
    profile: of the table, a name or a file.
    hero: whose decisions, None for the profile's.
    known: ``NAME`` of those who played the policy, or ``NAME=PLAYER``.
    seed: of the players' draws.
    csv: a file for all decisions, or None.
    top: how many of the dearest decisions are shown.
    reading: how the hands are read.
    """

    policy: str
    files: tuple[str, ...]
    profile: str | None
    hero: str | None
    known: tuple[str, ...]
    seed: int
    csv: str | None
    top: int
    reading: Reading = AS_PLAYED


def review_of(comm: Communicator, options: ReviewOptions) -> dict[str, Any]:
    """Review; the summary, on every rank. UserError on what cannot be used, SaveError without the CSV. Collective."""
    if options.csv is not None:
        comm.on_root(lambda: check_result_file("--csv", options.csv))
    table, player = open_profile_and_player(comm, options.policy, options.profile, options.hero)
    if not isinstance(player, BlueprintPlayer):
        raise UserError(f"--policy {options.policy}: a baseline has no values; expected a policy's folder")
    if options.known and table.rules.num_players > 2:
        raise UserError(f"--known {options.known[0]}: AIVAT is for two players, expected none of it with more")
    known = _known(comm, options, player, Game(table.config.game))

    def work() -> dict[str, Any]:
        blueprint, rules = player.blueprint, table.rules
        skipped, contradicted = ToldLines("skipped", _MOST_TOLD), ToldLines("note", _MOST_TOLD)
        hands = list(hand_histories(options.files, table, skipped.tell, contradicted.tell, options.reading))
        for name in known:
            if not any(name in hand.names for hand in hands):
                raise UserError(f"--known {name}: expected a player of these hands, {' or '.join(hands[0].names)}")
        deck, blind = Deck(rules.board_cards), max(rules.blinds)
        if rules.num_players == 2:
            values = pair_values((blueprint, blueprint), 0)
            reviewer = Reviewer(player, values, deck, options.seed)
            found = reviewer.review(hands)
            result = ResultOfMatch(values, deck, known, reviewer.tracker).result(hands, blind)
        else:
            found, result = ManyReviewer(player, options.seed).review(hands), plain_result(hands, deck, blind)
        records = [record_of(each) for each in found]
        if options.csv is not None:
            _write_csv(options.csv, records)
        losses = [record for record, each in zip(records, found) if not each.hardly_visited and (each.ev_lost or 0) > 0]
        dearest = sorted(losses, key=lambda each: -each["ev_lost"])
        head = {"policy": options.policy, "game": table.config.game.name, "seed": options.seed}
        names = (HERO,) if options.reading.anonymous else table.config.names_of_hero
        head |= {"hero": " or ".join(names) or f"seat {table.config.hero}"}
        counts = {"hands": len(hands), "skipped": skipped.count, "results_recomputed": contradicted.count}
        counts |= {"decisions": len(found), "known": list(options.known), "big_blind": blind}
        return head | counts | _summary(found, blind) | {"result": result, "dearest": dearest[: options.top]}

    return comm.on_root(work)


def _known(comm: Communicator, options: ReviewOptions, policy: Player, game: Game) -> dict[str, Player]:
    """Players by name whose strategy is known. Collective."""
    known: dict[str, Player] = {}
    for text in options.known:
        name, equals, player = text.partition("=")
        if not name or (equals and not player) or name in known:
            raise UserError(f"--known {text}: expected NAME or NAME=PLAYER, each name once")
        known[name] = policy if player in ("", options.policy) else open_player(player, game, comm)[1]
    return known


def record_of(reviewed: ReviewedDecision) -> dict[str, Any]:
    """A decision as COLUMNS. EVs are chips: what the hand wins from now on, so that folding is 0."""
    hand, step, state = reviewed.hand, reviewed.step, reviewed.step.state
    best = int(np.argmax(reviewed.probabilities))
    return {
        "file": hand.source,
        "hand": hand.name,
        "street": STREETS[state.street],
        "board": " ".join(map(card_name, step.board)),
        "cards": " ".join(map(card_name, hand.hole[hand.hero])),
        "seat": hand.hero,
        "position": seat_names(state.rules)[hand.hero],
        "pot": state.pot,
        "to_call": state.legal().call_amount,
        "taken": action_text(state, step.action),
        "probability": _rounded(reviewed.probability, 6),
        "policy": action_text(state, reviewed.actions[best]),
        "policy_probability": _rounded(float(reviewed.probabilities[best]), 6),
        "ev_taken": _rounded(reviewed.ev_taken, 3),
        "ev_policy": _rounded(reviewed.ev_policy, 3),
        "ev_lost": _rounded(reviewed.ev_lost, 3),
        "visits": _rounded(reviewed.visits, 1),
        "off_tree": reviewed.off_tree,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)


def _write_csv(path: str, records: list[dict[str, Any]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    write_result_file("--csv", path, text.getvalue(), "the decisions were not written")


def _summary(found: list[ReviewedDecision], blind: int) -> dict[str, Any]:
    """Of all decisions and by street; EV lost in mbb: of a decision, and of a hand with its 95 % interval. What is lost
    where training hardly was does not count.
    """
    streets = {name: [each for each in found if STREETS[each.step.state.street] == name] for name in STREETS}
    lost: dict[int, float] = {}
    for each in found:
        counted_loss = 0.0 if each.hardly_visited else each.ev_lost or 0.0
        lost[id(each.hand)] = lost.get(id(each.hand), 0.0) + 1000 * counted_loss / blind
    by_hand = np.array(list(lost.values()))
    total: dict[str, Any] = {"all": _of_decisions(found, blind)}
    total |= {name: _of_decisions(some, blind) for name, some in streets.items() if some}
    per_hand = None
    if len(by_hand) > 1 and any(each.ev_lost is not None for each in found):
        per_hand = Estimate.of_values(by_hand, "mbb/h").to_json()
    return {"streets": total, "ev_lost_mbb_a_hand": per_hand}


def _of_decisions(some: list[ReviewedDecision], blind: int) -> dict[str, Any]:
    given = [each.probability for each in some if each.probability is not None]
    lost = [each.ev_lost for each in some if each.ev_lost is not None and not each.hardly_visited]
    return {
        "decisions": len(some),
        "off_tree": sum(bool(each.off_tree) for each in some),
        "hardly_visited": sum(each.hardly_visited for each in some),
        "mean_probability": float(np.mean(given)) if given else None,
        "rare": sum(each < _RARE for each in given),
        "ev_lost_mbb": 1000 * float(np.mean(lost)) / blind if lost else None,
    }


def review_lines(result: dict[str, Any]) -> list[str]:
    """The summary of a review as lines of text for people."""
    lines = [
        f"{result['game']}: {result['hero']} by {result['policy']}: {counted(result['hands'], 'hand')}, "
        f"{counted(result['decisions'], 'decision')}, {counted(result['skipped'], 'hand')} left out",
        f"{'':<8}{'decisions':>10}{'off tree':>10}{'mean prob.':>12}{'below 1 %':>11}{'hardly visited':>16}"
        f"{'EV lost (mbb each)':>20}",
    ]
    for name, each in result["streets"].items():
        probability = "" if each["mean_probability"] is None else f"{each['mean_probability']:.3f}"
        lost = "" if each["ev_lost_mbb"] is None else f"{each['ev_lost_mbb']:+.1f}"
        lines.append(
            f"{name:<8}{each['decisions']:>10}{each['off_tree']:>10}{probability:>12}{each['rare']:>11}"
            f"{each['hardly_visited']:>16}{lost:>20}"
        )
    if result["streets"]["all"]["hardly_visited"]:
        lines.append(f"(hardly visited: fewer than {LEAST_VISITS} times in training, as may be expected; no EV there)")
    if result["ev_lost_mbb_a_hand"]:
        lost = Estimate.from_json(result["ev_lost_mbb_a_hand"])
        lines.append(f"EV lost a hand: {lost}, by the policy's own values and ranges")
    lines += _result_lines(result)
    if result["dearest"]:
        lines.append("the dearest, EV lost in chips and big blinds:")
    blind = result["big_blind"]
    for each in result["dearest"]:
        where = " ".join(filter(None, [each["street"], each["board"]]))
        given = "no probability" if each["probability"] is None else f"{100 * each['probability']:.1f} %"
        off = f"; {each['off_tree']}" if each["off_tree"] else ""
        pot, loss = (f"{each[key]:.0f} ({in_blinds(each[key], blind)})" for key in ("pot", "ev_lost"))
        lines.append(
            f"  hand {each['hand']}, {where}: {each['cards']} ({each['position']}), pot {pot}: {each['taken']} "
            f"({given}; mostly {each['policy']}), lost {loss}{off}"
        )
    return list(map(printable, lines))


def _result_lines(result: dict[str, Any]) -> list[str]:
    found = result["result"]
    if not found["hands"]:
        return ["no hand whose result is known"]
    runs = f", {counted(found['pairs'], 'deal')} played from both seats" if found["pairs"] else ""
    lines = [f"result: {found['chips']:+d} chips in {counted(found['hands'], 'hand')}{runs}"]
    if recomputed := result["results_recomputed"]:
        contradict = f"{counted(recomputed, 'result')} in the files contradict{'s' * (recomputed == 1)}"
        lines.append(f"({contradict} cards and betting; chips go by these)")
    lines += [
        f"{title}: {Estimate.from_json(found[key])}"
        for key, title in (("plain", "plain"), ("aivat", "AIVAT"))
        if key in found
    ]
    if "aivat" not in found:
        lines.append(
            "no AIVAT: it needs two players, at least 4 hands, and in each the cards of those who are not --known"
        )
    elif not result["known"]:
        lines.append("(AIVAT for luck of cards alone: nobody is said, by --known NAME, to have played the policy)")
    return lines
