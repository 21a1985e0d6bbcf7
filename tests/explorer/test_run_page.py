"""The run view: what a folder says, against its files; and a run that is followed in a browser until it ends."""

import json
import os
import re
import shutil

import pytest
from helpers.browsing import running_site, watched_page
from helpers.launching import run_here

from holdem_mpi.errors import DataError
from holdem_mpi.explorer.run_view import bucket_view, run_view
from holdem_mpi.explorer.site import Explorer
from holdem_mpi.explorer.sources import Sources
from holdem_mpi.storage.jsonl import read_lines


@pytest.fixture
def run(runs, tmp_path):
    """A copy of a run that has ended, with an evaluation and a log."""
    shutil.copytree(runs / "small", tmp_path / "run")
    (tmp_path / "run" / "slurm.out").write_text("one\ntwo \x1b[31mred\n")
    return tmp_path / "run"


def view_of(path):
    return run_view(Sources([str(path)]).of_kind("run")[0])


def test_the_view_says_what_the_files_say(run):
    view, summary = view_of(run), json.loads((run / "summary.json").read_text())
    assert view["summary"] == summary and view["state"]["word"] == "ended"
    lines = read_lines(run / "metrics.jsonl")[0]
    assert view["metrics"] == [{key: line[key] for key in view["metrics"][0]} for line in lines]
    assert view["checkpoints"][-1]["iterations"] == summary["iterations"] == view["last"]["iterations"]
    assert view["game"] == "leduc_3p" and view["settings"]["batch_size"] == 500
    assert view["logs"] == [{"name": "slurm.out", "end": "one\ntwo ?[31mred"}]
    json.dumps(view, allow_nan=False)


def test_exploitability_and_lbr_come_from_the_ledger(run):
    exact = {"verb": "exploitability", "iterations": 4000, "result": {"exploitability_mbb": 12.5}}
    sampled = {"verb": "exploitability", "iterations": 400, "result": {"bracket_mbb": [10, 30]}}
    bound = {"verb": "lbr", "iterations": 4000, "result": {"mean": 7, "interval_95": [6, 8]}}
    odd = [{"verb": "lbr", "iterations": 1, "result": bad} for bad in (None, [], {"mean": "x"}, {"mean": None})]
    odd += [{"verb": "exploitability", "iterations": "x", "result": {"exploitability_mbb": 1}}, {}]
    lines = [exact, sampled, bound, *odd, {"verb": "match", "iterations": 5, "result": {"mean": 1}}]
    (run / "evaluations.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + "{torn")
    view = view_of(run)
    found = {
        name: [(each["iterations"], each["value"], each["low"]) for each in each]
        for name, each in view["measures"].items()
    }
    assert found == {"exploitability": [(400, 20.0, 10), (4000, 12.5, None)], "lbr": [(4000, 7, 6)]}
    assert len(view["warnings"]) == 1 and "torn" in view["warnings"][0]


def test_a_run_that_was_resumed_or_fell_silent(run):
    with open(run / "metrics.jsonl", "a") as file:
        file.write(json.dumps({"batch": 99, "iterations": 9000, "seconds": 3.0, "iterations_per_second": 1.0}) + "\n")
    assert view_of(run)["state"]["word"] == "training"
    os.utime(run / "metrics.jsonl", (1, 1))
    assert view_of(run)["state"]["word"] == "silent"
    (run / "metrics.jsonl").unlink()
    (run / "summary.json").unlink()
    assert view_of(run)["state"]["word"] == "starting"


def test_links_out_of_the_folder_are_refused(run, tmp_path):
    shutil.move(run / "metrics.jsonl", tmp_path / "metrics.jsonl")
    os.symlink(tmp_path / "metrics.jsonl", run / "metrics.jsonl")
    with pytest.raises(DataError, match="a link out of"):
        view_of(run)
    os.unlink(run / "metrics.jsonl")
    os.symlink("/etc/passwd", run / "other.log")
    assert [log["name"] for log in view_of(run)["logs"]] == ["slurm.out"]


def test_nothing_in_the_folder_changes(run):
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    view_of(run)
    bucket_view(Sources([str(run)]).of_kind("run")[0])
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before


def test_buckets_of_a_holdem_run_by_equity(tmp_path):
    options = ("--game", "flop_holdem", "--buckets", "169,5", "--iters", "10", "--batch-size", "10", "--logdir", "run")
    assert run_here(("-m", "holdem_mpi.train", *options), tmp_path).returncode == 0
    (street,) = bucket_view(Sources([str(tmp_path / "run")]).of_kind("run")[0])["streets"]
    assert (street["name"], street["buckets"], len(street["equity"])) == ("flop", 5, 5)
    assert sum(street["share"]) == pytest.approx(1) and sorted(street["equity"]) == street["equity"]


def test_a_live_run_is_followed_to_its_end(start, tmp_path, browser):
    options = ("--game", "leduc", "--time-budget", "4", "--iters", "1e9", "--log-interval", "0.3", "--logdir", "live")
    job = start(1, "-m", "holdem_mpi.train", *options, "--checkpoint-interval", "1", NUMBA_NUM_THREADS="1")
    while not (tmp_path / "live" / "metrics.jsonl").exists():
        assert job.process.poll() is None
    with (
        running_site(Explorer(Sources([str(tmp_path / "live")]), tmp_path / "spots")) as site,
        watched_page(browser, site) as page,
    ):
        page.goto(site.url("/run?of=live"))
        page.wait_for_selector(".state.training")
        first = page.inner_text(".iterations")
        assert (
            ":" not in page.inner_text(".eta")
            and "s" in page.inner_text(".eta")
            and page.inner_text(".speed").endswith(("k", "M"))
        )
        page.wait_for_selector(".state.ended", timeout=20_000)
        summary = json.loads((tmp_path / "live" / "summary.json").read_text())
        assert page.inner_text(".iterations") == f"{summary['iterations']:,} of 1,000,000,000" != first
        assert page.inner_text(".digest") == summary["digest"][:16]
        assert page.inner_text(".merge") == f"{100 * summary['merge_share']:.1f} %"
        assert "has ended (time" in page.inner_text(".state")
        page.click("text=Walk through its policy")
        page.wait_for_url(re.compile("/blueprint"))
        page.wait_for_selector(".action")
    assert job.finish().returncode == 0


def test_runs_over_one_another(run, runs, tmp_path, browser):
    with (
        running_site(Explorer(Sources([str(run), str(runs)]), tmp_path / "spots")) as site,
        watched_page(browser, site, 390) as page,
    ):
        page.goto(site.url("/run?of=run"))
        page.click("#run-small")
        page.wait_for_url(re.compile("of=run,small"))
        page.wait_for_selector('[data-run="small"]')
        assert page.locator(".chart .series").count() >= 4
        page.keyboard.press("x")
        page.wait_for_url(re.compile("over=seconds"))
        page.wait_for_selector("text=over seconds")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert "red" in page.inner_text("pre")
