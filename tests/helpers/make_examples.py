"""Make the files of ``examples/`` anew: a dozen hands that a seeded random player plays against itself.

python -m tests.helpers.make_examples
"""

import random
from pathlib import Path

from holdem_mpi.formats.acpc import format_line
from holdem_mpi.formats.phh_writer import dumps
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.rules import FOLD
from holdem_mpi.hands.dealing import dealt_hands, to_acpc, to_phh
from holdem_mpi.hands.hand import HandHistory
from holdem_mpi.hands.profile import open_profile

FOLDER = Path(__file__).parents[2] / "examples"
HANDS, SEED = 12, 0
COMMENT = "# {} hands of nolimit_hu_200bb (blinds 50 and 100, stacks 20000), played by a random player.\n"


def example_hands() -> list[HandHistory]:
    """The hands of both files; the hero is the big blind in every other one."""
    profile, rng = open_profile("nolimit_hu_200bb"), random.Random(SEED)

    def choose(state, board, hand) -> int:
        menu = profile.menu(state)
        # Folds and all-ins are rare, for hands that go on.
        weights = [1 if action in (FOLD, state.legal().max_raise_to) else 6 for action in menu]
        return rng.choices(menu, weights)[0]

    hands = []
    for number in range(1, HANDS + 1):
        names = ("hero", "villain") if number % 2 else ("villain", "hero")
        hands += dealt_hands(profile.rules, SEED, [number], (choose, choose), names.index("hero"), names)
    return hands


def example_files() -> dict[str, str]:
    """Text of each file by its name."""
    hands, comment = example_hands(), COMMENT.format(HANDS)
    deck = Deck(hands[0].rules.board_cards)
    lines = [format_line(to_acpc(hand, hand.winnings(deck))) + "\n" for hand in hands]
    return {"hands.phhs": comment + "\n" + dumps(map(to_phh, hands)), "acpc.log": comment + "".join(lines)}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in example_files().items():
        (FOLDER / name).write_text(text)
