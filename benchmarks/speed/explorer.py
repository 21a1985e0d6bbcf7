"""How fast the explorer answers: its first grid, random walks, and many browsers at once while a spot is solved.

python -m benchmarks.speed.explorer --walks 500 --browsers 20
python -m benchmarks.speed.explorer --large standard --walks 500

The first grid is timed from the start of the command to a painted page in a headless Chromium. A walk is a request for
a decision, on the shipped blueprint and on a saved solution; browsers at once are that many clients which each ask for
a decision every half second. Both are timed at the client. What they cost a solve is told by iterations a second, with
them and without, in turns.

With ``--large`` only walks through a large solution are timed: the flop of ``kept_solution`` with that menu (standard:
1.2 GiB), solved for one iteration, which takes about a minute, or the folder of a solution that is there. A walk begins
at the start and takes random actions and cards until the hand is over; each decision on it is one question. Told by
street, since after a street's first decision its values are at hand; and the cards that may come after a line.
"""

import argparse
import http.client
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx

from holdem_mpi.api import Solution, load_policy, open_solution, solve_spot
from holdem_mpi.cards import card_name
from holdem_mpi.config.spot_config import load_spot
from holdem_mpi.subgame.solution_line import is_decision, waits_for_card
from holdem_mpi.text import gibibytes, whole
from tests.helpers.browsing import a_browser

NAME = "nolimit_hu_200bb"
CARDS = [rank + suit for rank in "23456789TJQKA" for suit in "shdc"]
# A spot whose solving does not end by itself.
ENDLESS = {"target_pct": None, "time": None, "iterations": 10_000_000}


@contextmanager
def server(folder: Path, *sources: str):
    """(address with the token, seconds until it was printed, client) of a running command."""
    command = [
        sys.executable,
        "-m",
        "holdem_mpi.explore",
        "--no-browser",
        "--port",
        "0",
        "--spots",
        str(folder / "spots"),
    ]
    begin = time.perf_counter()
    process = subprocess.Popen(
        [*command, *sources], stdout=subprocess.PIPE, text=True, env={**os.environ, "NUMBA_NUM_THREADS": "1"}
    )
    try:
        url = re.search(r"http://\S+", process.stdout.readline())[0]
        address = url.partition("/?")[0]
        with httpx.Client(base_url=address, headers={"Origin": address}, timeout=60) as client:
            yield url, begin, client
    finally:
        process.terminate()
        process.wait()


def walker(policy, rng: random.Random) -> Callable[[], dict[str, str]]:
    """Keys of the next decision of random walks through a policy; a new hand where one has ended."""
    place = {"betting": "", "board": "".join(rng.sample(CARDS, 5))}

    def step() -> dict[str, str]:
        found = policy.decision(place["board"][: 2 * (0, 3, 4, 5)[place["betting"].count("/")]], place["betting"])
        child = rng.choice(found.children)
        place["betting"] = child or ""
        if child is None:
            place["board"] = "".join(rng.sample(CARDS, 5))
        return {"of": NAME, **place}

    return step


def told(seconds: list[float]) -> str:
    """Median, p95 and the longest, in milliseconds."""
    ranked = sorted(1000 * each for each in seconds)
    p95 = ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))]
    return f"median {statistics.median(ranked):.1f} ms, p95 {p95:.1f} ms, longest {ranked[-1]:.1f} ms"


def first_grid(rounds: int) -> None:
    """From the command to a painted grid; the browser is there already, as a user's is."""
    with a_browser() as browser, tempfile.TemporaryDirectory() as folder:
        seconds = []
        for _ in range(rounds + 1):
            page = browser.new_page()
            with server(Path(folder)) as (url, begin, _):
                page.goto(url.replace("/?", f"/blueprint?of={NAME}&"))
                page.wait_for_selector(".grid")
                seconds.append(time.perf_counter() - begin)
            page.close()
    print(
        f"first grid, {rounds} starts: median {statistics.median(seconds[1:]):.2f} s, longest {max(seconds[1:]):.2f} s"
    )


def timed(client: httpx.Client, name: str, keys: dict[str, str]) -> float:
    """Seconds of one question."""
    begin = time.perf_counter()
    client.get(f"/api/{name}", params=keys).raise_for_status()
    return time.perf_counter() - begin


class Browser:
    """A client that takes little time beside the server's own: twenty of them share one Python.

    client: one that the server has let in.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._connection = http.client.HTTPConnection(client.base_url.host, client.base_url.port, timeout=60)
        self._headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}

    def timed(self, keys: dict[str, str]) -> float:
        """Seconds of one question for a decision."""
        begin = time.perf_counter()
        self._connection.request("GET", f"/api/policy/decision?{urlencode(keys)}", headers=self._headers)
        answer = self._connection.getresponse()
        told = answer.read()
        taken = time.perf_counter() - begin
        if answer.status != 200:
            raise ValueError(told)
        return taken

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def walks(count: int) -> None:
    """Random decisions of the blueprint, and of a river solution, one after another."""
    policy, rng = load_policy(NAME), random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        solution = solve_spot("river", target_pct=0.5)
        solution.save(Path(folder) / "solved")
        with server(Path(folder), NAME, str(Path(folder) / "solved")) as (url, _, client):
            client.get(url)
            step = walker(policy, rng)
            timed(client, "policy/decision", {"of": NAME})
            asked = [step() for _ in range(count)]
            seconds = [timed(client, "policy/decision", keys) for keys in asked]
            print(f"blueprint, {count} decisions: {told(seconds)}", flush=True)
            lines = [",".join(each.line) for each in solution.decisions]
            timed(client, "solution/node", {"of": "solved"})
            nodes = [timed(client, "solution/node", {"of": "solved", "line": rng.choice(lines)}) for _ in range(count)]
            print(f"solution, {count} decisions: {told(nodes)}")


def lines_of(solution: Solution, count: int, rng: random.Random) -> list[list[str]]:
    """The lines to so many decisions of random walks, one after another."""
    lines: list[list[str]] = []
    line: list[str] = []
    while len(lines) < count:
        at = solution.place(line)
        if waits_for_card(solution.opened, at):
            free = set(CARDS) - {card_name(card) for card in (*solution.opened.board, *at.cards)}
            line = [*line, f"card {rng.choice(sorted(free))}"]
        elif is_decision(solution.opened, at):
            lines.append(line)
            line = [*line, rng.choice(solution.decision(line).actions)]
        else:
            line = []
    return lines


def large_solution(given: str, made: Path) -> Path:
    """The folder of a solution: ``given``, or made in ``made`` with the menu of that name."""
    if Path(given).is_dir():
        return Path(given)
    ranges = load_spot("turn")[1].ranges
    spot = {"board": "Qs Jh 2h", "pot": 50, "stacks": 200, "menu": given, "ranges": ranges}
    solve_spot(spot, iterations=1).save(made / "large")
    return made / "large"


def large_walks(given: str, count: int) -> None:
    """Random walks through a large solution, a server's first questions after its start among them."""
    with tempfile.TemporaryDirectory() as made:
        folder = large_solution(given, Path(made))
        size = sum(path.stat().st_size for path in folder.iterdir())
        lines = lines_of(open_solution(folder), count, random.Random(0))
        with server(Path(made), str(folder)) as (url, _, client):

            def ask(name: str, line: list[str], **more: str) -> float:
                return timed(client, f"solution/{name}", {"of": folder.name, "line": ",".join(line), **more})

            client.get(url)
            print(f"a solution of {gibibytes(size)}, the first question: {1000 * ask('node', []):.0f} ms", flush=True)
            seconds = [ask("node", line) for line in lines]
            print(f"{count} decisions of random walks: {told(seconds)}", flush=True)
            for later, street in enumerate(("the spot's street", "one card later", "two cards later")):
                some = [
                    each for each, line in zip(seconds, lines) if sum(step[:5] == "card " for step in line) == later
                ]
                if some:
                    print(f"  {street}, {len(some)}: {told(some)}", flush=True)
            ends = [line[:-1] for line in lines if line and line[-1].startswith("card ")]
            for by in ("bets", "ev"):
                cards = [ask("cards", line, by=by) for line in ends[:8]]
                print(f"{by} by card that may come, after {len(cards)} lines: {told(cards)}", flush=True)


def speed_of_solving(client: httpx.Client, name: str, seconds: float) -> float:
    """Iterations a second of a job over so many seconds."""

    def iterations() -> int:
        checks = client.get(f"/api/spot/job?of={name}").json()["checks"]
        return checks[-1]["iterations"] if checks else 0

    before, begin = iterations(), time.perf_counter()
    time.sleep(seconds)
    return (iterations() - before) / (time.perf_counter() - begin)


def at_once(browsers: int, rounds: int, seconds: float) -> None:
    """That many clients beside a solve, in turns with the solve alone."""
    policy = load_policy(NAME)
    with tempfile.TemporaryDirectory() as folder, server(Path(folder), NAME) as (url, _, client):
        client.get(url)
        timed(client, "policy/decision", {"of": NAME})
        spot = client.get("/api/spot/template?of=turn").json()["spot"] | {"solver": ENDLESS}
        name = client.post(
            "/api/spot/solve", content=json.dumps({"spot": spot}), headers={"Content-Type": "application/json"}
        ).json()["name"]
        while len(client.get(f"/api/spot/job?of={name}").json()["checks"]) < 10:
            time.sleep(0.2)
        # Found beforehand: the clients are to cost little beside the server and the solve.
        steps = int(3 * rounds * seconds) + 10
        walks_of = []
        for number in range(browsers):
            step = walker(policy, random.Random(number))
            walks_of.append(iter([step() for _ in range(steps)]))  # no round asks what one before has asked
        times: list[float] = []
        stop = threading.Event()

        def browse(number: int) -> None:
            with closing(Browser(client)) as own:
                while not stop.wait(0.5):
                    times.append(own.timed(next(walks_of[number])))

        ratios = []
        for _ in range(rounds):
            alone = speed_of_solving(client, name, seconds)
            stop.clear()
            threads = [threading.Thread(target=browse, args=(number,)) for number in range(browsers)]
            for thread in threads:
                thread.start()
            beside = speed_of_solving(client, name, seconds)
            stop.set()
            for thread in threads:
                thread.join()
            ratios.append(beside / alone)
        print(f"{browsers} browsers while a spot is solved: {told(times)}")
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"the solve's speed beside them: {statistics.median(ratios):.2f} of alone ({spread})")


def main() -> None:
    """Measure all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=whole, default=3)
    parser.add_argument("--walks", type=whole, default=500)
    parser.add_argument("--browsers", type=whole, default=20)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each turn with a solve")
    parser.add_argument("--large", metavar="MENU|DIR", help="time walks through a large solution, and nothing else")
    given = parser.parse_args()
    if given.large:
        large_walks(given.large, given.walks)
        return
    first_grid(given.rounds)
    walks(given.walks)
    at_once(given.browsers, given.rounds, given.seconds)


if __name__ == "__main__":
    main()
