"""Policies of three and of six players in the browser, against the Python API."""

import pytest
import yaml
from helpers.browsing import running_site, watched_page
from helpers.launching import run_here

from holdem_mpi.api import load_policy
from holdem_mpi.explorer.site import Explorer
from holdem_mpi.explorer.sources import Sources

SIX = {
    "game": {
        "name": "six",
        "deck": "holdem",
        "players": 6,
        "betting": "no_limit",
        "stacks": 400,
        "blinds": [50, 100, 0, 0, 0, 0],
        "board_cards": [0, 3],
        "bet_sizes": [1.0],
        "max_raises": [1, 1],
    },
    "abstraction": {"buckets": [169, 1]},
}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A folder with a run of each game."""
    folder = tmp_path_factory.mktemp("tables")
    (folder / "six.yaml").write_text(yaml.safe_dump(SIX))
    short = ("--iters", "200", "--batch-size", "100")
    for words in (
        ("--game", "nolimit_3max_20bb", "--buckets", "169,1,1,1", "--logdir", "runs/three"),
        ("--config", "six.yaml", "--logdir", "runs/six"),
    ):
        done = run_here(("-m", "holdem_mpi.train", *words, *short), folder)
        assert done.returncode == 0, done.stderr
    return folder / "runs"


@pytest.mark.parametrize(
    ("name", "seats", "line"), [("three", "SB BB BTN", "r200cf"), ("six", "SB BB UTG HJ CO BTN", "fffcc")]
)
def test_seats_ranges_and_folds(tables, tmp_path, browser, name, seats, line):
    policy, names = load_policy(tables / name), seats.split()
    found = policy.decision("", line) if name == "six" else policy.decision("Qh7h2c", "r200cf/")
    board = "" if name == "six" else "&board=Qh7h2c"
    with running_site(Explorer(Sources([str(tables)]), tmp_path)) as site, watched_page(browser, site) as page:
        page.goto(site.url(f"/blueprint?of={name}&line={found.betting}{board}"))
        page.wait_for_selector(".grid")
        reach = found.reach[found.player]
        means = reach @ found.probabilities / reach.sum()
        shown = [each.inner_text() for each in page.query_selector_all(".action .share")]
        assert shown == [f"{100 * mean:.1f} %" for mean in means]
        assert page.inner_text(".now").split()[0] == names[found.player]
        folded = line.count("f")
        assert page.locator(".stacks .out").count() == folded
        figures = page.query_selector_all(".ranges figcaption")
        assert len(figures) == len(names) - folded
        for figure in figures:
            seat, combos = figure.inner_text().split()[:2]
            assert float(combos.replace(",", "")) == pytest.approx(found.reach[names.index(seat)].sum(), abs=0.06)
        page.keyboard.press("ArrowLeft")
        page.wait_for_selector(f"text={names[policy.decision('', line[:-1]).player]} to act")
