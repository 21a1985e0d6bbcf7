"""Policies of three and of six players in the browser, against the Python API."""

import pytest
import yaml
from helpers.browsing import running_site, watched_page
from helpers.launching import run_here

import holdem_mpi as hm
from holdem_mpi.api import load_policy
from holdem_mpi.explorer.play_table import PlayTable
from holdem_mpi.explorer.site import Explorer
from holdem_mpi.explorer.sources import Sources
from holdem_mpi.game.deck import Deck


def config_of(players: int) -> dict:
    """A game of so many players that ends on the flop, with one bucket there: its tables are small."""
    game = {
        "name": f"of{players}",
        "deck": "holdem",
        "players": players,
        "betting": "no_limit",
        "stacks": 400,
        "blinds": [50, 100] + [0] * (players - 2),
        "board_cards": [0, 3],
        "bet_sizes": [1.0],
        "max_raises": [1, 1],
    }
    return {"game": game, "abstraction": {"buckets": [169, 1]}}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A folder with a run of each game."""
    folder = tmp_path_factory.mktemp("tables")
    for players in (3, 6):
        (folder / "game.yaml").write_text(yaml.safe_dump(config_of(players)))
        options = ("--iters", "200", "--batch-size", "100", "--config", "game.yaml", "--logdir", f"runs/of{players}")
        done = run_here(("-m", "holdem_mpi.train", *options), folder)
        assert done.returncode == 0, done.stderr
    return folder / "runs"


@pytest.mark.parametrize(
    ("name", "seats", "board", "line"),
    [("of3", "SB BB BTN", "Qh7h2c", "r350cf/"), ("of6", "SB BB UTG HJ CO BTN", "", "fffcc")],
)
def test_seats_ranges_and_folds(tables, tmp_path, browser, name, seats, board, line):
    policy, names = load_policy(tables / name), seats.split()
    found = policy.decision(board, line)
    with running_site(Explorer(Sources([str(tables)]), tmp_path)) as site, watched_page(browser, site) as page:
        page.goto(site.url(f"/blueprint?of={name}&line={line}&board={board}"))
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
        before = policy.decision("", line.rstrip("/")[:-1])
        page.wait_for_selector(f"text={names[before.player]} to act")


def test_a_table_of_three(tables, tmp_path, browser):
    """All move on by a seat, hands of bots stay hidden until the end, and the page plays and saves them."""
    table = PlayTable(load_policy(tables / "of3"), None)
    deck, seats = Deck((0, 3)), []
    for number in range(6):
        view = table.deal() if number else table.view()
        while not view["over"]:
            assert all((each["cards"] is None) == (each["name"] != "you") for each in view["players"])
            view = table.act(number, "c")
        hand, won = table._done[-1]
        assert won == deck.winnings(hand.final, hand.board, tuple(map(hand.hand_of, range(3)))) and sum(won) == 0
        assert view["won"] == won[view["seat"]] and {told["who"] for told in view["told"]} <= {*hand.names}
        seats.append(tuple(each["name"] for each in view["players"]))
    turns = ("you", "bot 1", "bot 2"), ("bot 2", "you", "bot 1"), ("bot 1", "bot 2", "you")
    assert seats == [*turns, *turns] and len(table.saved("acpc").splitlines()) == 6
    with running_site(Explorer(Sources([str(tables)]), tmp_path)) as site, watched_page(browser, site) as page:
        page.goto(site.url("/play?of=of3"))
        page.click("#sit")
        page.wait_for_selector(".felt")
        assert page.locator(".felt .seat").count() == 3
        while page.query_selector("#next") is None:
            before = page.inner_text(".play")
            page.keyboard.press("c")
            page.wait_for_function("(before) => document.querySelector('.play').innerText !== before", arg=before)
        assert page.locator(".card.back").count() == 0 and "Bot 1 (" in page.inner_text(".felt")


def test_an_agent_of_three(tables):
    policy = load_policy(tables / "of3")
    for where in ({}, {"board": "Qh7h2c", "betting": "ccc/"}):
        assert hm.Agent(policy).strategy("AhKh", **where) == pytest.approx(policy.action_probabilities("AhKh", **where))
