"""Today's searching agent against that of an earlier checkout, over one blueprint, with luck taken out.

    git worktree add ../old ab0fa84
    mpirun -n 2 python -m benchmarks.quality.agents_of_two_checkouts RUN ../old --other 116,152,400

Deals are played twice, seats swapped; ranks share them out, each with both agents. Each agent says what it does with
every hand, so that AIVAT knows both ranges; its baseline is the blueprint against itself. Both are given iterations by
street, not milliseconds: a busy machine changes nothing, and what is found depends on the seed alone. What iterations
stand for one time say the CPU seconds of a decision, by street: play some hands, then set ``--other`` in proportion.
Before the match the earlier checkout's reading of the blueprint is held against today's. As at a table the earlier
agent searches with the sizes of the game's profile, with the gadget on the river; it draws cards to come, as today's
does with iterations; see ``agent_of_checkout``.

What is done is kept in ``--out``; the same command goes on where it stopped. The earlier checkout needs ``new_search``
in its ``search/root_search.py``, as from the first searching agent until ring games were searched.
"""

import argparse
import json
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.config.search_effort import effort_of, parse_iterations
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.head_to_head import AIVAT, COLUMNS, PLAIN, DuplicateDealer, play_pairs
from holdem_mpi.evaluation.match import estimators
from holdem_mpi.game.rules import CALL, BettingState
from holdem_mpi.hands.profile import profile_of_game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.parallel.work_queue import run_items
from holdem_mpi.policy.open_player import open_player
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.policy_files import open_run_policy
from holdem_mpi.search.search_player import SearchPlayer, searching

_STREETS = ("preflop", "flop", "turn", "river")


class Timed:
    """A searching player whose decisions' CPU seconds are counted.

    spent: float64[street, 2], decisions and seconds.
    """

    def __init__(self, player: SearchPlayer) -> None:
        self._player, self.spent = player, np.zeros((4, 2))
        self.name, self.blueprint = player.name, player.blueprint
        self.start, self.follow = player.start, player.follow

    def strategy(self, memo: Any, state: BettingState, board: tuple[int, ...]) -> tuple:
        """As of the player."""
        begin = time.process_time()
        found = self._player.strategy(memo, state, board)
        self.spent[state.street] += 1, time.process_time() - begin
        return found


class OtherAgent:
    """The agent of another checkout, in a process of its own; its memo is the actions with their draws."""

    def __init__(self, checkout: Path, told: dict[str, Any], player: BlueprintPlayer) -> None:
        self.name, self.blueprint, self.spent = f"the agent of {checkout}", player.blueprint, np.zeros((4, 2))
        folders = [str(checkout.resolve()), str(Path(__file__).resolve().parent), os.environ.get("PYTHONPATH", "")]
        self._process = subprocess.Popen(
            [sys.executable, "-c", "import agent_of_checkout; agent_of_checkout.main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=checkout,  # it comes first where Python looks for packages
            env=os.environ | {"PYTHONPATH": os.pathsep.join(folders)},
        )
        if Path(own := self._ask(told)).resolve().parent.parent != checkout.resolve():
            raise SystemExit(f"{checkout}: its process runs {own}; expected its own holdem_mpi")

    def _ask(self, question: Any) -> Any:
        pickle.dump(question, self._process.stdin)
        self._process.stdin.flush()
        return pickle.load(self._process.stdout)

    def start(self) -> tuple:
        """Nothing was done."""
        return ()

    def follow(self, memo: tuple, state: BettingState, action: int, u: float) -> tuple:
        """What was done, and the draw of its translation."""
        return (*memo, (action, u))

    def strategy(self, memo: tuple, state: BettingState, board: tuple[int, ...], search: bool = True) -> tuple:
        """(actions, float64[1326, action]); of its blueprint where it is not to search."""
        actions, sigma, seconds = self._ask((memo, board, search))
        self.spent[state.street] += 1, seconds
        return actions, sigma

    def close(self) -> None:
        """End its process."""
        pickle.dump(None, self._process.stdin)
        self._process.stdin.close()
        self._process.wait()


def check_blueprints(player: BlueprintPlayer, other: OtherAgent, rules: Any, board: tuple[int, ...]) -> None:
    """SystemExit where the two checkouts' blueprints differ somewhere along a hand of calls, or facing a bet."""
    line: tuple[int, ...] = ()
    while True:
        state, place = BettingState.start(rules), player.start()
        for action in line:
            place, state = player.follow(place, state, action, 0.5), state.apply(action)
        if state.is_over:
            break
        seen = board[: player.blueprint.seen[state.street]]
        actions, sigma = player.strategy(place, state, seen)
        theirs, their_sigma = other.strategy(tuple((action, 0.5) for action in line), state, seen, search=False)
        if tuple(actions) != tuple(theirs) or np.abs(sigma - their_sigma).max() > 1e-9:
            raise SystemExit(f"after {line} on {seen} the two read different blueprints; expected one")
        # On each street the first player bets once, and is called.
        raises = [action for action in actions if action > CALL]
        line = (*line, raises[0] if raises and not state.history[-1] else CALL)


def _told(policy: str, player: BlueprintPlayer, game: Any, iterations: str, seed: int) -> dict[str, Any]:
    """What the other checkout's process is told first."""
    blueprint = player.blueprint
    arrays = [blueprint.tables.bucket_of_3, blueprint.tables.bucket_of_4, blueprint.tables.bucket_of_5]
    return {
        "game": game.config.model_dump(mode="json"),
        "buckets": blueprint.policy.layout.num_buckets,
        "probability": np.array(blueprint.policy.probability),
        "visited": np.array(blueprint.policy.visited),
        "tables": [_file_of(array) for array in arrays],
        "menu": profile_of_game(game, policy).search_config({}).menu.model_dump(),
        "iterations": parse_iterations(iterations),
        "seed": seed,
    }


def _file_of(array: Any) -> str:
    """The file that an array is mapped from."""
    while not getattr(array, "filename", None):
        array = array.base
    return str(array.filename)


def _kept(path: Path, settings: dict[str, str]) -> list[dict[str, Any]]:
    """The deals that the file has; a new one begins with the settings. SystemExit where it is of others."""
    if not path.exists():
        path.write_text(json.dumps(settings) + "\n")
    first, *rows = (json.loads(line) for line in path.read_text().splitlines())
    if first != settings:
        raise SystemExit(f"{path}: of {first}; expected {settings}")
    return rows


def report(rows: list[dict[str, Any]], blind: int) -> list[str]:
    """Lines of the figures so far, today's agent's winnings."""
    rows = sorted(rows, key=lambda row: row["deal"])
    pairs = {name: np.array([row[name] for row in rows]).mean(axis=1) for name in ("chips", "aivat")}
    lines = [f"{2 * len(rows)} hands, {len(rows)} deals, each played twice; today's agent wins"]
    for name, title in (("chips", "duplicate"), ("aivat", "AIVAT")):
        lines.append(f"  {title:<9} {Estimate.of_values(1000.0 / blind * pairs[name], 'mbb/h')}")
    for name in ("today", "other"):
        spent = np.sum([row[name] for row in rows], axis=0)
        each = [
            f"{street} {1e3 * seconds / max(count, 1):.0f} ms of {count:.0f}"
            for street, (count, seconds) in zip(_STREETS[1:], spent[1:])
        ]
        lines.append(f"  {name}: CPU time of a decision: {', '.join(each)}")
    return lines


def play(comm: Communicator, given: argparse.Namespace, rows: list[dict[str, Any]], blind: int) -> None:
    """Play the deals that ``rows`` lack, each on some rank; rank 0 adds them and keeps them in the file. Collective."""
    done = comm.on_root(lambda: [row["deal"] for row in rows])
    deals = sorted(set(range(given.hands // 2)) - set(done))
    if not deals:
        return
    game, player = open_player(given.policy, None, comm)
    other = OtherAgent(given.checkout, _told(given.policy, player, game, given.other, given.seed), player)
    check_blueprints(player, other, game.rules, game.deck.draw(given.seed, 0, 2)[1])
    today = Timed(searching(comm, game, player, effort_of(None, given.iterations), given.seed))
    aivat = estimators((today, other), game.deck, given.seed)
    dealer = DuplicateDealer(game.rules, game.deck, given.seed, ranges=True)

    def work(deal: int) -> np.ndarray:
        today.spent[:] = other.spent[:] = 0.0
        result = play_pairs(dealer, (today, other), aivat, [deal])[0]
        return np.concatenate((result, today.spent.ravel(), other.spent.ravel()))

    def keep(deal: int, found: np.ndarray) -> None:
        row = {"deal": deal, "chips": found[PLAIN].tolist(), "aivat": found[AIVAT].tolist()}
        of_today, of_other = found[COLUMNS:].reshape(2, 4, 2).tolist()
        rows.append(row | {"today": of_today, "other": of_other})
        with given.out.open("a") as file:
            print(json.dumps(rows[-1]), file=file)
        if len(rows) % 50 == 0:
            print("\n".join(report(rows, blind)), file=sys.stderr, flush=True)

    run_items(comm, deals, work, keep)
    other.close()


def main(comm: Communicator) -> int:
    """Play, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("policy", help="a run's or a policy's folder, of heads-up hold'em")
    parser.add_argument("checkout", type=Path, help="folder of the earlier checkout")
    parser.add_argument("--iterations", default="90,120,600", help="of today's agent, on flop, turn, river")
    parser.add_argument("--other", default="90,120,600", help="of the earlier agent")
    parser.add_argument("--hands", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("agents_of_two_checkouts.jsonl"))
    given = parser.parse_args()
    settings = {name: str(value) for name, value in vars(given).items() if name not in ("hands", "out")}
    rows = comm.on_root(lambda: _kept(given.out, settings))
    blind = max(open_run_policy(given.policy, comm).game.rules.blinds)
    play(comm, given, rows, blind)
    if comm.rank == 0:
        print("\n".join(report(rows, blind)))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
