"""The ranks of a search put together, and sent home at the end, whatever has become of them."""

import gc
import sys
from collections.abc import Callable

import numpy as np

from holdem_mpi.abstraction.deal_tables import tables_of_holdem
from holdem_mpi.cards import NUM_HANDS, without_blocked
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.config.run_config import AbstractionConfig
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.errors import UserError
from holdem_mpi.game.rules import CALL, BettingState, Rules
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compile_once import compile_once
from holdem_mpi.parallel.mailbox import Mailbox
from holdem_mpi.parallel.stop_flag import StopFlag
from holdem_mpi.policy.players import BlueprintPlayer, Player
from holdem_mpi.search.begin_search import new_search
from holdem_mpi.search.crew import crew_of_cores, whole_crew
from holdem_mpi.search.planner import ring_method, search_tree
from holdem_mpi.search.ring_root import RingRoot, rest_of_two
from holdem_mpi.search.root_search import CardAbstraction, EnumeratedSearch, RootSearch, SearchRoot, cards_to_come
from holdem_mpi.search.service import SearchService, send_home
from holdem_mpi.search.worker import serve, wait_for_leave
from holdem_mpi.subgame.divided import DividedSweeps
from holdem_mpi.subgame.gadget import KINDS, Gadget
from holdem_mpi.subgame.ring_blueprint import RingContinuation
from holdem_mpi.text import counted


def abstraction_to_search(
    comm: Communicator, game: GameConfig, config: SearchConfig, player: Player | None = None
) -> CardAbstraction:
    """The buckets of streets to come, built where the cache lacks them; of more than two players, and where leaves are
    its continuations, the blueprint of ``player``, too. Collective.
    """
    buckets = [169] + [config.buckets] * (game.streets - 1)
    tables, _ = tables_of_holdem(game, AbstractionConfig(buckets=buckets), comm)
    ring = (game.players > 2 or config.leaves == "continuations") and isinstance(player, BlueprintPlayer)
    return CardAbstraction(tables, tuple(buckets), RingContinuation(player.blueprint) if ring else None)


def size_of_team(comm: Communicator, config: SearchConfig) -> int:
    """How many ranks search. UserError where there are not so many."""
    count = config.num_workers or comm.size
    if count > comm.size:
        raise UserError(f"--num-workers {count}: expected at most {counted(comm.size, 'rank')}, as many as run")
    return count


def run_with_team(
    comm: Communicator,
    config: SearchConfig,
    rules: Rules,
    abstraction: CardAbstraction,
    lead: Callable[[SearchService], int],
    compiled: bool = False,
) -> int:
    """Call ``lead`` on rank 0 with a service over the first ``config.num_workers`` ranks, which serve meanwhile, by
    default over all, of which then one for each core searches at a time; the exit code on every rank. Ranks that cannot
    be sent home then, such as stopped ones, are ended by force. Collective.

    compiled: whether ``compile_search`` was called.
    """
    count = size_of_team(comm, config)
    if not compiled:
        compile_search(comm, config, rules, abstraction)
    team = comm.first_ranks(count)
    crew = None if team is None else whole_crew(team) if config.num_workers else crew_of_cores(team)
    comm.barrier()
    if comm.rank:
        with StopFlag():  # rank 0 sees signals too, and decides
            if team:
                serve(team, config, rules, abstraction)
            else:
                wait_for_leave(comm)
        return 0
    gc.collect()
    gc.freeze()  # what is there now stays: collections in the middle of a decision are short
    service, error, code = SearchService(team, config, rules, abstraction, crew), None, 0
    try:
        code = lead(service)
    except UserError as caught:
        error, code = caught, caught.exit_code
    lost = service.close() + send_home(Mailbox(comm), list(range(count, comm.size)))
    if error and lost:
        print(f"error: {error}", file=sys.stderr, flush=True)
    if lost:
        comm.abort(code)
    if error:
        raise error
    return code


def compile_search(
    comm: Communicator, config: SearchConfig, rules: Rules, abstraction: CardAbstraction, last_first: bool = False
) -> None:
    """Have all that a search calls compiled on the first rank of each host, and loaded on the others. Collective.
    last_first: in the opposite order, as where another process is at it.
    """
    compile_once(comm, lambda: _warm_up(config, rules, abstraction, last_first))
    if comm.host.rank:
        _warm_up(config, rules, abstraction)


def _warm_up(config: SearchConfig, rules: Rules, abstraction: CardAbstraction, last_first: bool = False) -> None:
    """An iteration of everything, with a few hands."""
    state, seen = BettingState.start(rules), np.cumsum(rules.board_cards)
    few, ring = np.zeros((rules.num_players, NUM_HANDS)), rules.num_players > 2
    few[:, :: NUM_HANDS // 12] = 1.0
    states = []
    while not state.is_over:
        states.append(state)
        state = state.apply(CALL)
    for at in states[::-1] if last_first else states:
        board = tuple(range(0, 4 * int(seen[at.street]), 4))
        two: BettingState | None = at
        if ring:
            _warm_up_ring(RingRoot(at, board, without_blocked(few, board)), config, abstraction)
            of_two = board and at.player < 2 and not any(map(at.is_all_in, (0, 1)))
            two = rest_of_two(at, (0, 1))[0] if of_two else None
        elif board and abstraction.continuation and cards_to_come(SearchRoot(at, board, few)):
            _warm_up_ring(RingRoot(at, board, without_blocked(few, board)), config, abstraction)
        if two is not None and board:
            root = SearchRoot(two, board, without_blocked(few[:2], board))
            steps = [_warm_up_drawn, _warm_up_without_gadgets if ring else _warm_up_exact]
            for step in steps[::-1] if last_first else steps:
                step(root, config, abstraction)


def _warm_up_ring(root: RingRoot, config: SearchConfig, abstraction: CardAbstraction) -> None:
    tree = search_tree(root, config, None)
    for sampled in {True, ring_method(root, config).sampled}:
        search = new_search(root, tree, abstraction, (0, 0, 0), sampled)
        search.run(1)
        search.root_values()


def _warm_up_drawn(root: SearchRoot, config: SearchConfig, abstraction: CardAbstraction) -> None:
    new_search(root, search_tree(root, config, None), abstraction, (0, 0, 0), True).run(1)


def _warm_up_without_gadgets(root: SearchRoot, config: SearchConfig, abstraction: CardAbstraction) -> None:
    _warm_up_exact(root, config, abstraction, ())


def _warm_up_exact(
    root: SearchRoot, config: SearchConfig, abstraction: CardAbstraction, kinds: tuple[str, ...] = KINDS
) -> None:
    tree, come = search_tree(root, config, None), cards_to_come(root)
    if come > 1:
        return
    search = new_search(root, tree, abstraction, (0, 0, 0), False)
    _warm_up_enumerated(search)
    for kind in kinds:
        gadget = Gadget(kind, 1 - root.state.player, np.zeros(NUM_HANDS, np.float32))
        search = new_search(root._replace(gadget=gadget), tree, abstraction, (0, 0, 0), False)
        _warm_up_enumerated(search)
    if come == 1 and isinstance(search, EnumeratedSearch):
        _warm_up_sharing(search)


def _warm_up_enumerated(search: RootSearch) -> None:
    search.run(1)
    if isinstance(search, EnumeratedSearch):
        search.solver.warm_up()  # the first iteration is done by itself, the others many at once
    search.root_values()


def _warm_up_sharing(search: EnumeratedSearch) -> None:
    sweeps = DividedSweeps(search.solver)
    for player in range(2):
        sweeps.enter(0, player, sweeps.descend(0, player))
        sweeps.value(player, [0])
        sweeps.ascend(player)
