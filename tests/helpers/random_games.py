"""Rules and menus at random: two to six players, unequal stacks, antes, short blinds, caps, any menu."""

import random

from holdem_mpi.game.betting import LimitMenu, SizeMenu, SizesAt
from holdem_mpi.game.rules import Rules

SIZES = (0.1, 0.25, 1 / 3, 0.5, 0.75, 1.0, 1.5, 2.5)


def special_sizes(draw, players, streets):
    """Sizes of some decisions, in every third game."""
    if draw.random() < 0.67:
        return ()
    every = range(draw.randint(1, 3))
    return tuple(
        SizesAt(
            draw.randrange(streets),
            tuple(draw.sample(range(players), draw.randint(0, 2))),
            tuple(draw.sample(range(4), draw.randint(0, 2))),
            tuple(sorted(draw.sample(SIZES, draw.randint(0, 2)))),
        )
        for _ in every
    )


def random_game(seed):
    """(rules, menu)."""
    draw = random.Random(seed)
    players, streets = draw.randint(2, 6), draw.randint(1, 4)
    stacks = (draw.choice([200, 500, 1000, 2000, 10_000]),) * players
    if draw.random() < 0.6:
        stacks = tuple(draw.choice([draw.randint(1, 300), draw.randint(50, 3000), 1000]) for _ in range(players))
    keys = {"ante": draw.choice([0, 0, 1, 10]), "board_cards": (0, 3, 1, 1)[:streets]}
    by_seat = random.Random(f"antes of {seed}")  # drawn apart: the rest of a game stays what it was
    if by_seat.random() < 0.25:
        keys |= {"ante": 0, "antes": tuple(by_seat.choice([0, 0, 7, 100]) for _ in range(players))}
    keys["max_raises"] = tuple(draw.choice([None, 0, 1, 2, 3]) for _ in range(streets))
    if draw.random() < 0.3:
        keys["first_to_act"] = tuple(draw.randrange(players) for _ in range(streets))
    caps = {"deepest": draw.choice([None, None, 0, 1, 2]), "most_to_flop": draw.choice([None, None, 2, 3])}
    blinds = tuple(draw.choice([0, 0, 5, 10, 50, 100, 37]) for _ in range(players - 1)) + (100,)
    if draw.random() < 0.25:
        sizes = tuple(draw.choice([5, 10, 20, 50]) for _ in range(streets))
        return Rules(stacks, blinds, betting="fixed_limit", raise_sizes=sizes, **keys), LimitMenu(**caps)

    def of_streets():
        return tuple(tuple(sorted(draw.sample(SIZES, draw.randint(0, 3)))) for _ in range(streets))

    menu = SizeMenu(
        of_streets(),
        of_streets(),
        tuple(draw.random() < 0.5 for _ in range(streets)),
        merge=draw.choice([0.5, 0.8, 1.0]),
        limp=draw.random() < 0.7,
        most_raises=draw.choice([None, None, 0, 1, 2]),
        all_in_pots=draw.choice([float("inf"), 0.5, 2.0, 5.0]),
        **caps,
        sizes_at=special_sizes(random.Random(f"sizes of {seed}"), players, streets),
    )
    return Rules(stacks, blinds, **keys), menu
