"""Decisions of each kind after a search's warm-up, in a process of its own: PLAYERS (2 or 3), for test_warm_up.py.

Prints a JSON line: the sources of the decisions, how many kept all hands and cards apart, the kernels that had no code
for what they were called with though the warm-up was done and the blueprint had been asked, and those that the warm-up
called and the small game that stands for it had not compiled.
"""

import json
import sys

from numba.core.dispatcher import Dispatcher

from holdem_mpi.cards import parse_cards
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.rules import CALL, FOLD, BettingState
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.performance.ring_stand_in import compile_ring_search
from holdem_mpi.play.search_jobs import compile_search_of_two
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.search.agent import Agent, Situation
from holdem_mpi.search.ring_root import after
from holdem_mpi.search.root_search import CardAbstraction
from holdem_mpi.search.service import SearchService
from holdem_mpi.search.team import compile_search
from holdem_mpi.subgame.ring_blueprint import RingContinuation

from .ring_games import THREE, ring_blueprint, ring_tables
from .search_roots import NUM_BUCKETS, pattern_abstraction
from .small_blueprints import RULES, holdem_blueprint

BOARD = tuple(parse_cards("Qs Jh 2h 8h 3c"))
ROUND, TWO = (CALL,) * 3, (FOLD, CALL, CALL)
LINES = {
    2: [(CALL,) * checks for checks in (2, 4, 6)],
    3: [ROUND, ROUND * 2, ROUND * 3, (*ROUND * 3, 20), TWO, (*TWO, CALL, CALL), (*TWO, CALL, CALL, CALL, CALL), (40,)],
}
SMALL = {
    "streets": ["preflop", "flop", "turn", "river"],
    "menu": {"bet_sizes": [1.0], "raise_sizes": [1.0]},
    "later_bets": [1.0],
    "later_raises": [],
    "most_raises": 1,
    "least_drawn": 1,
    "least_iterations": 1,
    "most_iterations": 4,
}


def compiled() -> set[tuple[str, tuple]]:
    """(name, types of the arguments) of all that was called so far from Python, or compiled."""
    modules = [vars(module) for name, module in list(sys.modules.items()) if name.startswith("holdem_mpi.")]
    kernels = {kernel for module in modules for kernel in module.values() if isinstance(kernel, Dispatcher)}
    return {(f"{kernel.__module__}.{kernel.__name__}", types) for kernel in kernels for types in kernel.signatures}


def names(kernels: set[tuple[str, tuple]]) -> list[str]:
    """Of kernels, in order."""
    return sorted({name for name, _ in kernels})


def main() -> None:
    """Search on each line twice, with cards drawn and, where that can be, enumerated."""
    players, config = int(sys.argv[1]), SearchConfig(**SMALL)
    rules = THREE if players == 3 else RULES
    player = BlueprintPlayer("b", ring_blueprint() if players == 3 else holdem_blueprint(1))
    cards = pattern_abstraction()
    if players == 3:
        cards = CardAbstraction(ring_tables(), NUM_BUCKETS, RingContinuation(player.blueprint))
        compile_ring_search(["uint8"] * 3, "float64")
    else:
        compile_search_of_two(list(rules.board_cards))
    ahead = compiled()
    compile_search(Communicator(), config, rules, cards)
    missed = names(compiled() - ahead)
    states = [after(BettingState.start(rules), line) for line in LINES[players]]
    asked = [Situation(place, at, BOARD[: (0, 3, 4, 5)[at.street]], 1200) for place, at in enumerate(states)]
    alone = Agent(player, None, config)
    for at in asked:
        alone.decide(at)
    before, found, exact = compiled(), [], []
    for sampled in ("always", "never"):
        own = config.model_copy(update={"sampled": sampled})
        service = SearchService(Communicator(), own, rules, cards)
        agent = Agent(player, service, own)
        for at in asked:
            found.append(agent.decide(at, 60_000.0).source)
            exact.append(service.last.exact)
    print(json.dumps({"sources": found, "exact": sum(exact), "new": names(compiled() - before), "missed": missed}))


if __name__ == "__main__":
    main()
