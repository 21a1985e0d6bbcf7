"""The action menu: bet sizes as pot fractions, cut to what is legal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdem_mpi.game.betting import LimitMenu, SizeMenu, SizesAt, limit_menu
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules, kuhn_rules
from holdem_mpi.game.tree import build_tree


def menu(bets=(0.5, 1.0), raises=(1.0,), all_in=True, streets=4):
    return SizeMenu((bets,) * streets, (raises,) * streets, (all_in,) * streets)


def state(actions=(), stacks=(20_000, 20_000), blinds=(100, 50), **more):
    at = BettingState.start(Rules(stacks, blinds, **more))
    for action in actions:
        at = at.apply(action)
    return at


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        # The small blind opens: the pot after its call is 200, a raise of that makes 100 + 200.
        ((), [FOLD, CALL, 300, 20_000]),
        # After a limp nobody has bet beyond the blinds: bets of half the pot and of the pot on top of the 100.
        ((CALL,), [CALL, 200, 300, 20_000]),
        # A raise to 300: the pot after a call is 600.
        ((300,), [FOLD, CALL, 900, 20_000]),
        # The flop of a limped pot: 200 in the pot, 100 each so far.
        ((CALL, CALL), [CALL, 200, 300, 20_000]),
        # Half the pot bet there: after a call 400.
        ((CALL, CALL, 200), [FOLD, CALL, 600, 20_000]),
        # All-in can only be called.
        ((20_000,), [FOLD, CALL]),
    ],
)
def test_sizes_are_fractions_of_the_pot_after_a_call(actions, expected):
    assert menu()(state(actions)) == expected


def test_a_size_below_the_minimum_becomes_the_minimum():
    # A tenth of the 400 in the pot is 40, less than the big blind.
    at = state((200, CALL))
    assert menu(bets=(0.1, 0.5))(at) == [CALL, 300, 400, 20_000]
    # Both below: one minimum, not two.
    assert menu(bets=(0.1, 0.2))(at) == [CALL, 300, 20_000]


@pytest.mark.parametrize(("stack", "expected"), [(1126, 900), (1125, 1125), (1000, 1000), (800, 800)])
def test_a_size_near_the_stack_or_beyond_it_becomes_all_in(stack, expected):
    # A pot-sized raise to 900 is all-in from four fifths of the stack on.
    at = state((300,), stacks=(stack, stack))
    assert menu(all_in=False)(at) == [FOLD, CALL, expected]


def test_all_in_is_offered_by_street_or_where_no_size_is():
    sizes = SizeMenu(((), (0.5,)), ((), (1.0,)), (False, False))
    rules = {"board_cards": (0, 3)}
    assert sizes(state((), **rules)) == [FOLD, CALL, 20_000]
    assert sizes(state((CALL, CALL), **rules)) == [CALL, 200]
    assert SizeMenu(((), (0.5,)), ((), (1.0,)), (False, True))(state((CALL, CALL), **rules)) == [CALL, 200, 20_000]


def test_without_limping_the_first_in_raises_or_folds():
    sizes = SizeMenu(((1.0,),) * 4, ((1.0,),) * 4, (True,) * 4, limp=False)
    assert sizes(state()) == [FOLD, 300, 20_000]
    assert sizes(state((300,))) == [FOLD, CALL, 900, 20_000]  # a raise is called as ever
    assert sizes(state((300, CALL))) == [CALL, 900, 20_000]
    # Whoever cannot raise may call: a stack of a blind, and a cap of no raises.
    assert sizes(state(stacks=(20_000, 100))) == [FOLD, CALL]
    assert sizes(state(max_raises=(0, 1, 1, 1))) == [FOLD, CALL]
    three = {"stacks": (20_000,) * 3, "blinds": (50, 100, 0)}
    assert CALL not in sizes(state(**three)) and CALL not in sizes(state((FOLD,), **three))


def test_with_enough_players_to_the_flop_others_raise_or_fold():
    sizes = SizeMenu(((1.0,),) * 4, ((1.0,),) * 4, (False,) * 4, most_to_flop=2)
    four = {"stacks": (20_000,) * 4, "blinds": (50, 100, 0, 0)}
    # A limper and the big blind, who owes nothing, are two.
    assert sizes(state(**four)) == [FOLD, CALL, 350]
    assert sizes(state((CALL,), **four)) == [FOLD, 450]
    assert sizes(state((CALL, FOLD, FOLD), **four)) == [CALL, 350]
    # Whoever was called for by a raise counts no more, until he has called it.
    assert sizes(state((CALL, 450), **four)) == [FOLD, CALL, 1550]
    assert sizes(state((CALL, 450, CALL), **four)) == [FOLD, 1900]
    # An all-in for less sees the flop as well, and who cannot raise may only fold.
    short = four | {"stacks": (20_000, 20_000, 60, 20_000)}
    assert sizes(state((CALL,), **short)) == [FOLD, 410]
    assert sizes(state((CALL, CALL), max_raises=(0, 1, 1, 1), **four)) == [FOLD]
    # On later streets all may call.
    assert sizes(state((300, CALL, FOLD, FOLD, 650), **four)) == [FOLD, CALL, 2100]
    assert LimitMenu(most_to_flop=2)(state((CALL,), betting="fixed_limit", raise_sizes=(100,) * 4, **four)) == [
        FOLD,
        200,
    ]


def test_sizes_of_some_decisions_by_street_seat_and_number_of_raises():
    at = (
        SizesAt(0, (0,), (0,), (2.0,)),
        SizesAt(0, (), (0, 2), (0.5,)),
        SizesAt(0, (), (3,), ()),
        SizesAt(1, (1,), (), (0.25, 0.75)),
    )
    sizes = SizeMenu(((1.0,),) * 4, ((1.0,),) * 4, (False,) * 4, sizes_at=at)
    three = {"stacks": (20_000,) * 3, "blinds": (50, 100, 0)}
    assert sizes(state(**three)) == [FOLD, CALL, 225]  # the button: half of 250 in the pot after its call
    assert sizes(state((FOLD,), **three)) == [FOLD, CALL, 500]  # the small blind alone: twice 200
    assert sizes(state((CALL, CALL), **three)) == [CALL, 250]  # the big blind, whom nobody has raised
    assert sizes(state((225,), **three)) == [FOLD, CALL, 775]  # a second raise is as of the street
    assert sizes(state((225, 775), **three)) == [FOLD, CALL, 775 + 888]
    assert sizes(state((225, 775, 1663), **three)) == [FOLD, CALL, 20_000]
    assert sizes(state((225, 775, 1663, 20_000), **three)) == [FOLD, CALL]
    flop = (CALL, CALL, CALL)
    assert sizes(state(flop, **three)) == [CALL, 400]
    assert sizes(state((*flop, CALL), **three)) == [CALL, 200, 325]
    assert sizes(state((*flop, 400), **three)) == [FOLD, CALL, 700, 1075]  # the smallest raise


def test_push_or_fold():
    sizes = SizeMenu(((),) * 4, ((),) * 4, (True,) * 4, limp=False)
    small = {"stacks": (1000, 1000)}
    assert sizes(state(**small)) == [FOLD, 1000] and sizes(state((1000,), **small)) == [FOLD, CALL]
    tree = build_tree(Rules((1000, 1000), (100, 50)), sizes)
    assert tree.num_nodes == 5  # two decisions; folds of each, and the showdown
    with_limps = SizeMenu(((),) * 4, ((),) * 4, (True,) * 4)
    assert with_limps(state(**small)) == [FOLD, CALL, 1000]
    assert with_limps(state((CALL, CALL), **small)) == [CALL, 1000]


def test_bets_and_raises_have_their_own_sizes_by_street():
    sizes = SizeMenu(((1.0,), (0.25, 2.0)), ((2.0,), (3.0,)), (False, False))
    rules = {"board_cards": (0, 3)}
    assert sizes(state((), **rules)) == [FOLD, CALL, 500]
    # A quarter of the 1,000 in the pot, and twice it.
    assert sizes(state((500, CALL), **rules)) == [CALL, 750, 2500]
    # 250 bet and called make a pot of 1,500.
    assert sizes(state((500, CALL, 750), **rules)) == [FOLD, CALL, 750 + 4500]


def test_the_cap_on_raises_leaves_fold_and_call():
    capped = {"max_raises": (1, 0, 0, 0)}
    assert menu()(state((300,), **capped)) == [FOLD, CALL]
    assert menu()(state((300, CALL), **capped)) == [CALL]


def test_a_short_stack_may_call_for_less_and_a_raise_needs_someone_to_call_it():
    at = state((300,), stacks=(250, 20_000))
    assert menu()(at) == [FOLD, CALL] and at.legal().call_amount == 150


def test_limit_menu_has_one_raise_until_the_cap():
    rules = {"betting": "fixed_limit", "raise_sizes": (100, 100, 200, 200), "max_raises": (2, 2, 2, 2)}
    assert limit_menu(state((), **rules)) == [FOLD, CALL, 200]
    assert limit_menu(state((200,), **rules)) == [FOLD, CALL, 300]
    assert limit_menu(state((200, 300), **rules)) == [FOLD, CALL]
    assert limit_menu(state((CALL,), **rules)) == [CALL, 200]
    assert limit_menu(BettingState.start(kuhn_rules(2))) == [CALL, 2]


FRACTIONS = st.lists(st.floats(0.05, 5), max_size=4).map(tuple)


@given(
    FRACTIONS,
    FRACTIONS,
    st.booleans(),
    st.lists(st.integers(1, 3000), min_size=2, max_size=4),
    st.lists(st.integers(0, 5), max_size=12),
)
@settings(deadline=None, max_examples=150)
def test_every_action_of_every_menu_is_legal_and_different(bets, raises, all_in, stacks, choices):
    sizes = menu(bets, raises, all_in)
    at = state((), tuple(stacks), (100, 50) if len(stacks) == 2 else (50, 100) + (0,) * (len(stacks) - 2))
    for choice in choices:
        if at.is_over:
            return
        actions, legal = sizes(at), at.legal()
        assert CALL in actions and (FOLD in actions) == legal.can_fold
        assert actions == sorted(set(actions))
        larger = [action for action in actions if action > CALL]
        assert bool(larger) == bool(legal.max_raise_to)
        assert all(legal.min_raise_to <= action <= legal.max_raise_to for action in larger)
        assert not (all_in and larger) or larger[-1] == legal.max_raise_to
        at = at.apply(actions[choice % len(actions)])
