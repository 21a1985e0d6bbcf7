"""What a solved spot says of all 1,326 hands at once, at any place of its tree: strategies, reach, values, equities."""

import functools
from collections.abc import Sequence

import numpy as np

from holdem_mpi.cards import NUM_HANDS, hands_holding, mass_of_others, mass_of_pairs
from holdem_mpi.kernels.subgame.subgame_types import LAST, MIDDLE
from holdem_mpi.subgame.showdown_table import ShowdownTable
from holdem_mpi.subgame.solution_folder import Kept
from holdem_mpi.subgame.solution_line import Place
from holdem_mpi.subgame.solution_tables import SolutionTables, table_of_part
from holdem_mpi.subgame.spot import Spot
from holdem_mpi.subgame.street_values import LaterStreet, Rows, best_on_street

# Streets after the first one whose values are kept at hand.
_STREETS = 8
# Boards whose pairs of hands are kept counted, 3.5 MB each at most.
_TABLES = 16
# Places whose ranges are: what one page asks for, for some pages at once.
_PLACES = 64
# A hand that meets less of the others' ranges than this share of them meets nothing: the rest of subtractions.
_NOTHING = 1e-9
# As ``Place.taken``.
Taken = tuple[tuple[int, int, tuple[int, ...]], ...]


class SolutionNumbers:
    """spot: what was solved. kept: what there is of it. Chips are those of the spot's rules."""

    def __init__(self, spot: Spot, kept: Kept) -> None:
        self.spot, self.kept = spot, kept
        self._reach = functools.lru_cache(_PLACES)(self._new_reach)
        self._showdowns = functools.lru_cache(_TABLES)(self._new_showdowns)
        self._streets = functools.lru_cache(_STREETS)(self._new_street)
        self._best = functools.lru_cache(_STREETS)(self._new_best)

    @functools.cached_property
    def tables(self) -> SolutionTables:
        """Rows and places of the kept strategies, by decision and cards that have come."""
        return SolutionTables(self.spot)

    def fits(self) -> bool:
        """Whether the arrays have the shapes that the spot's tree and ranges ask for."""
        tables, arrays = self.tables, self.kept.arrays
        expected = {"strategy_first": (int(tables.sizes[tables.first_part]),)}
        for part, rows in zip((LAST, MIDDLE), tables.rows):
            if part != tables.first_part and rows * tables.sizes[part]:
                expected[f"strategy_{table_of_part(part)}"] = (rows, int(tables.sizes[part]))
        for player, hands in enumerate(tables.hands):
            expected[f"value_{player}"] = (tables.first_nodes.size, hands.size)
            expected[f"equity_{player}"] = (hands.size,)
        return all(name in arrays and arrays[name].shape == shape for name, shape in expected.items())

    def strategy_at(self, node: int, cards: tuple[int, ...]) -> np.ndarray:
        """float64[1326, action] at a decision of the spot's tree once these cards have come."""
        part = int(self.tables.part[node])
        if part == self.tables.first_part:
            return self.tables.strategy(node, (), self.kept.arrays["strategy_first"], None)
        row, suits = self.tables.row_of(cards)
        return self.tables.strategy(node, cards, self.kept.arrays[f"strategy_{table_of_part(part)}"][row], suits)

    def rows_of(self, cards: tuple[int, ...], more: Sequence[int], hands: Sequence[np.ndarray]) -> Rows:
        """See ``Strategies``."""
        rows, suits = zip(*(self.tables.row_of((*cards, card)) for card in more))
        place = [np.stack([self.tables.places(player, each)[hands[player]] for each in suits]) for player in range(2)]
        return Rows(np.array(rows), (place[0], place[1]))

    def strategies_in(self, node: int, rows: Rows) -> np.ndarray:
        """See ``Strategies``."""
        start, actions, hands = self.tables.block(node)
        table = self.kept.arrays[f"strategy_{table_of_part(int(self.tables.part[node]))}"]
        kept = np.asarray(table)[rows.row, start : start + actions * hands].reshape(-1, actions, hands)
        place = rows.place[int(self.spot.tree.player_of_node[node])]
        found = np.take_along_axis(kept, place[:, None, :], axis=2).astype(np.float32)
        return (found / found.sum(axis=1, keepdims=True)).transpose(0, 2, 1)

    def reach_at(self, at: Place) -> np.ndarray:
        """float64[player, 1326], weight of each hand in the range that comes to a place. Not to be written to."""
        return self._reach(at.cards, at.taken)

    def _new_reach(self, cards: tuple[int, ...], taken: Taken) -> np.ndarray:
        reach = self.tables.ranges * ~hands_holding(cards)
        for node, action, before in taken:
            player = int(self.spot.tree.player_of_node[node])
            reach[player] *= self.strategy_at(node, before)[:, action]
        reach.flags.writeable = False
        return reach

    def won(self, player: int, at: Place, node: int) -> np.ndarray:
        """float64[1326], the rules' chips that each hand wins by play from ``node`` (``at``, or what an action there
        leads to) on, from the start of the hand on, against what the others have at ``at``; 0 where that is nothing.
        """
        if not at.cards:
            value = np.zeros(NUM_HANDS)
            row = int(np.searchsorted(self.tables.first_nodes, node))
            value[self.tables.hands[player]] = self.kept.arrays[f"value_{player}"][row]
            met = self.met(player, self.reach_at(at))
        else:
            street = self._street(at)
            if street is None:
                return np.zeros(NUM_HANDS)
            value, reach = street.value(player, node), street.reach.copy()
            for above, action, cards in at.taken:
                if len(cards) == len(at.cards):
                    reach[int(self.spot.tree.player_of_node[above])] *= self.strategy_at(above, cards)[:, action]
            met = self.met(player, reach)
        return np.divide(value, met, out=np.zeros(NUM_HANDS), where=met > 0)

    def _street(self, at: Place) -> LaterStreet | None:
        """The street of a place after the first one; None where no two hands can meet there."""
        return self._streets(at.entry, at.cards, _before_street(at))

    def best_at(self, at: Place) -> np.ndarray | None:
        """float64[1326, action], what the best response of the player to act does at a decision after the first street:
        1 for the action taken, a locked hand's own probabilities. None where the other one never comes there.
        """
        player = int(self.spot.tree.player_of_node[at.node])
        found = self._best(at.entry, at.cards, _before_street(at), player)
        return None if found is None else found[at.node]

    def _new_best(self, entry: int, cards: tuple[int, ...], taken: Taken, player: int) -> dict[int, np.ndarray] | None:
        try:
            return best_on_street(self.spot, entry, cards, self._reach(cards, taken), self, player)
        except ValueError:
            return None

    def _new_street(self, entry: int, cards: tuple[int, ...], taken: Taken) -> LaterStreet | None:
        try:
            return LaterStreet(self.spot, entry, cards, self._reach(cards, taken), self)
        except ValueError:
            return None

    def equities(self, at: Place) -> np.ndarray:
        """float64[player, 1326], share of the pot of each hand when the ranges at a place go to the showdown."""
        if len(self.spot.ranges) == 2:
            reach = self.reach_at(at)
            comes = bool(reach.any(axis=1).all())
            return self._showdowns(at.cards).equities(reach) if comes else np.zeros(reach.shape)
        found, solver = np.zeros((len(self.spot.ranges), NUM_HANDS)), self.spot.solver()
        for node, _, _ in at.taken:
            mine = solver.hands[int(self.spot.tree.player_of_node[node])]
            solver.set_strategy(node, self.strategy_at(node, ())[mine])
        with solver.narrowed_to(at.node):
            for player, hands in enumerate(solver.hands):
                found[player, hands] = solver.equity(player)
        return found

    def _new_showdowns(self, cards: tuple[int, ...]) -> ShowdownTable:
        gone = hands_holding(cards)
        return ShowdownTable([*self.spot.board, *cards], [each[~gone[each]] for each in self.tables.hands])

    def met(self, player: int, reach: np.ndarray) -> np.ndarray:
        """float64[1326], weight of what each hand of ``player`` can meet of the others' ``reach``."""
        others = [reach[other] for other in range(len(self.spot.ranges)) if other != player]
        mass = mass_of_others(*others) if len(others) == 1 else mass_of_pairs(*others)
        return np.where(mass > _NOTHING * np.prod([each.sum() for each in others]), mass, 0.0)


def _before_street(at: Place) -> Taken:
    """What was done before the street of a place; with the cards, and the node where it begins, that says which."""
    return tuple(each for each in at.taken if len(each[2]) < len(at.cards))
