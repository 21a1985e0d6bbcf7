"""Hostile lines, cut segments and round trips, many of them: what tests/ check with a few.

python -m benchmarks.checks.fuzz --lines 1_000_000 --hands 100_000

Each number is one part: mutated and random lines through a player without a connection (no crash, no illegal answer);
a hand's stream cut at every byte (the same states); every state of random hands, of two and of three players, to text
and back to the same text; and finished hands as pokerkit's ACPC reader has them.
"""

import argparse
import random
import time
from decimal import Decimal

import pokerkit

from holdem_mpi.formats.acpc import HandLine, format_line, format_match_state, parse_match_state
from holdem_mpi.formats.acpc_lines import LineBuffer
from holdem_mpi.formats.phh import read_hand, split_hands
from holdem_mpi.game.rules import Rules
from holdem_mpi.hands.acpc_games import open_acpc_game
from holdem_mpi.hands.acpc_states import seen_state
from holdem_mpi.hands.dealing import betting_of, board_by_street
from holdem_mpi.play.acpc_player import AcpcPlayer, Timeouts
from holdem_mpi.play.match_log import PlayReport
from holdem_mpi.text import whole
from tests.helpers.fuzzing import fuzz, states_of_hand
from tests.helpers.playing import RULES_OF, baseline_chooser
from tests.helpers.random_hands import random_hand


def fuzz_lines(lines: int) -> None:
    """Half of them for each kind of betting."""
    for name, rules in RULES_OF.items():
        began = time.process_time()
        player = AcpcPlayer(
            lambda until: None, rules, baseline_chooser("random"), lambda street: 1.0, PlayReport(None, 10), Timeouts()
        )
        print(name, "lines, states, answers:", *fuzz(player, rules, lines // 2), f"{time.process_time() - began:.0f} s")


def cut_segments(hands: int) -> None:
    """The lines of random hands in two segments, cut at every byte."""
    rng = random.Random(1)
    cuts = 0
    for number in range(hands):
        rules = RULES_OF[rng.choice(list(RULES_OF))]
        lines = [format_match_state(state).encode() + b"\r\n" for state in states_of_hand(rules, rng, number)]
        stream = b"".join(lines)
        for cut in range(len(stream) + 1):
            buffer = LineBuffer()
            buffer.feed(stream[:cut])
            buffer.feed(stream[cut:])
            assert list(iter(buffer.pop, None)) == lines
            cuts += 1
    print("streams cut:", hands, "cuts:", cuts)


def round_trips(hands: int) -> None:
    """print(parse(line)) is the line; where there are two players, what it means is legal."""
    rng, began, states = random.Random(2), time.process_time(), 0
    games = ("holdem_limit_2p", "holdem_nolimit_2p", "holdem_limit_3p", "holdem_nolimit_3p")
    every = [open_acpc_game(name)[1].rules for name in games]
    for number in range(hands):
        rules = every[number % 4]
        for state in states_of_hand(rules, rng, number):
            text = format_match_state(state)
            assert parse_match_state(text.encode()) == state and format_match_state(state) == text
            states += 1
            if number % 10 == 0:
                assert seen_state(rules, state).number == number
    print("hands, states round:", hands, states, f"{time.process_time() - began:.0f} s")


def pokerkit_agrees(hands: int) -> None:
    """pokerkit's reader of the ACPC protocol finds the same actions and cards."""
    rng = random.Random(3)
    for number in range(hands):
        fixed = number % 2 == 0
        sizes = {"betting": "fixed_limit", "raise_sizes": (100, 100, 200, 200), "max_raises": (4,) * 4} if fixed else {}
        hand = random_hand(Rules((20_000, 20_000), (100, 50), **sizes), rng)
        groups = board_by_street(hand.rules, hand.board)
        betting = betting_of(hand.final, len(groups) + 1)
        line = HandLine(number, betting, hand.hole, groups, (Decimal(0), Decimal(0)), ("Ann", "Bob"))
        kind = pokerkit.FixedLimitTexasHoldem if fixed else pokerkit.NoLimitTexasHoldem
        game = kind((), True, 0, (50, 100), *((100, 200) if fixed else (100,)))
        (theirs,) = pokerkit.HandHistory.from_acpc_protocol(game, 20_000, format_line(line), error_status=True)
        (section,) = split_hands(theirs.dumps())
        read, _ = read_hand(section)
        assert (read.actions, read.hole, read.board) == (hand.actions, hand.hole, hand.board)
    print("hands as pokerkit reads them:", hands)


def main() -> None:
    """Run all parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("lines", 1_000_000), ("segments", 1_000), ("hands", 100_000), ("pokerkit", 5_000)):
        parser.add_argument(f"--{name}", type=whole, default=default)
    given = parser.parse_args()
    fuzz_lines(given.lines)
    cut_segments(given.segments)
    round_trips(given.hands)
    pokerkit_agrees(given.pokerkit)


if __name__ == "__main__":
    main()
