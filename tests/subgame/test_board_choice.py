"""Which boards a report takes, what they weigh, and what is refused."""

import itertools

import numpy as np
import pytest

from holdem_mpi.cards import NUM_CARDS, parse_cards
from holdem_mpi.errors import UserError
from holdem_mpi.subgame.board_choice import chosen_boards, meetings_on
from holdem_mpi.subgame.spot import open_spot

REST = {"board": "Ks 7h 2d", "pot": 10, "stacks": 20, "bet_sizes": [0.5]}


def spot(oop="AA", ip="KK", **more):
    return open_spot({**REST, "ranges": {"oop": oop, "ip": ip}, **more})


def test_all_flops_come_as_often_as_these_ranges_leave_them():
    choice = chosen_boards(spot("AA,72s", "KK"), "all", None)
    assert sum(board.share for board in choice.boards) == pytest.approx(1)
    assert sum(board.weight for board in choice.boards) == 22100 - 4  # KKK leaves no hand of KK; AAA leaves 72s
    by_name = {board.name: board.share for board in choice.boards}
    # KK meets AA (6 x 6 pairs) or 72s (4 x 6); each pair leaves 48 cards. Flops without A, K, 7 and 2 come alike.
    pairs = 6 * 6 + 4 * 6
    assert by_name["Qs8h5d"] == pytest.approx(24 * pairs / (pairs * 48 * 47 * 46 / 6))


def test_some_flops_have_together_what_all_have():
    template = spot("AA,72s", "KK,55:0.5")
    whole = {board.name: board.share for board in chosen_boards(template, "all", None).boards}
    few = chosen_boards(template, "25", None)
    assert len(few.boards) == 25 and few.told == "25 flops of 1,755"
    assert sum(board.share for board in few.boards) == pytest.approx(1)
    assert sum(board.weight for board in few.boards) == 22100
    assert all(board.share >= whole[board.name] - 1e-12 for board in few.boards)


def test_what_leaves_a_player_no_hand_is_left_out():
    choice = chosen_boards(spot("AA", "KK"), "Ks7h2h, As Ah Ad, AsKs2h:3", None)
    assert [(board.name, board.weight) for board in choice.boards] == [("Ks7h2h", 1), ("AsKs2h", 3)]
    assert choice.impossible == ("AsAhAd",)
    assert [board.share for board in choice.boards] == pytest.approx([18 / 45, 27 / 45])
    with pytest.raises(UserError, match="no hands of all ranges can meet"):
        chosen_boards(spot("AA", "KK"), "AsAhAd", None)


def test_meetings_against_a_plain_count():
    rng = np.random.default_rng(0)
    board = parse_cards("Ks7h2h")
    ranges = rng.random((2, 1326)) * (rng.random((2, 1326)) < 0.1)
    free = [card for card in range(NUM_CARDS) if card not in board]
    hands = {(high * (high - 1) // 2 + low): {high, low} for low, high in itertools.combinations(free, 2)}
    total = sum(
        ranges[0, v] * ranges[1, w]
        for v in hands
        if ranges[0, v]
        for w in hands
        if ranges[1, w] and not hands[v] & hands[w]
    )
    assert meetings_on(ranges, board) == pytest.approx(total)


@pytest.mark.parametrize("flop, oop, number", [("Ks7h2d", "AA", 49), ("Ks7h2h", "AA", 36), ("Ks7s2s", "AA", 23)])
def test_turn_cards_are_told_apart_as_far_as_suits_matter(flop, oop, number):
    choice = chosen_boards(spot(oop, "99"), None, flop)
    assert len(choice.boards) == number and sum(board.weight for board in choice.boards) == 49
    # Nobody has the card that comes: 3 cards of the flop and 4 of both hands are gone from the rest.
    by_name = {board.name: board for board in choice.boards}
    three = next(board for name, board in by_name.items() if name.startswith(f"{flop}5"))
    assert three.share == pytest.approx(three.weight * 36 / (36 * 45))


def test_single_suits_in_ranges_and_locks_are_heeded():
    choice = chosen_boards(spot("AhAd", "99"), None, "Ks7s2s")
    assert len(choice.boards) == 35 and choice.impossible == ("Ks7s2sAh",)  # hearts and diamonds change places
    with pytest.raises(UserError, match="--flops 20: flops that differ by suits alone"):
        chosen_boards(spot("AhAd", "99"), "20", None)
    locked = spot(locks=[{"line": [], "hands": {"AhAd": {"check": 1}}}])
    with pytest.raises(UserError, match="--flops all: flops that differ by suits alone"):
        chosen_boards(locked, "all", None)
    assert len(chosen_boards(spot(locks=[{"line": [], "strategy": {"check": 1}}]), "3", None).boards) == 3


@pytest.mark.parametrize(
    "flops, words",
    [
        ("0", "--flops 0: expected 1 to 1755 flops"),
        ("1756", "--flops 1756: expected 1 to 1755"),
        ("no/such.txt", "--flops no/such.txt: No such file or directory; expected all, a number, or a file"),
        ("Ks7h", "--flops Ks7h: board 1: 2 cards; expected three to five"),
        ("Ks7h2h,Ks7h2h8c", "board 2: 4 cards, those before have 3; expected boards of one street"),
        ("Ks7h2h,2hKs7h", "board 2: Ks7h2h is there already, as 1; expected each board once"),
        ("Ks7h2h:0", "board 1: weight '0': expected a number above 0"),
        ("Ks7h2h:nan", "weight 'nan'"),
        ("Ks7h2x", "board 1: card '2x': expected a rank"),
        ("sevens", "board 1: card"),
    ],
)
def test_what_is_no_board_is_named(flops, words):
    with pytest.raises(UserError) as caught:
        chosen_boards(spot(), flops, None)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_files_of_flops(tmp_path):
    path = tmp_path / "some.txt"
    path.write_text("# a subset\nKs 7h 2h:12\n\n  Qs,Jh,2h : 0.5  # wet\n")
    choice = chosen_boards(spot("55", "66"), str(path), None)
    assert choice.told == "boards of some.txt"
    assert [(board.name, board.weight) for board in choice.boards] == [("Ks7h2h", 12), ("QsJh2h", 0.5)]
    path.write_text("Ks 7h 2h\nKs 7h\n")
    with pytest.raises(UserError, match=r"some.txt: line 2: 2 cards"):
        chosen_boards(spot(), str(path), None)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="no text"):
        chosen_boards(spot(), str(path), None)
    path.write_text("# nothing\n")
    with pytest.raises(UserError, match="no boards; expected one a line"):
        chosen_boards(spot(), str(path), None)


@pytest.mark.parametrize(
    "flops, turns, words",
    [(None, None, "one of"), ("all", "Ks7h2h", "one of"), (None, "Ks7h", "got 2"), (None, "Ks7h2h3c", "got 4")],
)
def test_turns_are_of_a_flop(flops, turns, words):
    with pytest.raises(UserError, match=words):
        chosen_boards(spot(), flops, turns)
