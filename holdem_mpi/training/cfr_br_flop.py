"""One flop of CFR-BR (Johanson, Bard, Burch and Bowling, "Finding optimal abstract strategies in extensive-form games",
AAAI 2012): what each seat's strategy over buckets learns from a best response over real hands.

Each seat is a problem of its own. The other player best-responds from the flop on, with every hand and over every turn
to come; before the flop, where buckets lose nothing, it plays by regrets of its own (the *trunk*), fed with what its
best responses are worth on the flops that were drawn. So the seat's strategy comes near the one that a best responder
wins least from, of all that the buckets can hold.
"""

from dataclasses import replace
from math import comb

import numpy as np

from holdem_mpi.best_response.flop_response import FlopResponder
from holdem_mpi.best_response.policy_on_cards import PolicyOnCards
from holdem_mpi.cards import NUM_HANDS, hands_holding, mass_of_others
from holdem_mpi.kernels.arrays import KIND_FOLD
from holdem_mpi.kernels.response.boards import arrange_policy, leave_street, read_values, return_values
from holdem_mpi.kernels.response.record import BEST, MIXED, ResponseRecord
from holdem_mpi.kernels.response.street import ResponseBoards, enter, respond_at_last_street, run_ops
from holdem_mpi.kernels.response.update import settle_gains, settle_reach
from holdem_mpi.kernels.simd import WIDTH
from holdem_mpi.training.cfr_br_sides import Side

# Hands of a bucket on one flop, times the turns that follow over those that a pair of hands leaves, at most.
MOST_ON_A_FLOP = 2 * NUM_HANDS


class FlopUpdater:
    """Adds what flops teach to integers in the order of a table's entries; one for each rank.

    Costs memory for the strategy laid out by column some six times (float64), and for the marks of best actions: 1,326
    bytes for each turn and decision.
    """

    def __init__(self, policy: PolicyOnCards, *, regret_scale: float, strategy_scale: float, bound: float) -> None:
        """policy: its probabilities are not used. Scales: steps of a chip and of probability 1; bound: chips that a
        flop can change a regret by. For games that end on the flop or the turn.
        """
        layout = policy.layout
        self.responder = FlopResponder(replace(policy, probability=np.ones(layout.num_pairs)))
        self.policy, self.streets, self.groups = self.responder.policy, self.responder.streets, self.responder.groups
        self._scale, self._strategy_scale = regret_scale, strategy_scale
        self._regret_bound, self._reach_bound = bound, float(MOST_ON_A_FLOP)
        self.visits = self.faults = 0
        # [street][seat]: sides; street 0 has none.
        self._sides: list[list[list[Side]]] = [[[], []]]
        for street in range(1, self.streets):
            of_seats = []
            for seat in (0, 1):
                pairs = zip(self.groups[street][1 - seat], self.groups[street][seat], strict=True)
                of_seats.append([Side(best.program, mixed.program, layout, street) for best, mixed in pairs])
            self._sides.append(of_seats)
        self._strategy = np.zeros(0)
        self._trunk: list[dict[int, np.ndarray]] = []
        left = len(policy.deck) - 5
        self._opponents = comb(left, 2)

    @property
    def bytes_in_use(self) -> int:
        """Bytes of the strategy by column, of what is learnt, and of marks."""
        sides = [side for of_street in self._sides for of_seat in of_street for side in of_seat]
        groups = [group for of_street in self.groups for of_player in of_street for group in of_player]
        of_sides = sum(array.nbytes for side in sides for array in (side.reach, side.policy, side.gain, side.mark))
        return of_sides + sum(
            group.down.policy.nbytes + sum(workspace.slot.nbytes for workspace in group.spaces) for group in groups
        )

    def play(self, strategy: np.ndarray, trunk: np.ndarray) -> None:
        """Take up ``strategy`` (float64[num_pairs]) and the trunk's regrets (float64[trunk_entries])."""
        layout, self._strategy = self.policy.layout, strategy
        for street in range(1, self.streets):
            every = np.arange(layout.num_buckets[street])
            for seat in (0, 1):
                width = int(layout.width[street, seat])
                for group, side in zip(self.groups[street][1 - seat], self._sides[street][seat]):
                    edges = side.edges_of_reach
                    arrange_policy(strategy, side.pairs_of_reach, edges, width, every, group.down.policy)
                    arrange_policy(strategy, side.pairs_of_gain, side.edges_of_gain, width, every, side.policy)
        self._trunk = [self._matched(player, trunk) for player in (0, 1)]

    def _trunk_of(self, player: int, entries: np.ndarray) -> np.ndarray:
        """A player's part of the trunk's entries: [bucket, pair]."""
        layout = self.policy.layout
        buckets, first = layout.num_buckets[0], player * layout.num_buckets[0] * int(layout.width[0, 0])
        return entries[first : first + buckets * int(layout.width[0, player])].reshape(buckets, -1)

    def _matched(self, player: int, trunk: np.ndarray) -> dict[int, np.ndarray]:
        """By node, float64[bucket, action]: regret matching on the trunk."""
        layout, found = self.policy.layout, {}
        regrets = self._trunk_of(player, trunk)
        for node in self._decisions(player):
            first, actions = layout.pair_of_node[node], len(layout.tree.actions(node))
            positive = np.maximum(regrets[:, first : first + actions].astype(np.float64), 0.0)
            total = positive.sum(axis=1, keepdims=True)
            found[node] = np.where(total > 0, positive / np.where(total > 0, total, 1.0), 1.0 / actions)
        return found

    def _decisions(self, player: int) -> list[int]:
        """The nodes before the flop at which a player decides."""
        tree = self.policy.layout.tree
        mine = (tree.street_of_node == 0) & (tree.player_of_node == player)
        return np.flatnonzero(mine).tolist()

    def update(self, flop: np.ndarray, delta: np.ndarray, trunk: np.ndarray) -> None:
        """Add what both seats learn on a real flop (int64[3]) to ``delta`` (int64[2 * num_pairs]) and what best
        responders learn before it to ``trunk`` (int64[trunk_entries]).
        """
        dealt = _Flop(self.responder, flop)
        for seat in (0, 1):
            own = {node: self.sigma_of(node) for node in self._decisions(seat)}
            reach = self._reach_before(dealt, seat, own)
            values = self._respond(dealt, seat, BEST, reach)
            theirs = self._reach_before(dealt, 1 - seat, self._trunk[1 - seat])
            before = self._trunk_of(1 - seat, trunk)

            def of_trunk(node: int, regrets: np.ndarray, to: np.ndarray = before) -> None:
                first = self.policy.layout.pair_of_node[node]
                to[:, first : first + len(regrets)] += self._fixed(regrets, self._scale, self._regret_bound).T

            self._walk(0, dealt, 1 - seat, self._trunk[1 - seat], reach, values, of_trunk)
            values = self._respond(dealt, seat, MIXED, theirs)

            def of_seat(node: int, regrets: np.ndarray) -> None:
                pairs = self.policy.layout.pairs_of_node(node)
                delta[pairs + pairs[:, :1]] += self._fixed(regrets, self._scale, self._regret_bound).T

            self._walk(0, dealt, seat, own, theirs, values, of_seat)
            for node, sigma in own.items():
                pairs = self.policy.layout.pairs_of_node(node)
                entered = np.bincount(self.policy.class_of_hand, reach[node], sigma.shape[0])
                sums = entered[:, None] * sigma
                entries = pairs + pairs[:, :1] + sigma.shape[1]
                delta[entries] += self._fixed(sums, self._strategy_scale, self._reach_bound)
            self._settle(seat, delta)

    def sigma_of(self, node: int) -> np.ndarray:
        """float64[bucket, action], the seat's strategy at a node before the flop."""
        return self._strategy[self.policy.layout.pairs_of_node(node)]

    def _fixed(self, amounts: np.ndarray, scale: float, bound: float) -> np.ndarray:
        wrong = ~(np.abs(amounts) <= bound)
        self.faults += int(wrong.sum())
        return np.rint(np.where(wrong, 0.0, amounts) * scale).astype(np.int64)

    def _settle(self, seat: int, delta: np.ndarray) -> None:
        layout = self.policy.layout
        for street in range(1, self.streets):
            width = int(layout.width[street, seat])
            for group, side in zip(self.groups[street][1 - seat], self._sides[street][seat]):
                where = side.pairs_of_reach, side.edges_of_reach, width
                scale, bound = self._strategy_scale, self._reach_bound
                self.faults += settle_reach(side.reach, group.down.policy, *where, scale, bound, delta)
                where = side.pairs_of_gain, side.edges_of_gain, width
                scale, bound = self._scale, self._regret_bound
                self.faults += settle_gains(side.gain, side.policy, *where, scale, bound, delta)

    def _reach_before(self, dealt: "_Flop", player: int, sigma: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
        """By node before the flop and by flop entry: the player's reach of each hand, float64[1326]."""
        tree = self.policy.layout.tree
        reach = {0: dealt.possible}
        for node in np.flatnonzero((tree.street_of_node == 0) & (tree.player_of_node >= 0)).tolist():
            for action, child in enumerate(tree.children(node).tolist()):
                own = tree.player_of_node[node] == player
                share = sigma[node][self.policy.class_of_hand, action] if own else 1.0
                reach[child] = reach[node] * share
        return reach

    def _walk(self, node, dealt, player, sigma, reach, entry_values, learn) -> np.ndarray:
        """float64[1326], chips of ``player`` at a node before the flop against the other's ``reach``, summed over its
        hands. Calls ``learn`` with each of the player's decisions and its regrets, float64[action, bucket].
        """
        tree = self.policy.layout.tree
        if node in entry_values:
            return entry_values[node]
        if tree.kind_of_node[node] == KIND_FOLD:
            return self._folded(int(tree.terminal_of_node[node]), player, reach[node]) * dealt.possible
        children = tree.children(node).tolist()
        values = np.stack([self._walk(child, dealt, player, sigma, reach, entry_values, learn) for child in children])
        if tree.player_of_node[node] != player:
            return values.sum(axis=0)
        played = sigma[node][self.policy.class_of_hand].T
        value = (played * values).sum(axis=0)
        buckets = self.policy.layout.num_buckets[0]
        regrets = [np.bincount(self.policy.class_of_hand, row - value, buckets) for row in values]
        learn(node, np.array(regrets) / self._opponents)
        return value

    def _folded(self, terminal: int, player: int, reach: np.ndarray) -> np.ndarray:
        tree = self.policy.layout.tree
        folded = tree.folded_of_terminal[terminal] >> player & 1
        stake = tree.stake_of_terminal[terminal]
        return (-stake[player] if folded else stake[1 - player]) * mass_of_others(reach)

    def _respond(self, dealt: "_Flop", seat: int, mode: int, reach: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
        """By flop entry, float64[1326]: chips against the other's ``reach``, of the best responder to ``seat`` or of
        the seat itself.
        """
        responder = 1 - seat if mode == BEST else seat
        groups, sides = self.groups[1][responder], self._sides[1][seat]
        entering = [group.zeros() for group in groups]
        for group, array in zip(groups, entering):
            for column, node in enumerate(group.program.columns):
                array[column // WIDTH, :, column % WIDTH] = reach[node]
        share = 1.0 if mode == BEST else 1.0 / self._opponents
        records = [side.record(mode, np.array([share])) for side in sides]
        if self.streets == 2:
            found = self._last_street(1, responder, dealt.flop_boards, dealt.flop_renamings, entering, records)
        else:
            found = self._flop_street(dealt, seat, mode, entering, records, share)
        values = {}
        for group, of_group in zip(groups, found):
            for column, node in enumerate(group.program.columns):
                values[node] = of_group[column // WIDTH, :, column % WIDTH] * dealt.possible
        return values

    def _last_street(
        self,
        street: int,
        responder: int,
        boards: ResponseBoards,
        renamings: np.ndarray,
        entering: list[np.ndarray],
        records: list[ResponseRecord | None],
    ) -> list[np.ndarray]:
        total = []
        for group, reach, record in zip(self.groups[street][responder], entering, records):
            total.append(group.zeros())
            respond_at_last_street(
                group.down, boards, renamings, self.responder.target_of_hand, reach, group.spaces[0], total[-1], record
            )
            decisions = len(group.program.own_nodes) + len(group.program.opponent_nodes)
            self.visits += decisions * len(group.program.columns) * int(boards.count[:, 0].sum())
        return total

    def _flop_street(self, dealt, seat: int, mode: int, entering, records, share: float) -> list[np.ndarray]:
        responder = 1 - seat if mode == BEST else seat
        groups, boards = self.groups[1][responder], dealt.flop_boards
        below = [group.zeros() for group in self.groups[2][responder]]
        for group, reach, record in zip(groups, entering, records):
            down = group.down
            for block, workspace in enumerate(group.spaces):
                enter(reach, block, boards, 0, workspace)
                run_ops(down, 0, len(down.ops), block, boards, 0, workspace, record)
                for following, moves in group.moves[block]:
                    leave_street(workspace, boards, moves, below[following])
        left = len(self.policy.deck) - 7
        weight = dealt.turn_weight * (share / left)
        of_turn = [side.record(mode, weight) for side in self._sides[2][seat]]
        found = self._last_street(2, responder, dealt.turn_boards, dealt.turn_renamings, below, of_turn)
        values = []
        for group, record in zip(groups, records):
            up = group.up
            values.append(group.zeros())
            for block, workspace in enumerate(group.spaces):
                for _, value, _ in group.program.exits:
                    workspace.slot[value] = 0.0
                for following, moves in group.moves[block]:
                    return_values(workspace, boards, moves, found[following], 1.0 / left)
                run_ops(up, 0, len(up.ops), block, boards, 0, workspace, record)
                read_values(workspace, group.program.result, boards, values[-1][block])
        return values


class _Flop:
    """A real flop: its hands, and the turns that differ."""

    def __init__(self, responder: FlopResponder, flop: np.ndarray) -> None:
        self.possible = np.ones(NUM_HANDS)
        self.possible[responder.outside | hands_holding(flop)] = 0.0
        self.flop_boards = responder.filled(1, flop[None])
        self.flop_renamings = np.zeros((1, 2), np.int64)
        if responder.streets == 3:
            cards, members = responder.next_cards(flop, responder.renamings_that_keep(flop))
            self.turn_boards = responder.filled(2, cards)
            self.turn_renamings = np.array([(place, one) for place, of in enumerate(members) for one in of], np.int64)
            self.turn_weight = np.array([float(len(of)) for of in members])
