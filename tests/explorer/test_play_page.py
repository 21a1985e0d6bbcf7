"""Hands against a policy: the rules are kept, cards stay hidden until the end, and hands are saved as they were."""

import itertools
import re
import time

import pytest

from holdem_mpi.api import load_policy
from holdem_mpi.errors import UserError
from holdem_mpi.explorer.endpoint import NotFoundError
from holdem_mpi.explorer.play_review import SessionReviews
from holdem_mpi.explorer.play_table import PlayTable, PlayTables, SitAsked
from holdem_mpi.formats.acpc import parse_line
from holdem_mpi.formats.phh import read_hand, split_hands
from holdem_mpi.game.deck import Deck
from holdem_mpi.hands.dealing import to_phh

NAME = "nolimit_hu_200bb"


JUDGED = {
    "state": "done",
    "hands": 4,
    "plain": {"mean": 1000, "interval_95": [-2000, 4000]},
    "aivat": {"mean": -50, "interval_95": [-150, 50]},
    "ev_lost": None,
    "dearest": [
        {
            "hand": "2",
            "street": "river",
            "cards": "As Kh",
            "taken": "call",
            "probability": 0.02,
            "policy": "fold",
            "ev_lost": 120,
        }
    ],
}


@pytest.fixture(scope="module")
def policy():
    return load_policy(NAME)


def hidden(view: dict) -> bool:
    """Whether the bots' cards are."""
    return all((each["cards"] is None) == (each["name"] != "you") for each in view["players"])


def played(table: PlayTable, hands: int, choose) -> list[dict]:
    """Views of each hand's end; ``choose(view)`` is the human's action."""
    ends = []
    for _ in range(hands):
        view = table.view() if not ends else table.deal()
        while not view["over"]:
            assert hidden(view)
            assert all("strategy" not in told for told in view["told"] if told["who"] != "you")
            view = table.act(view["hand"], choose(view))
        ends.append(view)
    return ends


def unfinished(policy) -> PlayTable:
    """A table whose first hand waits for the human: the bot, who is first, may also fold at once."""
    while (table := PlayTable(policy, None)).view()["over"]:
        pass
    return table


def test_hands_are_those_of_the_rules_and_the_deck(policy):
    table = PlayTable(policy, None)
    raised = iter(range(10**6))

    def choose(view):
        names = [each["action"] for each in view["actions"]]
        return names[next(raised) % len(names)] if view["street_name"] != "river" else "c"

    ends = played(table, 20, choose)
    assert [view["hand"] for view in ends] == list(range(20)) and [view["seat"] for view in ends] == [0, 1] * 10
    deck = Deck(policy.game.rules.board_cards)
    for view, (hand, won) in zip(ends, table._done):
        assert won == deck.winnings(hand.final, hand.board, (hand.hand_of(0), hand.hand_of(1)))
        assert view["won"] == won[view["seat"]] and sum(won) == 0
        assert view["showdown"] == hand.final.is_showdown and (not view["showdown"] or len(view["board"]) == 10)
        for told in view["told"]:
            if told["who"] == "bot":
                bot = view["players"][1 - view["seat"]]["cards"]
                kept = policy.action_probabilities(bot, board=told["board"], betting=told["betting"])
                assert told["source"] == "blueprint"
                if not policy.decision(told["board"], told["betting"]).translated:
                    assert told["strategy"] == pytest.approx(kept, abs=1e-6)
    assert ends[-1]["total"] == sum(view["won"] for view in ends) and ends[-1]["hands"] == 20


def test_saved_hands_are_read_back(policy):
    table = PlayTable(policy, None)
    played(table, 6, lambda view: "c")
    read = [read_hand(section)[0] for section in split_hands(table.saved("phhs"))]
    assert read == [to_phh(hand)._replace(rules=found.rules) for found, (hand, _) in zip(read, table._done)]
    assert [(hand.rules.stacks, hand.rules.blinds) for hand in read] == [((20_000,) * 2, (100, 50))] * 6
    for line, (hand, won) in zip(table.saved("acpc").splitlines(), table._done):
        found = parse_line(line.encode())
        assert found.result == won and found.number == int(hand.name)
    with pytest.raises(UserError, match="no hand is over"):
        unfinished(policy).saved("phhs")


def test_what_the_rules_do_not_allow(policy, explorer):
    table = unfinished(policy)
    view = table.view()
    for action in ("r1", "x", "", "r", "r-5", "r99999999", "rr", "r²"):
        with pytest.raises(UserError):
            table.act(view["hand"], action)
    with pytest.raises(UserError, match="gone on"):
        table.act(view["hand"] + 1, "c")
    with pytest.raises(UserError, match="not over"):
        table.deal()
    tables = PlayTables(explorer.policies)
    with pytest.raises(NotFoundError):
        tables.get("none")
    names = [tables.sit(SitAsked(of=NAME))["table"] for _ in range(17)]
    tables.get(names[-1])
    with pytest.raises(NotFoundError):
        tables.get(names[0])
    with pytest.raises(UserError, match="expected a policy of hold'em"):
        tables.sit(SitAsked(of="small"))


def test_a_session_is_judged_though_bets_were_off_the_tree(policy):
    table, odd = PlayTable(policy, None), itertools.count(201, 7)

    def choose(view):
        wanted = view["raise_from"] + next(odd)
        return f"r{wanted}" if view["raise_from"] and wanted < view["raise_to"] // 4 else "c"

    ends, reviews = played(table, 6, choose), SessionReviews()
    assert reviews.state("a") == {"state": "none"}
    assert reviews.start("a", table) == {"state": "runs"}
    with pytest.raises(UserError, match="judged already"):
        reviews.start("b", table)
    while reviews.state("a")["state"] == "runs":
        time.sleep(0.1)
    told = reviews.state("a")
    assert told["state"] == "done", told
    assert told["hands"] == 6 and told["aivat"]["count"] == 6
    big_blinds = ends[-1]["total"] / ends[-1]["big_blind"] / 6
    assert told["plain"]["mean"] == pytest.approx(1000 * big_blinds)
    with pytest.raises(UserError, match="no hand is over"):
        reviews.start("c", unfinished(policy))


def test_it_may_search(policy):
    table = PlayTable(policy, 50.0)
    ends = played(table, 4, lambda view: "c")
    sources = {told["source"] for view in ends for told in view["told"] if told["who"] == "bot" and told["street"] > 0}
    assert "search" in sources or "partial search" in sources


def test_a_hand_is_played_by_keys_and_saved(visit):
    page = visit("/play", width=390)
    page.click("#sit")
    page.wait_for_selector(".felt")
    for hand in range(4):
        while page.query_selector("#next") is None:
            before = page.inner_text(".play")
            page.keyboard.press("c")
            page.wait_for_function("(before) => document.querySelector('.play').innerText !== before", arg=before)
        assert re.match("You win|You lose|Nobody wins", page.inner_text(".result"))
        assert page.inner_text(".hands") == str(hand + 1) and page.locator(".card.back").count() == 0
        if hand < 3:
            page.keyboard.press("n")
            page.wait_for_selector(f".felt[aria-label='Hand {hand + 2}']")  # which the bot may fold at once
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with page.expect_download() as download:
        page.click("text=PHH")
    assert download.value.path().read_text().count("variant = 'NT'") == 4
    # What judging says is tested above; here only how the page tells it.
    page.route("**/api/play/judge", lambda route: route.fulfill(json={"state": "runs"}))
    page.route("**/api/play/judged*", lambda route: route.fulfill(json=JUDGED))
    page.click("#judge")
    page.wait_for_selector(".verdict")
    assert page.inner_text(".plain") == "1,000 (-2,000 to 4,000) mbb/g" and page.inner_text(".lost") == "–"  # noqa: RUF001
    assert page.inner_text(".aivat") == "-50 (-150 to 50) mbb/g"
    dearest = page.inner_text(".verdict li").replace("\n", "")
    assert dearest.startswith("Hand 3, river: A♠K♥ call, which the policy does 2 % of the time")
    page.unroute_all()
    again = visit(page.url.split("/", 3)[3].join(("/", "")))
    again.wait_for_selector(".felt")
    assert again.inner_text(".total") == page.inner_text(".total")
    link = page.locator("text=what it does there with every hand").first
    if link.count():
        link.click()
        page.wait_for_selector(".grid")
