"""The report view: what it is told, and a browser that sorts, filters and opens boards."""

import json
import os
import re
import shutil

import numpy as np
import pytest
from helpers.browsing import running_site, settle, watched_page
from helpers.launching import run_here

import holdem_mpi as hm
from holdem_mpi.errors import DataError
from holdem_mpi.explorer.endpoint import NotFoundError
from holdem_mpi.explorer.report_view import ReportBook, report_view
from holdem_mpi.explorer.site import Explorer
from holdem_mpi.explorer.sources import Sources

BOARDS = ("Ks7h2h8c3d", "AsQhJh8c3d", "9s9h4d3c2c", "6s5s4s3s2h", "KhQhJh8c3d", "As7d2c8h3c")
SPOT = "pot: 10\nstacks: 20\nranges: {oop: 'AA,QQ,77,A5s', ip: 'KK,TT,76s'}\nbet_sizes: [0.5]\n"


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """A report of six rivers, whose solutions are kept."""
    folder = tmp_path_factory.mktemp("reports")
    (folder / "spot.yaml").write_text(SPOT)
    options = ("--spot", "spot.yaml", "--flops", ",".join(BOARDS), "--out", "srp", "--iterations", "40", "--solutions")
    done = run_here(("-m", "holdem_mpi.resolve", "report", *options), folder)
    assert done.returncode == 0, done.stderr
    return folder / "srp"


def boards_of(page):
    return page.locator("tbody [data-board]").evaluate_all("rows => rows.map(row => row.dataset.board)")


def test_the_view_says_what_the_report_says(reported):
    report = hm.open_report(reported)
    view = report_view(ReportBook(Sources([str(reported)])).open("srp"), "srp")
    assert [row["board"] for row in view["rows"]] == list(report.boards) and view["missing"] == 0
    assert [row["play"] for row in view["rows"]] == report.frequencies.tolist()
    assert [row["ev"][1] for row in view["rows"]] == report.ev["ip"].tolist()
    assert view["rows"][0]["solution"] == f"srp:{report.boards[0]}"
    json.dumps(view, allow_nan=False)


def test_a_report_is_sorted_filtered_and_opened(reported, tmp_path, browser):
    report = hm.open_report(reported)
    explorer = Explorer(Sources([str(reported)]), tmp_path / "spots")
    with running_site(explorer) as site, watched_page(browser, site) as page:
        page.goto(site.url("/"))
        page.click(".start a[href*='report']")
        page.wait_for_selector("#boards")
        assert boards_of(page) == list(report.boards)
        means, all_row = report.means(), page.inner_text("tr.all")
        for share in means["frequencies"]:
            assert f"{100 * share:.1f} %" in all_row
        assert f"{round(means['ev']['oop'], 2):g}" in all_row
        assert f"at most {report.exploitability_pct.max():.3g} % of the pot" in page.inner_text(".line-bar")
        # Which boards are bet most?
        page.click("[data-sort=bets]")
        page.wait_for_url(re.compile("sort=bets"))
        order = [report.boards[place] for place in np.argsort(-report.bets, kind="stable")]
        assert boards_of(page) == order
        page.click("[data-sort=bets]")
        page.wait_for_url(re.compile("up=1"))
        assert report.bets[report.place(boards_of(page)[0])] == report.bets.min()
        # Only ace-high boards, and of these one.
        page.click("[data-filter='high=A']")
        page.wait_for_url(re.compile("high=A"))
        assert sorted(boards_of(page)) == ["As7d2c8h3c", "AsQhJh8c3d"]
        some = np.array([texture.high == "A" for texture in report.textures])
        assert f"{100 * report.means(some)['equity']['ip']:.1f} %" in page.inner_text("tr.all")
        page.fill("#find", "q a")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("find="))
        assert boards_of(page) == ["AsQhJh8c3d"]
        page.click("[data-board=AsQhJh8c3d]")
        page.wait_for_selector("#board")
        row = report.row("AsQhJh8c3d")
        assert f"{row['ev_oop']:.3f}".rstrip("0").rstrip(".") in page.inner_text("#board .ev >> nth=0")
        # The address alone shows the same to another browser.
        kept = page.url
        with watched_page(browser, site, 390) as narrow:
            narrow.goto(site.url(kept.removeprefix(site.address)))
            narrow.wait_for_selector("#board")
            assert boards_of(narrow) == ["AsQhJh8c3d"]
            assert narrow.evaluate("document.documentElement.scrollWidth") <= 390
        # Its solution, and the way back.
        page.keyboard.press("o")
        page.wait_for_url(re.compile("/solution"))
        page.wait_for_selector(".action")
        mean = report.frequencies[report.place("AsQhJh8c3d")][0]
        assert f"{100 * mean:.1f} %" in page.inner_text(".action >> nth=0")
        page.go_back()
        page.wait_for_selector("#board")
        page.click("text=Change the spot on this board")
        page.wait_for_url(re.compile("/spot"))
        page.wait_for_selector("#solve:not([disabled])")
        page.go_back()
        page.wait_for_selector("#board")
        page.keyboard.press("Escape")
        page.wait_for_selector("#board", state="detached")
        page.click("#clear")
        page.wait_for_url(lambda url: "high" not in url)
        assert len(boards_of(page)) == 6


def test_rows_by_texture_and_by_keys(reported, tmp_path, browser):
    report = hm.open_report(reported)
    with (
        running_site(Explorer(Sources([str(reported)]), tmp_path / "spots")) as site,
        watched_page(browser, site) as page,
    ):
        page.goto(site.url("/report?of=srp&by=high"))
        page.wait_for_selector("[data-group]")
        groups = page.locator("[data-group]").evaluate_all("rows => rows.map(row => row.dataset.group)")
        assert sorted(groups) == ["6", "9", "A", "K"]
        page.keyboard.press("ArrowDown")
        name = page.evaluate("document.activeElement.dataset.group")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(f"high={name}"))
        settle(page)
        assert boards_of(page) == [board for board, each in zip(report.boards, report.textures) if each.high == name]
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_selector("#board")


def test_a_report_that_is_still_being_solved(reported, tmp_path, browser):
    live = tmp_path / "live"
    shutil.copytree(reported, live)
    later = live / "boards" / "6s5s4s3s2h.json"
    shutil.move(later, tmp_path / "later.json")
    with running_site(Explorer(Sources([str(live)]), tmp_path / "spots")) as site, watched_page(browser, site) as page:
        page.goto(site.url("/report"))
        page.wait_for_selector("text=1 of 6 boards are not done yet")
        assert len(boards_of(page)) == 5
        shutil.move(tmp_path / "later.json", later)
        page.wait_for_selector("[data-board='6s5s4s3s2h']")
        assert page.locator("text=not done yet").count() == 0


def test_nothing_but_the_report_s_own_files(reported, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(reported, copy)
    book = ReportBook(Sources([str(copy)]))
    assert book.solution_of("copy:Ks7h2h8c3d") == copy / "solutions" / "Ks7h2h8c3d"
    assert book.solution_of("copy") is None and book.solution_of("other:Ks7h2h8c3d") is None
    for name in ("copy:..", "copy:../../x", "copy:Ks7h2h8c4d", "copy:"):
        with pytest.raises(NotFoundError, match="not among those that copy has done"):
            book.solution_of(name)
    row = copy / "boards" / "Ks7h2h8c3d.json"
    shutil.move(row, tmp_path / "elsewhere.json")
    os.symlink(tmp_path / "elsewhere.json", row)
    with pytest.raises(DataError, match="a link out of"):
        book.open("copy")
    os.unlink(row)
    (copy / "manifest.json").write_text('{"format": "holdem_mpi report"}')
    with pytest.raises(DataError, match="expected the manifest of a report"):
        ReportBook(Sources([str(copy)])).open("copy")
