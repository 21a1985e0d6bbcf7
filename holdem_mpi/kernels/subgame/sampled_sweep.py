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
from holdem_mpi.kernels.subgame.sampled_types import ROUND_DECISION, ROUND_ENTRY, ROUND_FOLD, WIDTH
from holdem_mpi.kernels.subgame.subgame_ends import compare, meet, sum_by_card
from holdem_mpi.kernels.subgame.subgame_types import NUM_WEIGHTS, TINY, W_NEGATIVE, W_POSITIVE, W_STRATEGY


@njit(cache=True, _nrt=False)
def _match(game, sums, workspace, at, player):
    """Regret matching at all of a player's decisions of round ``at``: fill ``workspace.sigma``."""
    first, edge_of_round = game.first_local[at], game.first_edge_of_round[at]
    buckets = game.buckets[game.street[at], player]
    zero, sigma = np.float32(0.0), workspace.sigma
    for local in range(first, game.first_local[at + 1]):
        if game.kind[local] != ROUND_DECISION or game.player[local] != player:
            continue
        edge = game.first_edge[local] - edge_of_round
        actions = game.first_edge[local + 1] - game.first_edge[local]
        even = np.float32(1.0 / actions)
        start = game.offset[local]
        total = workspace.worth[0]
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
def _carry(game, workspace, at, player, out):
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
                    out[below, bucket] = out[row, bucket] * workspace.sigma[edge - edge_of_round, bucket]


@njit(cache=True, _nrt=False)
def _enter(game, workspace, at, other):
    """Carry the other player's reach to the rounds that follow round ``at``."""
    first, bucket_of = game.first_local[at], game.bucket[game.street[at], other]
    for local in range(first, game.first_local[at + 1]):
        if game.kind[local] == ROUND_ENTRY:
            row, target = game.row[other, local] - first, game.target[local]
            for hand in range(game.count[other]):
                workspace.reach[target, hand] = workspace.reach[at, hand] * workspace.x[row, bucket_of[hand]]


@njit(cache=True, _nrt=False)
def _fill_columns(game, workspace, at, player, columns):
    """Lay the reaches of columns ``columns[0]`` to ``columns[1]`` side by side: of the other's hands, and the chips
    that the player's own buckets have at stake in them.
    """
    other, street, first = 1 - player, game.street[at], game.first_local[at]
    zero = np.float32(0.0)
    x_column, side_by_side = workspace.x_column, workspace.side_by_side
    for column in range(columns[0], columns[1]):
        row = game.column_local[player, at, column] - first
        for bucket in range(game.buckets[street, other]):
            x_column[bucket, column - columns[0]] = workspace.x[row, bucket]
    bucket_of = game.bucket[street, other]
    for place in range(game.live[0, other]):
        hand = game.order[0, other, place]
        bucket, reach = bucket_of[hand], workspace.reach[at, hand]
        for column in range(WIDTH):
            side_by_side[hand, column] = reach * x_column[bucket, column]
    for bucket in range(game.buckets[street, player]):
        for column in range(WIDTH):
            workspace.y_fold[bucket, column] = zero
            workspace.y_show[bucket, column] = zero
            workspace.of_fold[bucket, column] = zero
            workspace.of_show[bucket, column] = zero
    for local in range(first, game.first_local[at + 1]):
        column = game.column[player, local]
        if game.kind[local] in (ROUND_DECISION, ROUND_ENTRY) or column < columns[0] or column >= columns[1]:
            continue
        row, stake = game.row[player, local] - first, game.stake[player, local]
        into = workspace.y_fold if game.kind[local] == ROUND_FOLD else workspace.y_show
        for bucket in range(game.buckets[street, player]):
            into[bucket, column - columns[0]] += stake * workspace.y[row, bucket]


@njit(cache=True, _nrt=False)
def _sum_columns(game, workspace, at, player, weight, columns):
    """After ``compare``: values of the hands where the round begins, and sums over buckets at its ends."""
    street, first = game.street[at], game.first_local[at]
    bucket_of, gain, every, part = game.bucket[street, player], workspace.gain, workspace.every, workspace.part
    for place in range(game.live[0, player]):
        hand = game.order[0, player, place]
        bucket, share = bucket_of[hand], weight[hand]
        for column in range(WIDTH):
            part[column] = (
                gain[hand, column] * workspace.y_show[bucket, column]
                + every[hand, column] * workspace.y_fold[bucket, column]
            )
        # In pairs, written out: sums in order are not vector instructions.
        low, high = (part[0] + part[4]) + (part[1] + part[5]), (part[2] + part[6]) + (part[3] + part[7])
        workspace.value[at, hand] += low + high
        for column in range(WIDTH):
            workspace.of_show[bucket, column] += share * gain[hand, column]
        for column in range(WIDTH):
            workspace.of_fold[bucket, column] += share * every[hand, column]
    for local in range(first, game.first_local[at + 1]):
        column = game.column[player, local]
        if game.kind[local] in (ROUND_DECISION, ROUND_ENTRY) or column < columns[0] or column >= columns[1]:
            continue
        stake = game.stake[player, local]
        source = workspace.of_fold if game.kind[local] == ROUND_FOLD else workspace.of_show
        for bucket in range(game.buckets[street, player]):
            workspace.worth[local - first, bucket] = stake * source[bucket, column - columns[0]]


@njit(cache=True, _nrt=False)
def _sum_entries(game, workspace, at, player, weight):
    """Values of the rounds that follow round ``at``: of the hands where it begins, and sums over buckets there."""
    street, first = game.street[at], game.first_local[at]
    bucket_of = game.bucket[street, player]
    for local in range(first, game.first_local[at + 1]):
        if game.kind[local] != ROUND_ENTRY:
            continue
        row, target, worth = game.row[player, local] - first, game.target[local], workspace.worth[local - first]
        for bucket in range(game.buckets[street, player]):
            worth[bucket] = np.float32(0.0)
        for place in range(game.live[0, player]):
            hand = game.order[0, player, place]
            worth[bucket_of[hand]] += weight[hand] * workspace.value[target, hand]
            workspace.value[at, hand] += workspace.y[row, bucket_of[hand]] * workspace.value[target, hand]


@njit(cache=True, _nrt=False)
def _learn(game, sums, workspace, at, player):
    """Values of the round's decisions from those at its ends, last first, and the player's regrets."""
    first, edge_of_round = game.first_local[at], game.first_edge_of_round[at]
    buckets = game.buckets[game.street[at], player]
    zero = np.float32(0.0)
    positive, negative = workspace.weight[W_POSITIVE], workspace.weight[W_NEGATIVE]
    for local in range(game.first_local[at + 1] - 1, first - 1, -1):
        if game.kind[local] != ROUND_DECISION:
            continue
        value = workspace.worth[local - first]
        own = game.player[local] == player
        for bucket in range(buckets):
            value[bucket] = zero
        for edge in range(game.first_edge[local], game.first_edge[local + 1]):
            below = workspace.worth[game.child[edge] - first]
            if own:
                sigma = workspace.sigma[edge - edge_of_round]
                for bucket in range(buckets):
                    value[bucket] += sigma[bucket] * below[bucket]
            else:
                for bucket in range(buckets):
                    value[bucket] += below[bucket]
        if not own:
            continue
        for edge in range(game.first_edge[local], game.first_edge[local + 1]):
            below = workspace.worth[game.child[edge] - first]
            start = game.offset[local] + (edge - game.first_edge[local]) * buckets
            for bucket in range(buckets):
                regret = sums.regret[start + bucket]
                kept = regret * (positive if regret > zero else negative)
                sums.regret[start + bucket] = kept + below[bucket] - value[bucket]


@njit(cache=True, _nrt=False)
def _add_strategies(game, sums, workspace, other, ranges):
    """The other player's reach times strategy on round 0, all hands, whatever board was drawn."""
    decay = workspace.weight[W_STRATEGY]
    hands = game.count[other]
    for local in range(game.first_local[1]):
        if game.kind[local] == ROUND_DECISION and game.player[local] == other:
            for edge in range(game.first_edge[local], game.first_edge[local + 1]):
                start = game.offset[local] + (edge - game.first_edge[local]) * hands
                for hand in range(hands):
                    more = ranges[other, hand] * workspace.x[game.child[edge], hand]
                    sums.strategy[start + hand] = sums.strategy[start + hand] * decay + more


@njit(cache=True, _nrt=False)
def _keep_values(game, sums, workspace):
    """Add up the values of the actions at the decision that is valued; ``sums.mass`` is added to apart."""
    decay, valued = np.float64(workspace.weight[W_STRATEGY]), game.valued[0]
    first = game.first_edge[valued]
    for edge in range(first, game.first_edge[valued + 1]):
        for hand in range(game.count[game.player[valued]]):
            worth = np.float64(workspace.worth[game.child[edge], hand])
            sums.value[edge - first, hand] = sums.value[edge - first, hand] * decay + worth


@njit(cache=True)
def _sweep(game, sums, workspace, ranges, player):
    """Update ``player`` on the board that ``game`` has drawn."""
    other, rounds = 1 - player, game.street.size
    workspace.reach[0, :] = np.float32(0.0)
    for place in range(game.live[0, other]):
        hand = game.order[0, other, place]
        workspace.reach[0, hand] = ranges[other, hand]
    for at in range(rounds):
        if game.street[at] < game.seen.size - 1:
            _match(game, sums, workspace, at, other)
            _carry(game, workspace, at, other, workspace.x)
            _enter(game, workspace, at, other)
            if at == 0:
                _add_strategies(game, sums, workspace, other, ranges)
        workspace.value[at, :] = np.float32(0.0)
    if game.seen.size - 1 == game.street[0]:
        _match(game, sums, workspace, 0, other)
        _carry(game, workspace, 0, other, workspace.x)
        _add_strategies(game, sums, workspace, other, ranges)
    for at in range(rounds - 1, -1, -1):
        _match(game, sums, workspace, at, other)
        _carry(game, workspace, at, other, workspace.x)
        _match(game, sums, workspace, at, player)
        _carry(game, workspace, at, player, workspace.y)
        weight = ranges[player] if at > 0 else workspace.one
        for column in range(0, game.num_columns[player, at], WIDTH):
            columns = column, min(column + WIDTH, game.num_columns[player, at])
            _fill_columns(game, workspace, at, player, columns)
            order, live, card = game.order[0, other], game.live[0, other], game.card[other]
            sum_by_card(workspace.by_card, workspace.side_by_side, card, order, live, 1)
            meet(game, workspace, player, 0, 0, 1)
            compare(game, workspace, player, 0, 1)
            _sum_columns(game, workspace, at, player, weight, columns)
        _sum_entries(game, workspace, at, player, weight)
        _learn(game, sums, workspace, at, player)
        if at == 0 and game.player[game.valued[0]] == player:
            _keep_values(game, sums, workspace)


@njit(cache=True)
def run_sampled(game, sums, workspace, ranges, tables, stream, weight_of_iteration, span):
    """Iterations ``span[0]`` to ``span[1]``, each an update of either player on a board of its own.

    ranges: float32[player, hand]; tables: DealTables; stream: BoardStream; weight_of_iteration: float32[iteration,
    NUM_WEIGHTS], see ``Weights``. Changes ``sums``.
    """
    mass = np.empty(game.hand.shape[1])
    by_card = np.empty(53)
    for iteration in range(span[0], span[1]):
        for weight in range(NUM_WEIGHTS):
            workspace.weight[weight] = weight_of_iteration[iteration, weight]
        for player in range(2):
            name = stream.name
            seed = np.uint64(name[0])
            rng.open_stream(stream.state, seed, rng.DOMAIN_SEARCH, name[1], name[2], iteration, player)
            draw_board(game, tables, stream, player)
            _sweep(game, sums, workspace, ranges, player)
            if game.player[game.valued[0]] == player:
                row = game.row[1 - player, game.valued[0]]
                for hand in range(game.count[1 - player]):
                    workspace.reach[0, hand] *= workspace.x[row, hand]
                opposing(game, player, workspace.reach[0], by_card, mass)
                sums.mass[:] = sums.mass * np.float64(workspace.weight[W_STRATEGY]) + mass[: sums.mass.size]
