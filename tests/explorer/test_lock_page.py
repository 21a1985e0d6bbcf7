"""Locks painted in a browser, solved again and exploited; jobs on several ranks that are stopped and go on."""

import itertools
import json
import re
import time
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from helpers.browsing import settle, unnamed
from helpers.spot_files import SMALL

from holdem_mpi.api import open_solution
from holdem_mpi.cards import CLASS_OF_HAND, card_name, cards_of_hand, class_name, hand_of_cards, parse_cards
from holdem_mpi.errors import UserError
from holdem_mpi.explorer.lock_view import LocksAsked, locks_view
from holdem_mpi.explorer.response_view import response_view
from holdem_mpi.explorer.solution_view import Opened, node_view
from holdem_mpi.explorer.spot_editor import menu_view, opened_spot, plan_view
from holdem_mpi.explorer.spot_jobs import JobLimits, SpotJobs, job_plan
from holdem_mpi.explorer.spot_store import SpotStore
from holdem_mpi.subgame.solution_line import at_action, follow, is_decision, waits_for_card
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.spot_exploit import exploit_of

RIVER = {**SMALL, "solver": {"target_pct": 0.5}}
TURN = {**RIVER, "board": "Qs Jh 2h 8h", "solver": {"target_pct": None, "iterations": 12}}


def begun(jobs, keys, ranks=1, begin=None) -> str:
    """The name of a job that has started."""
    spot = opened_spot(keys)
    return jobs.start(spot, spot.config.model_dump(mode="json"), ranks, begin)


def ended(jobs, name) -> dict:
    """The view of a job once it has ended."""
    while name in jobs.running():
        time.sleep(0.05)
    return jobs.view(name)


def test_locks_are_painted_solved_again_and_exploited(visit, explorer, runs):
    first = begun(explorer.jobs, RIVER)
    ended(explorer.jobs, first)
    page = visit(f"/solution?of={first}&line=check")
    page.wait_for_selector("#paint-lock")
    settle(page)
    page.keyboard.press("l")
    page.wait_for_selector("#brush")
    # Classes by the pointer, a mixed brush, and one hand by itself.
    page.fill("[data-brush=check]", "30")
    page.fill("[data-brush='bet 50']", "10")
    page.click('.left [data-hand="AKs"]')
    page.wait_for_selector(".cell.locked[data-hand=AKs]")
    page.click("button:text('Always check')")
    page.click('.left [data-hand="KK"]')
    page.wait_for_selector("#combos [data-lock]")
    page.click('.left [data-hand="KK"]')  # once more: not locked
    page.click("#combos [data-lock=KhKd]")
    page.wait_for_selector(".cell.part-locked[data-hand=KK]")
    page.wait_for_selector("#locks li:has-text('5 hands')")
    assert unnamed(page) == []
    locks = json.loads(parse_qs(urlsplit(page.url).query)["locks"][0])
    assert locks == [{"line": ["check"], "hands": {"AKs": {"check": 0.75, "bet 50": 0.25}, "KhKd": {"check": 1}}}]
    page.fill("#lock-target", "0.2")
    page.click("#solve-again")
    page.wait_for_url(lambda url: f"of={first}" not in url)
    second = parse_qs(urlsplit(page.url).query)["of"][0]
    ended(explorer.jobs, second)
    page.wait_for_selector(".cell.locked[data-hand=AKs]")
    solution = open_solution(runs / "spots" / second / "solution")
    assert solution.exploitability_pct <= 0.2
    assert solution.iterations > open_solution(runs / "spots" / first / "solution").iterations
    for hand, share in (("AhKh", 0.75), ("AdKd", 0.75), ("KhKd", 1.0)):
        assert solution.strategy(hand, "check")["check"] == pytest.approx(share, abs=1e-4)
    told = page.inner_text("#locks .plain")
    assert "ip after check" in told and "5 hands" in told

    # Everything cleared in the draft, another lock for all hands, and what beats it.
    page.click("#clear-locks")
    page.wait_for_selector("text=None. A locked hand")
    page.click("#paint-lock")
    page.wait_for_selector("#brush")
    page.click("#lock-all")
    page.click("#exploit")
    page.wait_for_url(re.compile("paint=best"))
    third = parse_qs(urlsplit(page.url).query)["of"][0]
    ended(explorer.jobs, third)
    page.click("[aria-label='Back to the first decision']")
    page.wait_for_selector("#responses")
    exploited = open_solution(runs / "spots" / third / "solution")
    assert exploited.iterations == solution.iterations
    assert exploited.strategy("KhKd", "check")["check"] == pytest.approx(1, abs=1e-4)
    best = next(each for each in explorer.jobs.store.exploit(third) if each["player"] == "oop")
    assert f"oop would win {best['ev']:.2f}".rstrip("0") in page.inner_text("#responses")
    shown = [each.inner_text() for each in page.query_selector_all(".legend small")]
    assert shown == [f"{100 * mean:.1f} %" for mean in best["decisions"][0]["mean"]]


def test_a_job_goes_on_in_the_browser(visit, explorer, runs):
    name = begun(explorer.jobs, {**RIVER, "solver": {"target_pct": 20}})
    before = ended(explorer.jobs, name)["checks"][-1]
    page = visit(f"/solution?of={name}")
    page.wait_for_selector("#more")
    page.click("#more summary")
    page.fill("#more-target", "0.5")
    page.click("#go-on")
    folder = runs / "spots" / name / "solution"
    more = "(before) => Number(document.querySelector('.iterations')?.textContent) > before"
    page.wait_for_function(more, arg=before["iterations"])
    page.wait_for_selector(".state.ended")
    view = ended(explorer.jobs, name)
    assert view["stopped_by"] == "target" and open_solution(folder).exploitability_pct <= 0.5
    assert view["checks"][0]["iterations"] == 1


def test_ranks_stop_go_on_and_find_the_same(tmp_path):
    """Stopped on two ranks, gone on with on one, there and in a folder of its own: as a solve without a stop."""
    jobs = SpotJobs(SpotStore(tmp_path / "spots"), JobLimits(ranks=2))
    two = begun(jobs, {**TURN, "solver": {"target_pct": None, "iterations": 10**7}}, ranks=2)
    while not jobs.view(two)["kept"]:
        time.sleep(0.05)
    jobs.stop(two)
    assert ended(jobs, two)["stopped_by"] == "signal"
    folder = tmp_path / "spots" / two / "solution"
    iterations = open_solution(folder).iterations + 2
    keys = {**TURN, "solver": {"target_pct": None, "iterations": iterations}}
    spot = opened_spot(keys)
    jobs.go_on(two, spot, spot.config.model_dump(mode="json"))
    ended(jobs, two)
    straight = begun(jobs, keys)
    ended(jobs, straight)
    found = [open_solution(tmp_path / "spots" / name / "solution") for name in (two, straight)]
    assert [each.iterations for each in found] == [iterations] * 2 and found[0].digest == found[1].digest
    more = begun(jobs, {**TURN, "solver": {"target_pct": None, "iterations": iterations + 1}}, begin=folder)
    view = ended(jobs, more)
    assert view["checks"][0]["iterations"] == 1  # those of the solve before are told as well
    assert open_solution(tmp_path / "spots" / more / "solution").iterations == iterations + 1
    with pytest.raises(UserError, match="a job may take 2 here"):
        begun(jobs, TURN, ranks=3)


def test_plans_by_ranks():
    spot = opened_spot(TURN)
    alone, both = job_plan(spot, 1), job_plan(spot, 2)
    assert (alone.ranks, both.ranks, job_plan(opened_spot(RIVER), 2).ranks) == (1, 2, 1)
    assert alone.memory == spot.memory < both.memory < 2 * spot.memory
    assert both.seconds[0] < alone.seconds[0]
    raked = plan_view(opened_spot({**RIVER, "rake": 0.05, "rake_cap": 2, "dead_money": 3, "stacks": [200, 90]}), 10**12)
    assert "rake: 0.05\nrake_cap: 2.0" in raked["yaml"] and "dead_money: 3.0" in raked["yaml"]
    assert any("110 of oop's 200 are not at risk" in note for note in raked["notes"])
    menu = menu_view("lean", "Qs Jh 2h 8h")
    lean = opened_spot({**TURN, "menu": "lean", "bet_sizes": None, "raise_sizes": None} | menu | {"menu": None})
    expected = {key: value for key, value in TURN.items() if key not in ("bet_sizes", "raise_sizes")}
    assert lean.config == open_spot({**expected, "menu": "lean"}).config


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """(opened solution of a turn spot with locks, what best responses do, the same by itself)."""
    jobs = SpotJobs(SpotStore(tmp_path_factory.mktemp("locked")), JobLimits())
    locks = [
        {"line": "check", "strategy": {"check": 0.5, "bet 50": 0.5}, "hands": {"AKs": "check"}},
        {"line": "check, check, bet 50", "strategy": "call"},
        {"line": "check, check, 3c, bet 50", "hands": {"AhKh": "fold"}},
    ]
    name = begun(jobs, {**TURN, "locks": locks})
    ended(jobs, name)
    opened = Opened(0, open_solution(jobs.store.folder(name) / "solution"))
    spot = opened_spot(opened.solution.spot)
    solver = spot.solver()
    solver.run(opened.solution.iterations)
    return opened, jobs.store.exploit(name), [exploit_of(spot, solver, player) for player in range(2)]


def test_locks_are_told_by_class_and_place(locked):
    opened = locked[0]
    at = locks_view(opened, LocksAsked(of="x", line="check"), 10**12)
    assert at["here"]["AKs"] == [1, 0, 0] and at["here"]["QJs"] == [0.5, 0.5, 0] and len(at["here"]) == 169
    assert [lock["line"] for lock in at["rest"]] == [["check", "check", "bet 50"], ["check", "check", "3c", "bet 50"]]
    assert [(each["line"], each["player"], each["every"]) for each in at["told"]] == [
        (["check"], "ip", False),
        (["check", "check", "bet 50"], "ip", True),
        (["check", "check", "card 3c", "bet 50"], "ip", False),
    ]
    assert at["told"][2]["hands"] == 1 and at["can_go_on"] and at["fits"]
    river = "check,check,card 3c,bet 50"
    assert list(locks_view(opened, LocksAsked(of="x", line=river), 0)["here"]) == ["AhKh"]
    every = locks_view(opened, LocksAsked(of="x", line=river, every=True), 0)
    assert len(every["here"]) == 169 and every["memory"] is None
    free = locks_view(opened, LocksAsked(of="x", line="check", locks=[]), 10**12)
    assert (free["here"], free["told"], free["fits"]) == ({}, [], True)
    planned = locks_view(opened, LocksAsked(of="x", line="check", locks=at["rest"], ranks=2), 10)
    assert (planned["here"], planned["ranks"], planned["fits"]) == ({}, 2, False)
    assert planned["memory"] == job_plan(opened.solution.opened, 2).memory
    with pytest.raises(UserError, match=r"locks\[0\].line: after the start no 'jump'"):
        locks_view(opened, LocksAsked(of="x", locks=[{"line": "jump", "strategy": "check"}]), 0)


def test_best_responses_are_those_of_resolve(locked):
    opened, told, expected = locked
    assert told == expected and all(each["gain"] >= 0 for each in told)
    solution = opened.solution
    for line, each in itertools.product(([], ["check"], ["check", "bet 50"]), told):
        view = response_view(opened, ",".join(line), told)
        assert {key: each[key] for key in ("player", "ev", "gain")}.items() <= next(
            wins for wins in view["wins"] if wins["player"] == each["player"]
        ).items()
        if view["player"] != each["player"]:
            continue
        decision = next(found for found in each["decisions"] if found["line"] == line)
        assert view["mean"] == decision["mean"]
        hands, weight = solution.hands(each["player"]), solution.weights(each["player"])
        names = ["".join(map(card_name, cards_of_hand(int(hand)))) for hand in hands]
        if not line:  # nobody has acted: means over the range as it was given
            cell = next(found for found in view["classes"] if found)
            mine = np.flatnonzero([class_name(int(number)) == cell["name"] for number in CLASS_OF_HAND[hands]])
            rows = np.array([decision["strategy"][names[place]] for place in mine])
            assert cell["play"] == pytest.approx(weight[mine] @ rows / weight[mine].sum())
    assert node_view(opened, "check")["can_go_on"]


def played(solution, told, position, at) -> np.ndarray:
    """float64[1326, action] at a decision: its best response where that position acts, else the solution."""
    if at.player != position:
        return solution.numbers.strategy_at(at.place.node, at.place.cards)
    if at.place.cards:
        return solution.numbers.best_at(at.place)
    mine = next(each for each in told if each["player"] == position)
    here = next(each for each in mine["decisions"] if tuple(each["line"]) == at.line)
    full = np.full((1326, len(at.actions)), 1 / len(at.actions))
    for hand, row in here["strategy"].items():
        full[hand_of_cards(*parse_cards(hand))] = row
    return full


def test_on_later_streets_best_responses_win_what_was_told(locked):
    opened, told, _ = locked
    solution = opened.solution
    spot = solution.opened
    player, mine = 1, told[1]
    solver = spot.solver()
    pending = [solution.place("")]
    while pending:
        at = pending.pop()
        if waits_for_card(spot, at):
            pending += [follow(spot, at.line, [card]) for card in solver.game.runout_card.tolist()]
        elif is_decision(spot, at):
            decision = solution.decision(at.line)
            strategy = played(solution, told, mine["player"], decision)
            runout = solver.game.runout_card.tolist().index(at.cards[0]) if at.cards else 0
            solver.set_strategy(at.node, strategy[solver.hands[spot.tree.player_of_node[at.node]]], runout)
            pending += [at_action(spot, at, place) for place in range(len(decision.actions))]
    won = (solver.mean(player, solver.values(player, False)) + spot.start.contributions[player]) / spot.unit
    assert won == pytest.approx(mine["ev"], abs=2e-3)
    # What is locked on the river stays, in the grid as well.
    river = response_view(opened, "check,check,card 3c,bet 50", told)
    assert river["player"] == "ip" and sum(river["mean"]) == pytest.approx(1)
    at = solution.decision("check,check,card 3c,bet 50")
    best = solution.numbers.best_at(at.place)
    assert best[hand_of_cards(*parse_cards("AhKh"))].tolist() == [1, 0, 0, 0]
    assert best[hand_of_cards(*parse_cards("KhKd"))].tolist() == [0, 1, 0, 0]
    cells = {cell["name"]: cell for cell in river["classes"] if cell}
    assert cells["KK"]["play"][1] == pytest.approx(1)
