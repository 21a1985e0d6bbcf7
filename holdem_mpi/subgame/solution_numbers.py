"""What a solved spot says of all 1,326 hands at once, at any place of its tree: strategies, reach, values, equities."""

import functools
from collections import OrderedDict

import numpy as np

from holdem_mpi.cards import NUM_HANDS, hands_holding, mass_of_others, mass_of_pairs
from holdem_mpi.kernels.subgame.subgame_types import LAST, MIDDLE
from holdem_mpi.subgame.solution_folder import Kept
from holdem_mpi.subgame.solution_line import Place
from holdem_mpi.subgame.solution_tables import SolutionTables, table_of_part
from holdem_mpi.subgame.spot import Spot
from holdem_mpi.subgame.street_values import LaterStreet, equities_of

# Streets after the first one whose values are kept at hand.
_STREETS = 8
# A hand that meets less of the others' ranges than this share of them meets nothing: the rest of subtractions.
_NOTHING = 1e-9


class SolutionNumbers:
    """spot: what was solved. kept: what there is of it. Chips are those of the spot's rules."""

    def __init__(self, spot: Spot, kept: Kept) -> None:
        self.spot, self.kept = spot, kept
        self._streets: OrderedDict[tuple[int, tuple[int, ...]], LaterStreet | None] = OrderedDict()

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

    def reach_at(self, at: Place) -> np.ndarray:
        """float64[player, 1326], weight of each hand in the range that comes to a place."""
        reach = self.tables.ranges * ~hands_holding(at.cards)
        for node, action, cards in at.taken:
            player = int(self.spot.tree.player_of_node[node])
            reach[player] *= self.strategy_at(node, cards)[:, action]
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
        # A street is what was done before it, and the cards: the node where it begins says the first.
        key = at.entry, at.cards
        if key not in self._streets:
            before = at._replace(taken=tuple(each for each in at.taken if len(each[2]) < len(at.cards)))
            try:
                found = LaterStreet(self.spot, at.entry, at.cards, self.reach_at(before), self.strategy_at)
            except ValueError:
                found = None
            self._streets[key] = found
            if len(self._streets) > _STREETS:
                self._streets.popitem(last=False)
        self._streets.move_to_end(key)
        return self._streets[key]

    def equities(self, at: Place) -> np.ndarray:
        """float64[player, 1326], share of the pot of each hand when the ranges at a place go to the showdown."""
        if len(self.spot.ranges) == 2:
            return equities_of(self.spot, at.cards, self.reach_at(at))
        found, solver = np.zeros((len(self.spot.ranges), NUM_HANDS)), self.spot.solver()
        for node, _, _ in at.taken:
            mine = solver.hands[int(self.spot.tree.player_of_node[node])]
            solver.set_strategy(node, self.strategy_at(node, ())[mine])
        with solver.narrowed_to(at.node):
            for player, hands in enumerate(solver.hands):
                found[player, hands] = solver.equity(player)
        return found

    def met(self, player: int, reach: np.ndarray) -> np.ndarray:
        """float64[1326], weight of what each hand of ``player`` can meet of the others' ``reach``."""
        others = [reach[other] for other in range(len(self.spot.ranges)) if other != player]
        mass = mass_of_others(*others) if len(others) == 1 else mass_of_pairs(*others)
        return np.where(mass > _NOTHING * np.prod([each.sum() for each in others]), mass, 0.0)
