"""The blueprint view in a browser, walked as a person would, its numbers those of the Python API."""

import re

import pytest
from helpers.browsing import settle

from holdem_mpi.api import load_policy
from holdem_mpi.explorer.policy_view import next_cards

NAME = "nolimit_hu_200bb"
BOARD = "Qh7h2c5sTd"


@pytest.fixture(scope="module")
def policy():
    return load_policy(NAME)


def shares(page) -> dict[str, str]:
    """{action: percentage} of the buttons."""
    settle(page)
    page.wait_for_selector(".action")
    return {
        each.get_attribute("data-action"): each.query_selector(".share").inner_text()
        for each in page.query_selector_all(".action")
    }


def expected(policy, board, betting) -> dict[str, str]:
    found = policy.decision(board, betting)
    reach = found.reach[found.player]
    means = reach @ found.probabilities / reach.sum()
    return {name: f"{100 * mean:.1f} %" for name, mean in zip(found.actions, means)}


def test_from_preflop_to_the_river_and_back(visit, policy):
    page = visit(f"/blueprint?of={NAME}")
    assert shares(page) == expected(policy, "", "")
    assert "token" not in page.url
    seen = [page.url]

    def take(action, betting):
        page.click(f'[data-action="{action}"]')
        page.wait_for_url(re.compile(re.escape(f"line={betting}") + r"(&|$)"))
        settle(page)

    take("r300", "r300")
    page.wait_for_selector(".crumbs a")
    assert shares(page) == expected(policy, "", "r300")
    seen.append(page.url)
    take("c", "r300c/")
    for card in ("Qh", "7h", "2c"):
        page.click(f'[data-card="{card}"]')
    page.wait_for_selector(".grid")
    assert shares(page) == expected(policy, "Qh7h2c", "r300c/")
    for street, card in ((2, "5s"), (3, "Td")):
        line = f"r300{'c/c' * (street - 1)}"
        take("c", line)
        page.wait_for_selector(".action")
        take("c", f"{line}c/")
        page.wait_for_selector(f'[data-card="{card}"] small')
        told = {
            each["card"]: each["bets"] for each in next_cards(policy, BOARD[: 2 * street + 2], f"{line}c/")["cards"]
        }
        assert page.inner_text(f'[data-card="{card}"] small') == f"{100 * told[card]:.0f}"
        assert page.is_disabled('[data-card="Ks"]') == ("Ks" not in told) and page.is_enabled('[data-card="Qh"]')
        page.click(f'[data-card="{card}"]')
        page.wait_for_selector(".grid")
    assert shares(page) == expected(policy, BOARD, "r300c/cc/cc/")
    assert f"board={BOARD}" in page.url
    river = page.url
    while page.url != seen[0]:
        page.go_back()
        page.wait_for_timeout(30)
    page.wait_for_selector("text=BTN to act")
    assert shares(page) == expected(policy, "", "")
    # An address that was kept opens the same decision in a browser that never was here.
    again = visit(river.split("/", 3)[3].join(("/", "")))
    assert shares(again) == expected(policy, BOARD, "r300c/cc/cc/")


def test_a_newcomer_finds_what_a_class_does_against_a_raise(visit, policy):
    page = visit("/", width=390)
    page.click(".start a:text-is('nolimit_hu_200bb') >> nth=0")
    page.click("[data-action=r300]:has-text('3 bb')")
    page.wait_for_selector("text=BB to act")
    settle(page)
    page.hover('[data-hand="A5s"]')
    expected = policy.action_probabilities("Ah5h", board="", betting="r300")
    texts = ("fold", "call", "raise to 900", "raise to 20000 all-in")
    said = ", ".join(f"{text} {100 * share:.1f} %" for text, share in zip(texts, expected.values()))
    assert page.inner_text(".told") == f"A5s {said}; gets here 100.0 %"


def test_a_class_its_hands_and_the_money(visit, policy):
    page = visit(f"/blueprint?of={NAME}&line=r300c/cr600&board=Qh7h2c")
    page.wait_for_selector(".grid")
    page.hover('[data-hand="A5s"]')
    found = policy.decision("Qh7h2c", "r300c/cr600")
    line = page.inner_text(".told")
    assert line.startswith("A5s fold ") and "gets here" in line
    page.click('[data-hand="A5s"]')
    page.wait_for_selector("#combos table")
    rows = page.query_selector_all("#combos tbody tr")
    assert len(rows) == 4 and "hand=A5s" in page.url
    for row in rows:
        cards = "".join(
            each.get_attribute("aria-label")[0] + each.get_attribute("aria-label").split(" of ")[1][0]
            for each in row.query_selector_all(".card")
        )
        probabilities = policy.action_probabilities(cards, board="Qh7h2c", betting="r300c/cr600")
        cells = [cell.inner_text() for cell in row.query_selector_all("td")]
        assert cells[2 : 2 + len(probabilities)] == [f"{100 * each:.1f} %" for each in probabilities.values()]
    assert page.inner_text(".odds") == f"{100 * found.to_call / (found.pot + found.to_call):.1f} %"
    assert page.inner_text(".pot") == "900 (9 bb)" and page.inner_text(".to-call") == "300 (3 bb)"
    assert "BB 19,700" in page.inner_text(".stacks")
    page.click("#combos .close")
    assert "hand=" not in page.url and not page.query_selector("#combos table")


def test_a_bet_off_the_tree_is_told(visit):
    page = visit(f"/blueprint?of={NAME}")
    page.fill("[name=size]", "250")
    page.press("[name=size]", "Enter")
    page.wait_for_selector("[role=note]")
    assert "line=r250" in page.url and "r250 taken for r" in page.inner_text("[role=note]")


def test_by_keys_alone(visit, policy):
    page = visit(f"/blueprint?of={NAME}&board=Qh7h2c")
    settle(page)
    page.keyboard.press("3")
    page.wait_for_url("**line=r300*")
    settle(page)
    page.wait_for_selector('[data-action="c"]:focus')
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.action") == "r900"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**line=r300c/*")
    settle(page)
    page.keyboard.press("g")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.dataset.hand") == "KK"
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label.startswith("KK: check ") and "gets here" in label
    page.keyboard.press("Enter")
    page.wait_for_selector("#combos table")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("line=r300(&|$)"))
    settle(page)
    page.keyboard.press("?")
    assert "choose the board" in page.inner_text("dialog")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    assert shares(page) == expected(policy, "", "r300")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_all(visit, scheme):
    page = visit(f"/blueprint?of={NAME}&line=r300c/c&board=Qh7h2c&hand=A5s", width=390, color_scheme=scheme)
    page.wait_for_selector("#combos table")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.query_selector(".grid").bounding_box()["width"] > 350
    page.click('[data-action="c"]')
    page.wait_for_selector(".picker")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click(".random")
    page.wait_for_selector(".grid")
    assert len(page.query_selector_all(".street .card")) == 4


def test_three_players_and_a_small_deck(visit, runs):
    page = visit("/blueprint?of=small")
    policy = load_policy(runs / "small")
    assert shares(page) == expected(policy, "", "")
    rows = {row.query_selector("th").inner_text(): row for row in page.query_selector_all(".left tbody tr")}
    cells = [cell.inner_text() for cell in rows["K"].query_selector_all("td")][1:3]
    assert cells == [f"{100 * each:.1f} %" for each in policy.action_probabilities("K").values()]
    for _ in range(3):
        page.click('[data-action="c"]')
        settle(page)
    page.click('[data-card="Q"]')
    page.wait_for_selector(".left tbody tr")
    assert "board=Q" in page.url and shares(page) == expected(policy, "Q", "ccc/")


def test_what_is_not_there_is_said(visit):
    page = visit("/?x=1")
    settle(page)
    assert "What do you want to look at?" in page.inner_text("main")
    page.click(f"text={NAME}")
    page.wait_for_selector(".grid")


def test_a_stranger_is_asked_for_the_token(browser, site):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site.address}/blueprint?of={NAME}&line=r300")
    page.fill("[name=token]", "not it")
    page.click("form button")
    page.wait_for_selector("[name=token]")
    page.fill("[name=token]", site.url("").rpartition("=")[2])
    page.click("form button")
    page.wait_for_selector(".grid")
    assert "line=r300" in page.url and "token" not in page.url
    context.close()
