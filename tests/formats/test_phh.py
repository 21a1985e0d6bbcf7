"""PHH: hands that pokerkit wrote are read as they were played; thousands of ours there and back; one line for each bad
file."""

import random
import subprocess
import sys

import phevaluator
import pokerkit
import pytest
from helpers.random_hands import random_hand, random_rules

from holdem_mpi.cards import card_name
from holdem_mpi.errors import ProtocolError
from holdem_mpi.formats.phh import PhhHand, read_hand, split_hands
from holdem_mpi.formats.phh_writer import format_hands
from holdem_mpi.game.pots import payoffs
from holdem_mpi.game.rules import BettingState, Rules

GOOD = """\
variant = 'NT'
antes = [0, 0]
blinds_or_straddles = [50, 100]
min_bet = 100
starting_stacks = [2000, 2000]
actions = [
  'd dh p1 AhKd',  # it's nice
  'd dh p2 QsQc',
  'p2 cbr 300', 'p1 cc',
  'd db 2h3d4c',
  'p1 cc',
  'p2 cbr 400',
  'p1 f',
]
players = ['Ann', 'Bob']
"""


def named(number, hand):
    names = tuple(f"name {seat}" for seat in range(hand.rules.num_players))
    return PhhHand(str(number), hand.rules, hand.hole, hand.board, hand.actions, names)


def read_all(text):
    return [read_hand(section)[0] for section in split_hands(text)]


def test_what_a_file_says():
    (section,) = split_hands(GOOD)
    hand, lines = read_hand(section)
    assert hand.rules == Rules((2000, 2000), (100, 50)) and hand.names == ("Ann", "Bob") and hand.name == "1"
    assert hand.actions == (300, 0, 0, 700, -1) and lines == (9, 9, 11, 12, 13)
    assert ["".join(map(card_name, cards)) for cards in (*hand.hole, hand.board)] == ["AhKd", "QsQc", "2h3d4c"]


def test_random_hands_there_and_back():
    rng = random.Random(1)
    for fixed in (False, True):
        hands = [named(n, random_hand(random_rules(rng, rng.choice((2, 2, 2, 3, 6)), fixed), rng)) for n in range(400)]
        assert read_all(format_hands(hands)) == hands


def pokerkits_hand(rng, players, fixed):
    """A random hand that pokerkit alone deals and plays: (its state at the end, its PHH text). Half the time the big
    blind alone has an ante.
    """
    trimmed = rng.random() < 0.5
    by_hand = (pokerkit.Automation.CARD_BURNING,)
    automations = tuple(each for each in pokerkit.Automation if each not in by_hand)
    game = (pokerkit.FixedLimitTexasHoldem if fixed else pokerkit.NoLimitTexasHoldem)(
        automations, trimmed, (0, 3) if not trimmed else rng.choice((0, 3)), (10, 20), *((20, 40) if fixed else (20,))
    )
    random.seed(rng.getrandbits(32))  # pokerkit shuffles with the global generator
    stacks = [rng.randint(15, 900) for _ in range(players)]
    if players > 2:  # with a big blind who cannot post in full, pokerkit lets others call less than our rules
        stacks[1] = max(stacks[1], 23)
    state = game(stacks, players)
    while state.status:
        if state.can_burn_card():
            state.burn_card("??")
        elif state.checking_or_calling_amount and rng.random() < 0.15:
            state.fold()
        elif state.can_complete_bet_or_raise_to() and rng.random() < 0.4:
            least = state.min_completion_betting_or_raising_to_amount
            state.complete_bet_or_raise_to(
                rng.randint(least, min(3 * least, state.max_completion_betting_or_raising_to_amount))
            )
        else:
            state.check_or_call()
    return state, pokerkit.HandHistory.from_game_state(game, state).dumps()


@pytest.mark.parametrize("fixed", [False, True], ids=["no-limit", "fixed-limit"])
@pytest.mark.parametrize("players", [2, 3, 6])
def test_hands_written_by_pokerkit_have_the_same_payoffs(players, fixed):
    rng, refused, dead = random.Random(players + 10 * fixed), 0, 0
    for _ in range(80):
        theirs, text = pokerkits_hand(rng, players, fixed)
        try:
            (hand,) = read_all(text)
        except ProtocolError as error:  # a raise after a short all-in, which the TDA does not allow
            assert players > 2 and "cannot bet or raise" in str(error)
            refused += 1
            continue
        state = BettingState.start(hand.rules)
        for action in hand.actions:
            state = state.apply(action)
        assert state.is_over and hand.names == tuple(f"p{seat + 1}" for seat in range(players))
        strengths = [0] * players
        if state.is_showdown:
            board = [card_name(card) for card in hand.board]
            strengths = [-phevaluator.evaluate_cards(*map(card_name, cards), *board) for cards in hand.hole]
        won = payoffs(state.contributions, state.folded, strengths, "seat", state.rules.antes_paid)
        assert won == list(theirs.payoffs)
        dead += state.rules.dead > 0
    assert refused <= 4 and dead > 20


def test_raises_after_a_short_all_in_and_a_short_big_blind_are_by_the_tda():
    head = "variant = 'NT'\nantes = [0, 0, 0, 0]\nblinds_or_straddles = [50, 100, 0, 0]\nmin_bet = 100\n"
    deals = ", ".join(f"'d dh p{seat} ????'" for seat in range(1, 5))
    limp = (
        head + f"starting_stacks = [1000, 1000, 1000, 150]\nactions = [{deals}, 'p3 cc', 'p4 cbr 150', 'p1 f', 'p2 cc'"
    )
    assert read_all(limp + ", 'p3 cc']")[0].actions == (0, 150, -1, 0, 0)
    with pytest.raises(ProtocolError, match="seat 2 cannot bet or raise to 400 chips; legal: none"):
        read_all(limp + ", 'p3 cbr 400']")
    # Chips of a street are those of the hand less what a call of the full blind has put in before.
    short = head + f"starting_stacks = [1000, 60, 1000, 1000]\nactions = [{deals}, 'p3 cc', 'p4 f', 'p1 cc'"
    assert read_all(short + ", 'd db 2c3d4h', 'p1 cbr 200', 'p3 f']")[0].actions == (0, -1, 0, 300, -1)


BIG_BLIND_ANTE = """\
variant = 'NT'
ante_trimming_status = false
antes = [0, 300, 0]
blinds_or_straddles = [100, 200, 0]
min_bet = 200
starting_stacks = [9000, 12000, 7000]
actions = ['d dh p1 7s4s', 'd dh p2 Js8h', 'd dh p3 QdQh', 'p3 cbr 500', 'p1 f', 'p2 f']
"""


@pytest.mark.parametrize(
    "change, stacks",
    [
        ((), [8900, 11500, 7600]),
        (("[0, 300, 0]", "[0, 0, 250]"), [8900, 11800, 7300]),  # of the button
        (("'p1 f', 'p2 f'", "'p1 f', 'p2 cbr 11700', 'p3 f'"), [8900, 12600, 6500]),
    ],
)
def test_antes_by_seat_are_read_and_written(change, stacks):
    text = BIG_BLIND_ANTE.replace(*change) if change else BIG_BLIND_ANTE
    (hand,) = read_all(text)
    state = BettingState.start(hand.rules)
    for action in hand.actions:
        state = state.apply(action)
    won = payoffs(state.contributions, state.folded, (0, 0, 0), "seat", hand.rules.antes_paid)
    assert [stack + chips for stack, chips in zip(hand.rules.stacks, won)] == stacks
    assert read_all(format_hands([hand])) == [hand]
    # Of two players the big blind comes first, and antes stand in the order of blinds.
    (two,) = read_all(DOLLARS.replace("[0, 0]", "[0, 1]"))
    assert two.rules.antes == (4, 0) and two.rules.blinds == (4, 2)
    assert read_all(format_hands([two])) == [two]


DOLLARS = """\
variant = 'NT'
antes = [0, 0]
blinds_or_straddles = [0.50, 1]
min_bet = 1.00
starting_stacks = [20.00, 20]
actions = ['d dh p1 AhKd', 'd dh p2 QsQc', 'p2 cbr 3  # three', 'p1 cc', 'd db 2h3d4c', 'p1 cc', 'p2 cbr 4.75', 'p1 f']
"""
TABLE = Rules((2000, 2000), (100, 50))


@pytest.mark.parametrize(
    "text, table, stacks, blinds, actions",
    [
        # The largest unit that makes all whole: a quarter of a dollar, half of one, a dollar, a cent.
        (DOLLARS, None, (80, 80), (4, 2), (12, 0, 0, 31, -1)),
        (DOLLARS.replace("4.75", "4.50"), None, (40, 40), (2, 1), (6, 0, 0, 15, -1)),
        (DOLLARS.replace("4.75", "4").replace("0.50", "0"), None, (20, 20), (1, 0), (3, 0, 0, 7, -1)),
        (DOLLARS.replace("20]", "20.01]"), None, (2000, 2001), (100, 50), (300, 0, 0, 775, -1)),
        # The table's, where that does; not where it does not.
        (DOLLARS, TABLE, (2000, 2000), (100, 50), (300, 0, 0, 775, -1)),
        (DOLLARS.replace("4.75", "4.751"), TABLE, (20000, 20000), (1000, 500), (3000, 0, 0, 7751, -1)),
        # What nobody knows is as at the table.
        (DOLLARS.replace("[20.00, 20]", "[inf, inf]"), TABLE, (2000, 2000), (100, 50), (300, 0, 0, 775, -1)),
        (GOOD.replace("[2000, 2000]", "[2000, inf]"), TABLE, (2000, 2000), (100, 50), (300, 0, 0, 700, -1)),
    ],
)
def test_cents_fractions_and_unknown_stacks(text, table, stacks, blinds, actions):
    (section,) = split_hands(text)
    hand, lines = read_hand(section, table=table)
    assert (hand.rules.stacks, hand.rules.blinds, hand.actions) == (stacks, blinds, actions)
    assert len(lines) == len(actions) and hand.rules.min_bet == max(blinds)


def test_mistakes_in_hands_with_cents_say_what_a_chip_is():
    (section,) = split_hands(DOLLARS.replace("cbr 4.75", "cbr 40.75"))
    with pytest.raises(
        ProtocolError, match=r"action 'p2 cbr 163': .*expected p2 to cc or cbr 4 to 68 \(in chips of 1/4\)"
    ):
        read_hand(section)
    (section,) = split_hands(DOLLARS.replace("[20.00, 20]", "[inf, 20]"))
    with pytest.raises(ProtocolError, match="starting_stacks: expected a list of whole chips"):
        read_hand(section)


def test_unknown_cards_and_steps_left_out():
    text = GOOD.replace("  'd dh p2 QsQc',\n", "  'd dh p2 ????',\n")
    assert read_all(text)[0].hole[1] is None
    # Cards may not be dealt at all; those shown at the end count.
    shown = GOOD.replace("  'd dh p2 QsQc',\n", "").replace("'p1 f'", "'p1 cc', 'd db 5s', 'p1 cc', 'p2 cc', 'd db 6c'")
    shown = shown.replace("'d db 6c'", "'d db 6c', 'p1 cc', 'p2 cc', 'p1 sm AhKd', 'p2 sm QsQc'")
    (hand,) = read_all(shown)
    assert hand.hole == read_all(GOOD)[0].hole and len(hand.board) == 5
    assert read_all(GOOD.replace("[2000, 2000]", "[2000.0, 2000]")) == read_all(GOOD)


def test_lines_of_hands_in_one_file():
    one, bad = GOOD, GOOD.replace("p2 cbr 400", "p2 cbr 40")
    text = f"# two hands\n\n[1]\n{one}\n[2]  # the second\n{bad}"
    first, second = split_hands(text)
    assert (first.line, first.header, second.line, second.header) == (3, "1", 20, "2")
    assert read_hand(first)[1] == (12, 12, 14, 15, 16)
    with pytest.raises(ProtocolError) as caught:
        read_hand(second)
    assert caught.value.line == text[: text.index("cbr 40'")].count("\n") + 1


def test_no_hands():
    assert split_hands("") == split_hands("# nothing\n\n") == []


BAD = [
    # (what is changed, by what, line, words)
    ("p2 cbr 300", "p2 cbr 150", 9, ["'p2 cbr 150'", "200 to 2000"]),
    ("p2 cbr 400", "p2 cbr 40000", 12, ["cbr 100 to 1700"]),
    ("p2 cbr 400", "p1 cbr 400", 12, ["'p1 cbr 400'", "expected p2 to cc"]),
    ("p2 cbr 400", "p2 cbr nan", 12, ["'p2 cbr nan'"]),
    ("p2 cbr 400", "p2 cbr 400.000000001", 12, ["whole chips"]),
    ("p2 cbr 400", "p2 cbr 1e999999999999", 12, ["cbr 100 to 1700"]),
    ("p2 cbr 400", "p2 f", 12, ["seat 1 cannot fold"]),
    ("2h3d4c", "2h3d", 11, ["card to be dealt"]),
    ("2h3d4c", "2h3dXx", 10, ["'d db 2h3dXx'"]),
    ("  'd db 2h3d4c',\n", "", 10, ["card to be dealt"]),
    ("p1 f", "zz", 13, ["'zz'", "expected p1 to f or cc or cbr 800 to 1700"]),
    ("p1 f", "p9 f", 13, ["'p9 f'"]),
    ("'p1 f',", "'p1 f', 'p2 cc',", 13, ["hand is over"]),
    ("'p1 f',", "'p1 f', 5,", 6, ["actions: expected a list of texts"]),
    ("'p1 f',", "'p1 sm AsAc',", 13, ["'p1 sm AsAc'"]),
    ("'NT'", "'PO'", 1, ["variant: expected NT or FT", "'PO'"]),
    ("'NT'", "'FT'", 1, ["small_bet: expected whole chips", "nothing"]),
    ("'NT'", "7", 1, ["variant: expected NT or FT"]),
    ("[0, 0]", "[0, 5]\nante_trimming_status = true", 3, ["ante_trimming_status: expected false where antes differ"]),
    ("[0, 0]", "5", 2, ["antes: expected a list"]),
    ("[50, 100]", "[50, -100]", 3, ["blinds_or_straddles: expected a list of whole chips"]),
    ("[50, 100]", "[0, 0]", 1, ["blinds"]),
    ("[2000, 2000]", "[2000, 20.0000000005]", 5, ["starting_stacks: expected a list of whole chips", "20.00"]),
    ("[2000, 2000]", "[2000, nan]", 5, ["starting_stacks"]),
    ("[2000, 2000]", "[2000, 1e9999999]", 5, ["starting_stacks"]),
    ("[2000, 2000]", "[2000]", 5, ["2 to 6 players"]),
    ("[2000, 2000]", "[2000, true]", 5, ["starting_stacks"]),
    ("min_bet = 100\n", "", 1, ["min_bet: expected whole chips"]),
    ("variant = 'NT'\n", "", 1, ["missing", "variant"]),
    ("['Ann', 'Bob']", "['Ann']", 15, ["players: expected the names of 2 players"]),
    ("['Ann', 'Bob']", "['Ann', 'Bob'", 1, ["expected a hand in PHH", "end of document"]),
    ("min_bet = 100", "min_bet == 100", 4, ["expected a hand in PHH", "column"]),
    ("min_bet = 100", "min_bet = 100\nmin_bet = 100", 5, ["expected a hand in PHH"]),
    ("['Ann', 'Bob']", "[" * 3000, 1, ["expected a hand in PHH"]),
    ("['Ann', 'Bob']", "9" * 6000, 1, ["expected a hand in PHH"]),
]


@pytest.mark.parametrize("old, new, line, words", BAD, ids=[f"{old.strip()[:12]} {new[:12]}" for old, new, *_ in BAD])
def test_one_line_for_each_bad_hand(old, new, line, words):
    assert old in GOOD
    (section,) = split_hands(GOOD.replace(old, new))
    with pytest.raises(ProtocolError) as caught:
        read_hand(section)
    text = str(caught.value)
    assert caught.value.line == line and "\n" not in text and all(word in text for word in words), text
    assert len(text) < 400


def test_what_phh_cannot_hold_is_not_written():
    hand = named(1, random_hand(Rules((2000, 2000), (100, 50)), random.Random(2)))
    short = Rules((2000, 2000), (100, 50), board_cards=(0, 3))
    for change in ({"rules": short}, {"names": ("it's", "b")}, {"names": ("a\nb", "c")}, {"hole": ((1,), None)}):
        with pytest.raises(ValueError):
            format_hands([hand._replace(**change)])


def test_without_pokerkit_one_line_says_what_to_install():
    script = (
        "import sys; sys.modules['pokerkit'] = None\n"
        "from holdem_mpi.errors import ProtocolError, UserError\n"
        "from holdem_mpi.formats.phh import read_hand, split_hands\n"
        "try: read_hand(split_hands('x = 1')[0])\n"
        "except UserError as error: assert not isinstance(error, ProtocolError); print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1 and "holdem_mpi[phh]" in done.stdout and "3.11" in done.stdout


def test_pokerkit_is_imported_only_for_phh_hands():
    script = "import sys, holdem_mpi.hands.histories, holdem_mpi.hands.dealing; assert 'pokerkit' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
