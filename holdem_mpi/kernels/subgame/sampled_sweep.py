"""Public chance sampling in a subgame: range against range on boards drawn at random.

After Johanson et al., "Efficient Nash equilibrium approximation through Monte Carlo counterfactual regret minimization"
(AAMAS 2012). Hands are told apart on the root's street; later streets know buckets. A round of betting is worked
through in its buckets: what its decisions need of the hands is their sum by bucket at the ends of the round, and what
the ends need is the reach of each bucket since the round began. So the loops over hands are over ends alone, many of
them side by side. Strategy sums are kept on the root's street; later streets are there for their values.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels import rng
from holdem_mpi.kernels.subgame.sampled_boards import draw_board, opposing
from holdem_mpi.kernels.subgame.sampled_types import LANES, ROUND_DECISION, ROUND_ENTRY, ROUND_FOLD
from holdem_mpi.kernels.subgame.subgame_ends import compare
from holdem_mpi.kernels.subgame.subgame_types import NUM_WEIGHTS, TINY, W_NEGATIVE, W_POSITIVE, W_STRATEGY


@njit(cache=True, _nrt=False)
def _match(game, sums, room, at, player):
    """Regret matching at all of a player's decisions of round ``at``: fill ``room.sigma``."""
    first, edge_of_round = game.first_local[at], game.first_edge_of_round[at]
    buckets = game.buckets[game.street[at], player]
    zero, sigma = np.float32(0.0), room.sigma
    for local in range(first, game.first_local[at + 1]):
        if game.kind[local] != ROUND_DECISION or game.player[local] != player:
            continue
        edge = game.first_edge[local] - edge_of_round
        actions = game.first_edge[local + 1] - game.first_edge[local]
        even = np.float32(1.0 / actions)
        start = game.offset[local]
        total = room.worth[0]
        for bucket in range(buckets):
            total[bucket] = zero
        for action in range(actions):
            for bucket in range(buckets):
                positive = max(sums.regret[start + action * buckets + bucket], zero)
                sigma[edge + action, bucket] = positive
                total[bucket] += positive
        for action in range(actions):
            for bucket in range(buckets):
                scaled = sigma[edge + action, bucket] / max(total[bucket], TINY)
                sigma[edge + action, bucket] = scaled if total[bucket] > TINY else even


@njit(cache=True, _nrt=False)
def _carry(game, room, at, player, out):
    """Write a player's reach since round ``at`` began to ``out`` (float32[local, bucket]), on rows of its own."""
    first, edge_of_round = game.first_local[at], game.first_edge_of_round[at]
    buckets = game.buckets[game.street[at], player]
    for bucket in range(buckets):
        out[0, bucket] = np.float32(1.0)
    for local in range(first, game.first_local[at + 1]):
        if game.kind[local] == ROUND_DECISION and game.player[local] == player:
            row = game.row[player, local] - first
            for edge in range(game.first_edge[local], game.first_edge[local + 1]):
                below = game.child[edge] - first
                for bucket in range(buckets):
                    out[below, bucket] = out[row, bucket] * room.sigma[edge - edge_of_round, bucket]


@njit(cache=True, _nrt=False)
def _enter(game, room, at, other):
    """Carry the other player's reach to the rounds that follow round ``at``."""
    first, bucket_of = game.first_local[at], game.bucket[game.street[at], other]
    for local in range(first, game.first_local[at + 1]):
        if game.kind[local] == ROUND_ENTRY:
            row, target = game.row[other, local] - first, game.target[local]
            for hand in range(game.count[other]):
                room.reach[target, hand] = room.reach[at, hand] * room.x[row, bucket_of[hand]]


@njit(cache=True, _nrt=False)
def _fill_lanes(game, room, at, player, lanes):
    """Lay the reaches of lanes ``lanes[0]`` to ``lanes[1]`` side by side: of the other's hands, and the chips that the
    player's own buckets have at stake in them.
    """
    other, street, first = 1 - player, game.street[at], game.first_local[at]
    zero = np.float32(0.0)
    x_lane, beside = room.x_lane, room.beside
    for lane in range(lanes[0], lanes[1]):
        row = game.lane_local[player, at, lane] - first
        for bucket in range(game.buckets[street, other]):
            x_lane[bucket, lane - lanes[0]] = room.x[row, bucket]
    bucket_of = game.bucket[street, other]
    for place in range(game.live[0, other]):
        hand = game.order[0, other, place]
        bucket, reach = bucket_of[hand], room.reach[at, hand]
        for lane in range(LANES):
            beside[hand, lane] = reach * x_lane[bucket, lane]
    for bucket in range(game.buckets[street, player]):
        for lane in range(LANES):
            room.y_fold[bucket, lane] = zero
            room.y_show[bucket, lane] = zero
            room.of_fold[bucket, lane] = zero
            room.of_show[bucket, lane] = zero
    for local in range(first, game.first_local[at + 1]):
        lane = game.lane[player, local]
        if game.kind[local] in (ROUND_DECISION, ROUND_ENTRY) or lane < lanes[0] or lane >= lanes[1]:
            continue
        row, stake = game.row[player, local] - first, game.stake[player, local]
        into = room.y_fold if game.kind[local] == ROUND_FOLD else room.y_show
        for bucket in range(game.buckets[street, player]):
            into[bucket, lane - lanes[0]] += stake * room.y[row, bucket]


@njit(cache=True, _nrt=False)
def _sum_lanes(game, room, at, player, weight, lanes):
    """After ``compare``: values of the hands where the round begins, and sums over buckets at its ends."""
    street, first = game.street[at], game.first_local[at]
    bucket_of, gain, every, part = game.bucket[street, player], room.gain, room.every, room.part
    for place in range(game.live[0, player]):
        hand = game.order[0, player, place]
        bucket, share = bucket_of[hand], weight[hand]
        for lane in range(LANES):
            part[lane] = gain[hand, lane] * room.y_show[bucket, lane] + every[hand, lane] * room.y_fold[bucket, lane]
        # In pairs, written out: sums in order are not vector instructions.
        low, high = (part[0] + part[4]) + (part[1] + part[5]), (part[2] + part[6]) + (part[3] + part[7])
        room.value[at, hand] += low + high
        for lane in range(LANES):
            room.of_show[bucket, lane] += share * gain[hand, lane]
        for lane in range(LANES):
            room.of_fold[bucket, lane] += share * every[hand, lane]
    for local in range(first, game.first_local[at + 1]):
        lane = game.lane[player, local]
        if game.kind[local] in (ROUND_DECISION, ROUND_ENTRY) or lane < lanes[0] or lane >= lanes[1]:
            continue
        stake = game.stake[player, local]
        source = room.of_fold if game.kind[local] == ROUND_FOLD else room.of_show
        for bucket in range(game.buckets[street, player]):
            room.worth[local - first, bucket] = stake * source[bucket, lane - lanes[0]]


@njit(cache=True, _nrt=False)
def _sum_entries(game, room, at, player, weight):
    """Values of the rounds that follow round ``at``: of the hands where it begins, and sums over buckets there."""
    street, first = game.street[at], game.first_local[at]
    bucket_of = game.bucket[street, player]
    for local in range(first, game.first_local[at + 1]):
        if game.kind[local] != ROUND_ENTRY:
            continue
        row, target, worth = game.row[player, local] - first, game.target[local], room.worth[local - first]
        for bucket in range(game.buckets[street, player]):
            worth[bucket] = np.float32(0.0)
        for place in range(game.live[0, player]):
            hand = game.order[0, player, place]
            worth[bucket_of[hand]] += weight[hand] * room.value[target, hand]
            room.value[at, hand] += room.y[row, bucket_of[hand]] * room.value[target, hand]


@njit(cache=True, _nrt=False)
def _learn(game, sums, room, at, player):
    """Values of the round's decisions from those at its ends, last first, and the player's regrets."""
    first, edge_of_round = game.first_local[at], game.first_edge_of_round[at]
    buckets = game.buckets[game.street[at], player]
    zero = np.float32(0.0)
    positive, negative = room.weight[W_POSITIVE], room.weight[W_NEGATIVE]
    for local in range(game.first_local[at + 1] - 1, first - 1, -1):
        if game.kind[local] != ROUND_DECISION:
            continue
        value = room.worth[local - first]
        own = game.player[local] == player
        for bucket in range(buckets):
            value[bucket] = zero
        for edge in range(game.first_edge[local], game.first_edge[local + 1]):
            below = room.worth[game.child[edge] - first]
            if own:
                sigma = room.sigma[edge - edge_of_round]
                for bucket in range(buckets):
                    value[bucket] += sigma[bucket] * below[bucket]
            else:
                for bucket in range(buckets):
                    value[bucket] += below[bucket]
        if not own:
            continue
        for edge in range(game.first_edge[local], game.first_edge[local + 1]):
            below = room.worth[game.child[edge] - first]
            start = game.offset[local] + (edge - game.first_edge[local]) * buckets
            for bucket in range(buckets):
                regret = sums.regret[start + bucket]
                kept = regret * (positive if regret > zero else negative)
                sums.regret[start + bucket] = kept + below[bucket] - value[bucket]


@njit(cache=True, _nrt=False)
def _add_strategies(game, sums, room, other, ranges):
    """The other player's reach times strategy on round 0, all hands, whatever board was drawn."""
    decay = room.weight[W_STRATEGY]
    hands = game.count[other]
    for local in range(game.first_local[1]):
        if game.kind[local] == ROUND_DECISION and game.player[local] == other:
            for edge in range(game.first_edge[local], game.first_edge[local + 1]):
                start = game.offset[local] + (edge - game.first_edge[local]) * hands
                for hand in range(hands):
                    more = ranges[other, hand] * room.x[game.child[edge], hand]
                    sums.strategy[start + hand] = sums.strategy[start + hand] * decay + more


@njit(cache=True, _nrt=False)
def _keep_values(game, sums, room):
    """Add up the values of the root's actions; ``sums.mass`` is added to apart."""
    decay = np.float64(room.weight[W_STRATEGY])
    for edge in range(game.first_edge[0], game.first_edge[1]):
        for hand in range(game.count[game.player[0]]):
            worth = np.float64(room.worth[game.child[edge], hand])
            sums.value[edge, hand] = sums.value[edge, hand] * decay + worth


@njit(cache=True)
def _sweep(game, sums, room, ranges, player):
    """Update ``player`` on the board that ``game`` has drawn."""
    other, rounds = 1 - player, game.street.size
    room.reach[0, :] = np.float32(0.0)
    for place in range(game.live[0, other]):
        hand = game.order[0, other, place]
        room.reach[0, hand] = ranges[other, hand]
    for at in range(rounds):
        if game.street[at] < game.seen.size - 1:
            _match(game, sums, room, at, other)
            _carry(game, room, at, other, room.x)
            _enter(game, room, at, other)
            if at == 0:
                _add_strategies(game, sums, room, other, ranges)
        room.value[at, :] = np.float32(0.0)
    if game.seen.size - 1 == game.street[0]:
        _match(game, sums, room, 0, other)
        _carry(game, room, 0, other, room.x)
        _add_strategies(game, sums, room, other, ranges)
    for at in range(rounds - 1, -1, -1):
        _match(game, sums, room, at, other)
        _carry(game, room, at, other, room.x)
        _match(game, sums, room, at, player)
        _carry(game, room, at, player, room.y)
        weight = ranges[player] if at > 0 else room.one
        for lane in range(0, game.num_lanes[player, at], LANES):
            lanes = lane, min(lane + LANES, game.num_lanes[player, at])
            _fill_lanes(game, room, at, player, lanes)
            compare(game, room, player, 0, LANES)
            _sum_lanes(game, room, at, player, weight, lanes)
        _sum_entries(game, room, at, player, weight)
        _learn(game, sums, room, at, player)
        if at == 0 and game.player[0] == player:
            _keep_values(game, sums, room)


@njit(cache=True)
def run_sampled(game, sums, room, ranges, tables, stream, weight_of_iteration, span):
    """Iterations ``span[0]`` to ``span[1]``, each an update of either player on a board of its own.

    ranges: float32[player, hand]; tables: DealTables; stream: BoardStream; weight_of_iteration: float32[iteration,
    NUM_WEIGHTS], see ``Weights``. Changes ``sums``.
    """
    mass = np.empty(game.hand.shape[1])
    held = np.empty(53)
    for iteration in range(span[0], span[1]):
        for weight in range(NUM_WEIGHTS):
            room.weight[weight] = weight_of_iteration[iteration, weight]
        for player in range(2):
            name = stream.name
            seed = np.uint64(name[0])
            rng.open_stream(stream.state, seed, rng.DOMAIN_SEARCH, name[1], name[2], iteration, player)
            draw_board(game, tables, stream, player)
            _sweep(game, sums, room, ranges, player)
            if game.player[0] == player:
                opposing(game, player, room.reach[0], held, mass)
                sums.mass[:] = sums.mass * np.float64(room.weight[W_STRATEGY]) + mass[: sums.mass.size]
