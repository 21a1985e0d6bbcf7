"""The pictures of docs/explore.md: the explorer's pages as a browser paints them.

python -m tests.helpers.draw_pages [NAME.png ...]
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

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


def _lock(page: Page) -> None:
    page.wait_for_selector("#brush")
    page.click("button:text('Always call')")
    for name in ("AKs", "AQs", "AKo", "AQo", "99", "88"):
        page.click(f'.left [data-hand="{name}"]')
    page.wait_for_selector("#solve-again")
    page.click("[aria-label=Close]")


def _cards(page: Page) -> None:
    page.wait_for_selector("#deal .tone")
    page.locator("#deal").scroll_into_view_if_needed()


PICTURES: dict[str, tuple[str, str, int, Callable[[Page], None]]] = {
    "explore_blueprint.png": (
        "/blueprint?of=nolimit_hu_200bb&line=r300c/cr600&board=Qh7h2c&hand=A5s",
        "light",
        860,
        _blueprint,
    ),
    "explore_cards.png": ("/solution?of=turn&line=check&cards=check,check&by=ev", "dark", 900, _cards),
    "explore_lock.png": ("/solution?of=river&line=check,bet 50&tool=lock", "light", 900, _lock),
    "explore_solution.png": ("/solution?of=river&line=check,bet 50&hand=AKs", "light", 900, _solution),
    "explore_spot.png": ("/spot?of=turn", "light", 760, _editor),
    "explore_report.png": ("/report?of=srp&sort=bets&board=Ks9h5h", "light", 900, _report),
    "explore_run.png": ("/run?of=leduc", "dark", 800, _run),
}


def _source(name: str, folder: Path) -> str:
    """Make what a picture shows, where it does not come with the package; its name on the explorer's command line."""
    commands = {
        "leduc": [
            ("-m", "holdem_mpi.train", *TRAIN, "--logdir", "leduc"),
            ("-m", "holdem_mpi.evaluate", "exploitability", "--policy", "leduc", "--checkpoint", "all"),
        ],
        "srp": [("-m", "holdem_mpi.resolve", "report", *REPORT, "--out", "srp")],
    }
    for words in commands.get(name, []):
        done = run_here(words, folder)
        assert done.returncode == 0, done.stderr
    if name in ("river", "turn"):
        solve_spot(name).save(folder / name)
    return str(folder / name) if (folder / name).exists() else name


def main() -> None:
    """Draw those that are named anew, or all of them."""
    wanted = sys.argv[1:] or list(PICTURES)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        of = {parse_qs(urlsplit(PICTURES[name][0]).query)["of"][0] for name in wanted}
        explorer = Explorer(Sources([_source(name, folder) for name in sorted(of)]), folder / "spots")
        with running_site(explorer) as site, a_browser() as browser:
            for name in wanted:
                path, scheme, height, prepare = PICTURES[name]
                with watched_page(browser, site, 1180, color_scheme=scheme) as page:
                    page.set_viewport_size({"width": 1180, "height": height})
                    page.goto(site.url(path))
                    prepare(page)
                    page.wait_for_timeout(400)
                    page.screenshot(path=DOCS / name)
                    print(name)


if __name__ == "__main__":
    main()
