"""What the blueprint view is told, against ``Policy.decision``."""

import shutil

import httpx
import numpy as np
import pytest
from helpers.browsing import TOKEN

from holdem_mpi.api import load_policy
from holdem_mpi.cards import CLASS_OF_HAND, class_name
from holdem_mpi.errors import UserError
from holdem_mpi.explorer.policy_view import PolicyBook, combos_view, decision_view, next_cards, seat_names
from holdem_mpi.explorer.sources import Sources
from holdem_mpi.game.rules import Rules
from holdem_mpi.storage.checkpoint import list_generations

NAME = "nolimit_hu_200bb"
PLACES = [
    ("", ""),
    ("", "r300"),
    ("Qh7h2c", "r300c/cr900"),
    ("Qh7h2c5s", "r300c/cr600c/"),
    ("Qh7h2c5sTd", "r300c/cc/cc/c"),
]


@pytest.fixture(scope="module")
def policy():
    return load_policy(NAME)


@pytest.mark.parametrize(("board", "betting"), PLACES)
def test_classes_and_ranges_are_means_over_hands(policy, board, betting):
    found, view = policy.decision(board, betting), decision_view(policy, board, betting)
    reach = found.reach[found.player]
    for place, cell in enumerate(view["classes"]):
        hands = np.flatnonzero((place == CLASS_OF_HAND) & (found.buckets >= 0))
        assert (cell is None) == (hands.size == 0)
        if cell is None:
            continue
        assert cell["name"] == class_name(place) and cell["combos"] == hands.size
        assert cell["reach"] == pytest.approx(reach[hands].mean(), abs=1e-12)
        if reach[hands].sum() > 0:
            mean = reach[hands] @ found.probabilities[hands] / reach[hands].sum()
            assert cell["play"] == pytest.approx(mean, abs=1e-12)
    for seat, told in enumerate(view["ranges"]):
        assert told["combos"] == pytest.approx(found.reach[seat].sum())
    assert [each["action"] for each in view["actions"]] == list(found.actions)
    assert (view["pot"], view["to_call"], tuple(view["stacks"])) == (found.pot, found.to_call, found.stacks)


def test_the_line_back_and_the_cards_that_are_missing(policy):
    view = decision_view(policy, "Qh7h2c5sTd", "r300c/cr900")
    assert view["board"] == "Qh7h2c" and view["needs"] == 0
    assert [(each["player"], each["betting"], each["text"]) for each in view["crumbs"]] == [
        (1, "", "raise to 300"),
        (0, "r300", "call"),
        (0, "r300c/", "check"),
        (1, "r300c/c", "bet 600"),
    ]
    assert view["odds"] == pytest.approx(600 / 1800)
    raised = [each for each in view["actions"] if each["kind"] == "raise"]
    assert raised[0]["share"] == pytest.approx((int(raised[0]["action"][1:]) - 900) / 1800)
    for board in ("", "Qh", "Qh7h"):
        view = decision_view(policy, board, "r300c/c")
        assert view["needs"] == 3 - len(board) // 2 and "actions" not in view
    for board, betting in (("Qh7h2", "r300c/"), ("QhQh2c", "r300c/"), ("", "r1"), ("", "fx"), ("1h2h3h", "r300c/")):
        with pytest.raises(UserError):
            decision_view(policy, board, betting)


def test_hands_of_a_class(policy):
    told = combos_view(policy, "Qh7h2c5sTd", "r300c/c", "A5s")
    assert [row["hand"] for row in told["hands"]] == ["As5s", "Ah5h", "Ad5d", "Ac5c"]
    found = policy.decision("Qh7h2c", "r300c/c")
    for row in told["hands"]:
        assert dict(zip(told["actions"], row["play"])) == policy.action_probabilities(
            row["hand"], board="Qh7h2c", betting="r300c/c"
        )
        assert row["visited"] in (True, False) and row["bucket"] in found.buckets
    assert [row["hand"] for row in combos_view(policy, "Qh7h2c", "r300c/c", "QQ")["hands"]] == ["QsQd", "QsQc", "QdQc"]
    for name in ("", "A5", "AAs", "x", "5As"):
        with pytest.raises(UserError, match="expected a class"):
            combos_view(policy, "", "", name)


def test_the_cards_that_may_come_next(policy):
    told = next_cards(policy, "Qh7h2c", "r300c/cc/")
    assert told["seat"] == "BB" and len(told["cards"]) == 49
    for each in told["cards"][::9]:
        found = policy.decision("Qh7h2c" + each["card"], "r300c/cc/")
        reach = found.reach[0]
        assert each["bets"] == pytest.approx(reach @ found.probabilities[:, 1:].sum(axis=1) / reach.sum())
    for board, betting in (
        ("", "r300c/"),
        ("Qh7h2c5s", "r300c/cc/"),
        ("Qh7h", "r300c/cc/"),
        ("", ""),
        ("Qh7h2c", "r300c/"),
    ):
        with pytest.raises(UserError):
            next_cards(policy, board, betting)


@pytest.mark.parametrize("players", [2, 3, 4, 5, 6])
def test_seats_have_the_names_that_players_use(players):
    blinds = (100, 50) if players == 2 else (50, 100, *(0,) * (players - 2))
    names = seat_names(Rules(stacks=(2000,) * players, blinds=blinds))
    assert len(set(names)) == players and names[0] == ("BB" if players == 2 else "SB")
    assert players < 3 or (names[1], names[-1]) == ("BB", "BTN")
    assert seat_names(Rules(stacks=(2000,) * players, blinds=(0,) * players, ante=5))[0] == "seat 0"


def test_a_run_that_trains_shows_its_newest_checkpoint(runs, tmp_path):
    run = tmp_path / "going"
    shutil.copytree(runs / "small", run)
    shutil.rmtree(run / "policy")
    book = PolicyBook(Sources([str(run)]))
    policy = book.open("going")
    numbers = [number for number, _ in list_generations(run / "checkpoints")]
    assert policy.manifest["checkpoint"] == numbers[-1]
    assert book.open(f"going@{numbers[0]}").manifest["checkpoint"] == numbers[0]
    with pytest.raises(UserError):
        book.open("going@999")
    with pytest.raises(UserError, match="not among those"):
        book.open("../going")


def test_errors_of_an_address_are_one_line(site):
    cookie = {"Cookie": f"{site.cookie}={TOKEN}"}
    for path, status in [
        ("policy/decision", 400),
        ("policy/decision?of=none", 404),
        (f"policy/decision?of={NAME}&betting=x", 400),
        (f"policy/decision?of={NAME}&board=Qh&board=Qd", 400),
        (f"policy/decision?of={NAME}&more=1", 400),
        (f"policy/decision?of={NAME}&betting={'c' * 2000}", 400),
        ("none", 404),
    ]:
        found = httpx.get(f"{site.address}/api/{path}", headers=cookie)
        assert found.status_code == status, path
        assert found.json()["error"] and "\n" not in found.json()["error"]
