"""Spots in a browser: typed and painted, planned, solved in a job of its own, walked through, exported, reopened."""

import csv
import io
import json
import re
import shutil
import signal
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import yaml
from helpers import spot_files
from helpers.browsing import running_site, settle, watched_page

from holdem_mpi.api import open_solution, solve_spot
from holdem_mpi.cards import hand_of_cards, parse_cards
from holdem_mpi.config.spot_config import load_spot
from holdem_mpi.errors import UserError
from holdem_mpi.explorer.endpoint import NotFoundError
from holdem_mpi.explorer.response_view import response_view
from holdem_mpi.explorer.site import Explorer
from holdem_mpi.explorer.solution_view import Opened, cards_view, node_hands, node_view
from holdem_mpi.explorer.sources import Sources
from holdem_mpi.explorer.spot_editor import opened_spot, plan_view, range_view
from holdem_mpi.explorer.spot_jobs import JobLimits, SpotJobs, job_plan
from holdem_mpi.explorer.spot_store import SpotStore
from holdem_mpi.formats.range_text import parse_range
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.spot_report import result_of
from holdem_mpi.subgame.spot_solving import StopRules, solve

SMALL = {**spot_files.SMALL, "solver": {"target_pct": 0.05}}


def number(value: float) -> str:
    """A number as the page has it."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def name_in(page) -> str:
    return parse_qs(urlsplit(page.url).query)["of"][0]


def solved(page) -> str:
    """Press Solve, and wait for the end; the job's name."""
    page.wait_for_selector("#solve:not([disabled])")
    page.click("#solve")
    page.wait_for_selector(".state.ended", timeout=60_000)
    page.wait_for_selector(".grid")
    return name_in(page)


def test_a_river_spot_typed_solved_exported_and_reopened(visit, explorer, runs, tmp_path):
    page = visit("/spot?of=river")
    page.wait_for_selector("#solve:not([disabled])")
    page.fill("#board", SMALL["board"])
    page.fill("#range-ip", SMALL["ranges"]["ip"])
    page.click("section:has(#range-oop) button:text('Clear')")
    for name in ("AA", "QJs", "87s", "A5s"):
        page.click(f'section:has(#range-oop) [data-paint="{name}"]')
    page.select_option("section:has(#range-oop) .brush", "0.5")
    page.click('section:has(#range-oop) [data-paint="KQs"]')
    assert page.input_value("#range-oop") == "AA,A5s,KQs:0.5,QJs,87s"
    page.fill("#bet_sizes-river", "100%")
    page.fill("#raise_sizes-river", "60")
    page.fill("#target", "0.05")
    page.wait_for_function("() => location.search.includes('0.05')")
    assert page.inner_text("#plan .memory").endswith("MiB")
    edited = page.url
    name = solved(page)

    solution = open_solution(runs / "spots" / name / "solution")
    assert solution.exploitability_pct <= 0.05
    assert parse_range(solution.spot["ranges"]["oop"]) == pytest.approx(parse_range(SMALL["ranges"]["oop"]))
    root = solution.decision("")
    means = solution.dealt_at("oop", "") @ root.strategy
    shown = {
        each.get_attribute("data-action"): each.query_selector(".share").inner_text()
        for each in page.query_selector_all(".action")
    }
    assert shown == {action: f"{100 * mean:.1f} %" for action, mean in zip(root.actions, means)}
    assert page.inner_text(".exploitability") == f"{solution.exploitability_pct:.3g} % of the pot"

    page.click('[data-action="check"]')
    page.wait_for_selector("text=ip to act")
    settle(page)
    page.click('.left [data-hand="AKs"]')
    page.wait_for_selector("#combos td.ev")
    row = page.query_selector("#combos tr:has([aria-label='A of hearts'])")
    expected = solution.strategy("AhKh", "check")
    assert [cell.inner_text().split("\n")[0] for cell in row.query_selector_all("td.play")] == [
        f"{100 * each:.1f} %" for each in expected.values()
    ]
    at = solution.decision("check")
    place = solution.hands("ip").tolist().index(hand_of_cards(*parse_cards("AhKh")))
    assert float(row.query_selector("td.ev").inner_text()) == pytest.approx(
        at.strategy[place] @ at.evs[place], abs=0.01
    )
    # What one bet wins: hand by hand, and of the class in the line below the grid.
    bet = at.actions.index("bet 50")
    assert f"EV {number(at.evs[place, bet])}" == row.query_selector_all("td.play small")[bet].inner_text()
    page.hover('.left [data-hand="AKs"]')
    aks = next(cell for cell in node_view(Opened(0, solution), "check")["classes"] if cell and cell["name"] == "AKs")
    assert f"bet 50 {100 * aks['play'][bet]:.1f} % (EV {number(aks['evs'][bet])})" in page.inner_text(".told >> nth=0")
    kept = page.url

    with page.expect_download() as download:
        page.click("text=CSV")
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    one = next(each for each in rows if (each["line"], each["hand"]) == ("check", "AhKh"))
    assert float(one["p(check)"]) == pytest.approx(expected["check"], abs=1e-6)
    with page.expect_download() as download:
        page.click("text=YAML")
    path = tmp_path / "again.yaml"
    shutil.copy(download.value.path(), path)
    assert load_spot(str(path))[1].model_dump(mode="json") == solution.spot

    again = visit(kept.split("/", 3)[3].join(("/", "")))
    again.wait_for_selector("#combos td.ev")
    assert again.inner_text("#combos") == page.inner_text("#combos")

    # Changed and solved again; then both beside one another.
    page.click("text=Change the spot and solve again")
    page.wait_for_selector("#pot")
    page.fill("#pot", "80")
    page.wait_for_function("() => decodeURIComponent(location.search).includes('\"pot\":80')")
    second = solved(page)
    assert second != name and open_solution(runs / "spots" / second / "solution").pot == 80
    page.select_option("#compare", name)
    page.wait_for_selector("h2:has-text('Compared with')")
    assert page.locator(".left .grid").count() == 2 and f"with={name}" in page.url
    # What stood in the editor is in its address.
    third = visit(edited.split("/", 3)[3].join(("/", "")))
    third.wait_for_selector("#board")
    assert third.input_value("#range-oop") == "AA,A5s,KQs:0.5,QJs,87s" and third.input_value("#target") == "0.05"


def test_where_nothing_was_solved_it_is_said_what_to_do(browser, tmp_path):
    with running_site(Explorer(Sources([]), tmp_path)) as site, watched_page(browser, site) as page:
        page.goto(site.url("/solution"))
        page.click("text=To the spots")
        page.wait_for_selector("#solve:not([disabled])")
        # Seen without scrolling, on a phone as well.
        page.set_viewport_size({"width": 390, "height": 844})
        box = page.query_selector("#solve").bounding_box()
        assert box["y"] + box["height"] < 844


def test_mistakes_are_said_while_one_types(visit):
    page = visit("/spot?of=river", width=390)
    page.wait_for_selector("#solve:not([disabled])")
    page.fill("#board", "Qs Qs 2h")
    page.wait_for_selector("#plan [role=alert]")
    assert "board" in page.inner_text("#plan [role=alert]") and page.is_disabled("#solve")
    page.fill("#board", "Qs Jh 2h 8h 3c")
    page.wait_for_selector("#solve:not([disabled])")
    page.fill("#range-oop", "AKx<b>!</b>")
    page.wait_for_selector(".wrong")
    assert "AKx<b>" in page.inner_text(".wrong") and page.locator(".wrong b").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_money_menus_and_cores_are_planned_as_one_types(visit):
    page = visit("/spot?of=turn")
    page.wait_for_selector("#solve:not([disabled])")
    for field, text in (("rake", "5"), ("rake-cap", "2"), ("dead-money", "3"), ("stack-ip", "90")):
        page.fill(f"#{field}", text)
    page.select_option("#menu", "lean")
    page.wait_for_function("() => /force_allin: 0.2/.test(document.getElementById('yaml')?.textContent)")
    page.fill("#donk_sizes-river", "40")
    page.wait_for_function(
        "() => /donk_sizes:[^:]*turn:[^:]*river:[^:]*0.4/.test(document.getElementById('yaml')?.textContent)"
    )
    keys = yaml.safe_load(page.text_content("#yaml"))
    assert {key: keys[key] for key in ("rake", "rake_cap", "dead_money", "stacks", "add_allin", "max_raises")} == {
        "rake": 0.05,
        "rake_cap": 2.0,
        "dead_money": 3.0,
        "stacks": [200.0, 90.0],
        "add_allin": 1.0,
        "max_raises": 3,
    }
    assert "not at risk" in page.inner_text("#plan")
    alone, both = (job_plan(opened_spot(keys), ranks) for ranks in (1, 2))
    assert page.inner_text("#plan .memory") == f"{alone.memory / 2**20:.1f} MiB"
    page.select_option("#cores", "2")
    page.wait_for_selector("text=by mpirun")
    assert page.inner_text("#plan .memory") == f"{both.memory / 2**20:.1f} MiB" and "cores=2" in page.url


def test_keys_walk_a_solution(visit, explorer):
    name = explorer.jobs.start(opened_spot(SMALL), open_spot(SMALL).config.model_dump(mode="json"))
    while name in explorer.jobs.running():
        time.sleep(0.05)
    page = visit(f"/solution?of={name}", width=390)
    page.wait_for_selector(".grid")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    settle(page)
    page.keyboard.press("1")
    page.wait_for_selector("text=ip to act")
    settle(page)
    page.keyboard.press("v")
    page.wait_for_selector(".heat")
    settle(page)
    assert "paint=ev" in page.url and page.get_attribute("button:text('EV')", "aria-pressed") == "true"
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("text=oop to act")
    settle(page)
    page.keyboard.press("g")
    page.keyboard.press("ArrowRight")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label.startswith("AKs: ")


@pytest.fixture(scope="module")
def river():
    """A solved spot, and what ``resolve`` says of it."""
    spot = open_spot({**SMALL, "actions": ["check", "bet 50"]})
    solver = spot.solver()
    done = solve(solver, spot.pot * spot.unit, StopRules(0.01, None, 20_000), lambda look, left: None)
    solution = solve_spot({**SMALL, "actions": ["check", "bet 50"]}, target_pct=0.01)
    return solution, result_of(spot, solver, done)


def test_numbers_are_those_of_resolve(river, tmp_path):
    solution, result = river
    solution.save(tmp_path / "solution")
    opened = Opened(0, open_solution(tmp_path / "solution"))
    root, now = node_view(opened, ""), node_view(opened, "check,bet 50")
    for position, player in result["players"].items():
        told = next(each for each in root["ranges"] if each["position"] == position)
        assert told["equity"] == pytest.approx(player["equity"], abs=1e-5)
    assert root["ev"] == pytest.approx(result["players"]["oop"]["ev"], abs=1e-3)
    decision = next(each for each in result["decisions"] if each["line"] == ["check", "bet 50"])
    assert [each["mean"] for each in now["actions"]] == pytest.approx(decision["mean"], abs=1e-5)
    for name in ("QJs", "A5s", "AA"):
        for row in node_hands(opened, "check,bet 50", name)["hands"]:
            high = row["hand"] if row["hand"] in decision["ev"] else row["hand"][2:] + row["hand"][:2]
            assert row["evs"] == pytest.approx(decision["ev"][high], abs=1e-3)
            assert row["play"] == pytest.approx(decision["strategy"][high], abs=1e-5)
            assert row["reach"] == pytest.approx(result["players"]["oop"]["hands"][high]["weight_now"], abs=1e-5)
    assert sum(each["equity"] for each in now["ranges"]) == pytest.approx(1, abs=1e-6)
    with pytest.raises(UserError):
        node_view(opened, "none")


def test_a_turn_spot_is_walked_to_the_river(tmp_path, explorer, visit):
    keys = {**SMALL, "board": "Qs Jh 2h 8h", "solver": {"target_pct": None, "iterations": 20}}
    name = explorer.jobs.start(opened_spot(keys), open_spot(keys).config.model_dump(mode="json"))
    while name in explorer.jobs.running():
        time.sleep(0.05)
    view = explorer.jobs.view(name)
    assert (view["state"], view["stopped_by"], view["checks"][-1]["iterations"]) == ("ended", "iterations", 20)
    opened = explorer.solutions.open(name)
    root = node_view(opened, "")
    assert root["actions"][0]["leads"] == "decision" and root["equity"] is not None
    after = node_view(opened, "check")
    assert after["ev"] is not None and sum(each["equity"] for each in after["ranges"]) == pytest.approx(1, abs=1e-6)
    check = after["actions"][0]
    assert (check["text"], check["leads"], check["next"]) == ("check", "card", ["check", "check"])
    cards = cards_view(opened, "check,check")
    assert cards["player"] == "oop" and len(cards["cards"]) == 48
    river = node_view(opened, "check,check,card 3c")
    assert river["board"] == "QsJh2h8h3c" and river["crumbs"][2]["text"] == "card 3c"
    three = next(each for each in cards["cards"] if each["card"] == "3c")
    assert three["ev"] == pytest.approx(river["ev"], abs=1e-6)
    bets = [each["mean"] for each in river["actions"] if each["kind"] == "raise"]
    assert three["bets"] == pytest.approx(sum(bets), abs=1e-6)
    with pytest.raises(UserError, match="expected one after which a card comes"):
        cards_view(opened, "check")
    page = visit(f"/solution?of={name}")
    page.click("[data-action=check]")
    page.wait_for_url(re.compile("line=check"))
    page.wait_for_selector("text=then a card")
    page.click("[data-action=check]")
    page.wait_for_selector("#deal .bar")
    assert page.get_attribute("#deal [data-card='3c']", "aria-label") == f"3 of clubs: {round(100 * three['bets'])} %"
    page.click("#deal button:text('EV')")
    page.wait_for_selector("#deal .tone")
    assert page.get_attribute("#deal [data-card='3c']", "aria-label") == f"3 of clubs: EV {three['ev']:.2f}".rstrip("0")
    again = visit(page.url.split("/", 3)[3].join(("/", "")))
    again.wait_for_selector("#deal .tone")
    assert again.inner_text("#deal") == page.inner_text("#deal")
    page.click("#deal [data-card='3c']")
    page.wait_for_url(re.compile("line=[^&]*card"))
    page.wait_for_selector(".crumbs [aria-label='3 of clubs']")
    assert f"{100 * river['actions'][0]['mean']:.1f} %" in page.inner_text(".action >> nth=0")
    # What the best response does on a later street is worked out when it is asked for.
    page.click("button:text('Best response')")
    page.wait_for_selector("#responses")
    best = response_view(opened, "check,check,card 3c", explorer.jobs.store.exploit(name))["mean"]
    shown = [each.inner_text() for each in page.query_selector_all(".left .legend small")]
    assert shown == [f"{100 * mean:.1f} %" for mean in best] and sum(best) == pytest.approx(1)
    page.go_back()
    page.wait_for_selector("#responses", state="detached")
    page.go_back()
    page.wait_for_selector("text=then a card")


def test_ranges_and_plans():
    told = range_view("AA,AKs:0.5,7h7d")
    assert told["weights"][0] == 1 and told["weights"][1] == 0.5 and told["combos"] == 9
    assert not told["even"][7 * 13 + 7] and told["even"][0]
    plan = plan_view(opened_spot(SMALL), 10**12)
    assert plan["fits"] and plan["memory"] == open_spot(SMALL).memory and plan["to_act"] == "oop"
    assert plan["combos"] == [float(parse_range(text).sum()) for text in SMALL["ranges"].values()]
    assert not plan_view(opened_spot(SMALL), 10)["fits"]
    for wrong, said in [
        ({"abstraction": {"recipe": "/etc/passwd"}}, "unknown key 'abstraction'"),
        ({"bet_sizes": [0.01 * each for each in range(1, 50)]}, "at most 10 sizes"),
        ({"min_bet": 0.01, "raise_sizes": [0.1, 0.2, 0.3, 0.4], "stacks": 100_000, "board": "Qs Jh 2h"}, "more than"),
        ({"actions": ["check"] * 50}, "at most 40"),
    ]:
        with pytest.raises(UserError, match=said):
            opened_spot({**SMALL, **wrong})


def test_jobs_have_limits_and_end_with_what_they_have(tmp_path):
    endless = {**SMALL, "solver": {"target_pct": None, "iterations": 10_000_000}}
    jobs = SpotJobs(SpotStore(tmp_path / "spots"), JobLimits(jobs=1, memory=10**9, seconds=600))
    spot = opened_spot(endless)
    name = jobs.start(spot, spot.config.model_dump(mode="json"))
    with pytest.raises(UserError, match="is being solved"):
        jobs.start(spot, endless)
    while not jobs.view(name)["kept"]:
        time.sleep(0.05)
    assert jobs.view(name)["state"] == "runs"
    jobs.stop(name)
    while jobs.running():
        time.sleep(0.05)
    view = jobs.view(name)
    assert (view["state"], view["stopped_by"]) == ("ended", "signal")
    assert open_solution(tmp_path / "spots" / name / "solution").iterations == view["checks"][-1]["iterations"]
    with pytest.raises(UserError, match="of memory, a job may take"):
        SpotJobs(jobs.store, JobLimits(memory=10)).start(spot, endless)
    short = SpotJobs(jobs.store, JobLimits(seconds=1.0))
    name = short.start(spot, spot.config.model_dump(mode="json"))
    while short.running():
        time.sleep(0.05)
    assert short.view(name)["stopped_by"] == "time" and short.view(name)["checks"][-1]["seconds"] <= 1.5
    for bad in ("../spots", "", "x", ".", name + "/.."):
        with pytest.raises(NotFoundError):
            jobs.store.folder(bad)


def test_a_server_that_is_killed_takes_its_job_with_it(start, tmp_path):
    words = ("-m", "holdem_mpi.explore", "--no-browser", "--port", "0", "--spots", "spots")
    server = start(1, *words)
    line = server.process.stdout.readline()
    address, token = re.search(r"(http://\S+)/\?token=(\S+) ", line).groups()
    with httpx.Client(base_url=address, headers={"Origin": address}, timeout=60) as client:
        client.get(f"/?token={token}")
        keys = {**SMALL, "board": "Qs Jh 2h 8h", "solver": {"target_pct": None, "iterations": 10_000_000}}
        name = client.post("/api/spot/solve", json={"spot": keys, "ranks": 2}).json()["name"]
        while not client.get(f"/api/spot/job?of={name}").json()["kept"]:
            time.sleep(0.05)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    end = time.monotonic() + 60
    while not (tmp_path / "spots" / name / "state.json").exists():
        assert time.monotonic() < end, "the job goes on without its server"
        time.sleep(0.05)
    assert json.loads((tmp_path / "spots" / name / "state.json").read_text()) == {"stopped_by": "signal"}
    again = start(1, *words)
    address, token = re.search(r"(http://\S+)/\?token=(\S+) ", again.process.stdout.readline()).groups()
    with httpx.Client(base_url=address, timeout=60) as client:
        client.get(f"/?token={token}")
        assert client.get(f"/api/spot/job?of={name}").json()["state"] == "ended"
        iterations = client.get(f"/api/solution/node?of={name}").json()["iterations"]
    assert iterations == open_solution(tmp_path / "spots" / name / "solution").iterations > 0
    again.process.send_signal(signal.SIGTERM)
    assert again.finish(30).returncode == 0
