"""The root of a decision's search with three and more players, and what is asked of a search there.

The root is where the player to act has last acted on the street, or where the street begins: what all others have done
since is in the tree, so that the search itself finds what it says of their hands. Where only two are left at the root
the rest of the hand is a game of two with dead money in the pot, and two-player search plays it; it knows nothing of
the cards that others have folded.
"""

from typing import NamedTuple

import numpy as np

from holdem_mpi.game.rules import CALL, BettingState, Rules, state_of_row
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.policy.ranges import Ranges, pruned
from holdem_mpi.policy.translation import LOST, Place
from holdem_mpi.search.root_search import SearchRoot
from holdem_mpi.search.search_result import SearchResult


class RingRoot(NamedTuple):
    """Where the searched street's tree begins; see ``SearchRoot``.

    state: the betting at the root. board: the public cards.
    weight: float[player, hand], ranges of all players, of those who have folded too.
    node: the decision that stands for ``state`` in the blueprint's tree; LOST where there is none.
    line: what was done from there up to the decision.
    """

    state: BettingState
    board: tuple[int, ...]
    weight: np.ndarray
    node: int = LOST
    line: tuple[int, ...] = ()

    @property
    def decision(self) -> BettingState:
        """The betting before the decision."""
        return after(self.state, self.line)

    @property
    def player(self) -> int:
        """Seat of the player whose strategy is sought."""
        return self.decision.player

    @property
    def num_hands(self) -> int:
        """Hands of all players together."""
        return int((self.weight > 0).sum())

    def place(self, tree: PublicTree) -> Place:
        """The root on the blueprint's ``tree``."""
        if self.node < 0:
            return Place(LOST, self.state)
        actions = [int(tree.actions(above)[action]) for above, action in tree.line_to(self.node)]
        return Place(self.node, after(BettingState.start(tree.rules), actions))


class Question(NamedTuple):
    """What a search is asked.

    root: a ``RingRoot``, or a ``SearchRoot`` where two are left.
    base: chips that each of those two had put in before the street: what is left out of the actions of their game.
    gone: chips that the player has put into the real pot at the root, less those of its game.
    seats: of the players of that game.
    """

    root: RingRoot | SearchRoot
    seats: tuple[int, ...]
    base: int = 0
    gone: float = 0.0

    def real(self, found: SearchResult) -> SearchResult:
        """What a search of ``root`` has found, in the real game's actions and chips."""
        actions = tuple(action + self.base if action > CALL else action for action in found.actions)
        solved = found.solved and found.solved._replace(seats=self.seats, base=self.base)
        return found._replace(actions=actions, values=found.values - self.gone, solved=solved)


def after(state: BettingState, actions) -> BettingState:
    """The betting after ``actions``."""
    for action in actions:
        state = state.apply(action)
    return state


def ring_root_state(state: BettingState) -> tuple[BettingState, tuple[int, ...]]:
    """(the betting at the root of a decision's search, what was done from there on)."""
    actions = [action for street in state.history for action in street]
    before = len(actions) - len(state.history[-1])
    root = at = after(BettingState.start(state.rules), actions[:before])
    line: list[int] = []
    for action in actions[before:]:
        own, at = at.player == state.player, at.apply(action)
        root, line = (at, []) if own else (root, [*line, action])
    return root, tuple(line)


def ring_question(
    ranges: Ranges,
    board: tuple[int, ...],
    least_weight: float,
    line: tuple[int, ...],
    keep: tuple[int, int] | None = None,
) -> Question:
    """What is asked at a decision, ``ranges`` standing at its root (``ring_root_state``); hands below ``least_weight``
    of their range's likeliest are left out, but ``keep`` (seat, hand).
    """
    state, weight = ranges.state, pruned(ranges.weight, least_weight, keep)
    left = [seat for seat, out in enumerate(state.folded) if not out]
    if len(left) == 2 and state.street > 0 and not any(map(state.is_all_in, left)):
        rest, base = rest_of_two(state, (left[0], left[1]))
        root = SearchRoot(rest, board, weight[left], taken=_less(line[0], base) if line else None)
        return Question(root, (left[0], left[1]), base, state.stakes[left[root.player]] - rest.stakes[root.player])
    return Question(RingRoot(state, board, weight, ranges.place.node, line), tuple(range(len(weight))))


def _less(action: int, base: int) -> int:
    return action - base if action > CALL else action


def rest_of_two(state: BettingState, seats: tuple[int, int]) -> tuple[BettingState, int]:
    """(the same betting between two players alone, ``seats`` in order, all other chips dead; the chips that each had
    put in before and that are left out). Of a street after the first, where both had put in the same.
    """
    rules, put_in = state.rules, [state.contributions[seat] for seat in seats]
    base = min(put_in) - min(_on_street(state, seat) for seat in seats)
    own = [chips - base for chips in put_in]
    dead = state.pot - sum(own)
    behind = tuple(chips + state.stack(seat) for chips, seat in zip(own, seats))
    bits = [sum(1 << place for place, seat in enumerate(seats) if flags[seat]) for flags in (state.folded, state.acted)]
    to_act = sum(1 << place for place, seat in enumerate(seats) if seat in state.to_act)
    row = [state.street, seats.index(state.player), state.num_raises, state.largest_raise, *bits, to_act, *own]
    return rest_state(rules, (dead, *behind), row), base


def rest_state(rules: Rules, chips: tuple[int, int, int], row: list[int]) -> BettingState:
    """A state of ``rest_of_two``. chips: dead ones, and what each can put in at most; row: ``BettingState.row``'s."""
    dead, *most = chips
    antes = (dead - dead // 2, dead // 2)
    limit = {"raise_sizes": rules.raise_sizes} if rules.betting == "fixed_limit" else {"min_bet": rules.min_bet}
    of_two = Rules(
        stacks=(antes[0] + most[0], antes[1] + most[1]),
        blinds=(0, 0),
        antes=antes,
        betting=rules.betting,
        board_cards=rules.board_cards,
        first_to_act=(0,) * rules.num_streets,
        max_raises=rules.max_raises,
        **limit,
    )
    return state_of_row(of_two, row)


def _on_street(state: BettingState, seat: int) -> int:
    """Chips that ``seat`` has put in on the street."""
    begin = after(BettingState.start(state.rules), [action for street in state.history[:-1] for action in street])
    return state.contributions[seat] - begin.contributions[seat]
