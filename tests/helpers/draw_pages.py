"""The pictures of docs/explore.md: the explorer's pages as a browser paints them.

python -m tests.helpers.draw_pages
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from holdem_mpi.api import solve_spot
from holdem_mpi.explorer.site import Explorer
from holdem_mpi.explorer.sources import Sources

from .browsing import a_browser, running_site, watched_page
from .launching import run_here

DOCS = Path(__file__).parents[2] / "docs"
REPORT = ("--spot", "flop", "--flops", "20", "--iterations", "8")
TRAIN = ("--game", "leduc", "--iters", "400000", "--batch-size", "500", "--snapshots", "2", "--log-interval", "0.02")


def _blueprint(page: Page) -> None:
    page.wait_for_selector("#combos table")
    page.hover('[data-hand="A5s"]')


def _solution(page: Page) -> None:
    page.wait_for_selector("#combos table")


def _run(page: Page) -> None:
    page.wait_for_selector(".chart")


def _report(page: Page) -> None:
    page.wait_for_selector("#board")


def _editor(page: Page) -> None:
    page.wait_for_selector("#solve:not([disabled])")
    page.wait_for_selector("text=hands")


PICTURES: dict[str, tuple[str, str, int, Callable[[Page], None]]] = {
    "explore_blueprint.png": (
        "/blueprint?of=nolimit_hu_200bb&line=r300c/cr600&board=Qh7h2c&hand=A5s",
        "light",
        860,
        _blueprint,
    ),
    "explore_solution.png": ("/solution?of=river&line=check,bet 50&hand=AKs", "light", 900, _solution),
    "explore_spot.png": ("/spot?of=turn", "light", 760, _editor),
    "explore_report.png": ("/report?of=srp&sort=bets&board=Ks9h5h", "light", 900, _report),
    "explore_run.png": ("/run?of=leduc", "dark", 800, _run),
}


def main() -> None:
    """Draw them all anew."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for words in (
            ("-m", "holdem_mpi.train", *TRAIN, "--logdir", "leduc"),
            ("-m", "holdem_mpi.evaluate", "exploitability", "--policy", "leduc", "--checkpoint", "all"),
            ("-m", "holdem_mpi.resolve", "report", *REPORT, "--out", "srp"),
        ):
            done = run_here(words, folder)
            assert done.returncode == 0, done.stderr
        solve_spot("river").save(folder / "river")
        names = [str(folder / "leduc"), str(folder / "river"), str(folder / "srp"), "nolimit_hu_200bb"]
        explorer = Explorer(Sources(names), folder / "spots")
        with running_site(explorer) as site, a_browser() as browser:
            for name, (path, scheme, height, prepare) in PICTURES.items():
                with watched_page(browser, site, 1180, color_scheme=scheme) as page:
                    page.set_viewport_size({"width": 1180, "height": height})
                    page.goto(site.url(path))
                    prepare(page)
                    page.wait_for_timeout(400)
                    page.screenshot(path=DOCS / name)
                    print(name)


if __name__ == "__main__":
    main()
