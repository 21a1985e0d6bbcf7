"""Matches over TCP: our dealer and two of our players, each a process of its own.

python -m benchmarks.checks.tcp_matches nolimit limit nolimit-search limit-search
python -m benchmarks.checks.tcp_matches baselines --hands 10_000
python -m benchmarks.checks.tcp_matches baselines-search --hands 2_000

A part is one match, or for ``baselines`` one against each of them, duplicate, with AIVAT by ``evaluate review``. Each
must have no illegal action, no line left out, no fault and no time-out, chips that sum to zero, and a log that replays
to the same chips. Limit hold'em has no shipped policy: one is trained first (``--train SECONDS``), or
``--limit-policy DIR``.
"""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from holdem_mpi.config.shipped import config_folder
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.text import whole

BASELINES = ("always-call", "always-raise", "random")
PARTS = ("nolimit", "limit", "nolimit-search", "limit-search", "baselines", "baselines-search")


def run(*arguments: Any, **options: Any) -> subprocess.Popen:
    """A command of ours, started."""
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)


def finished(process: subprocess.Popen) -> dict[str, Any]:
    """The JSON object of its last line. RuntimeError where it failed."""
    out, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(process.args)}: exit code {process.returncode}")
    return json.loads(out.splitlines()[-1])


def free_ports() -> int:
    """The first of two neighbouring ports that nobody uses."""
    while True:
        with socket.create_server(("", 0)) as first:
            port = first.getsockname()[1]
            try:
                with socket.create_server(("", port + 1)):
                    return port
            except OSError:
                continue


def play(game: str, players: list[list[Any]], hands: int, log: Path, *options: Any) -> dict[str, Any]:
    """A match, checked; the dealer's summary and the players' as ``own``."""
    port, began = free_ports(), time.perf_counter()
    serve = ("--serve", game, "--hands", hands, "--port", port, "--log", log, "--names", "Ann", "Bob")
    dealer = run("holdem_mpi.autoplay", *serve, "--start-timeout", 600, "--json", *options)
    seats = [
        run(
            "holdem_mpi.autoplay",
            "--host",
            "localhost",
            "--port",
            port + place,
            "--connect-timeout",
            600,
            "--json",
            *own,
        )
        for place, own in enumerate(players)
    ]
    own = [finished(each) for each in seats]
    summary = finished(dealer) | {"own": own, "seconds": time.perf_counter() - began}
    assert sum(each["chips"] for each in summary["players"]) == 0, summary
    assert all(each["illegal"] == each["ignored_lines"] == 0 for each in summary["players"]), summary
    assert all(each["incidents"] == each["fallbacks"] == 0 and each["hands"] == hands for each in own), summary
    assert [each["chips"] for each in own] == [each["chips"] for each in summary["players"]], summary
    return summary


def review(log: Path, policy: str, *options: Any) -> dict[str, Any]:
    """What ``evaluate review`` says of Ann; it replays the log by the rules."""
    arguments = ("review", "--hands", log, "--policy", policy, "--hero", "Ann", "--json", *options)
    return finished(run("holdem_mpi.evaluate", *arguments))


def trained_limit(folder: Path, seconds: float) -> str:
    """A small policy of limit hold'em, trained where the folder is not there yet."""
    if folder.exists():
        return str(folder)
    options = ("--game", "limit_holdem", "--buckets", "169,20,20,20", "--time-budget", seconds, "--logdir", folder)
    if run("holdem_mpi.train", *options).wait():
        raise RuntimeError("training a policy of limit hold'em failed")
    return str(folder)


def play_part(part: str, given: argparse.Namespace, folder: Path) -> None:
    """Two of our agents, of one policy."""
    limit = part.startswith("limit")
    policy, profile = str(config_folder() / "blueprints" / "nolimit_hu_200bb"), "nolimit_hu_200bb"
    if limit:
        policy, profile = given.limit_policy or trained_limit(folder / "limit", given.train), "limit_holdem"
    search = ["--deadline-ms", given.deadline_ms] if part.endswith("search") else ["--no-search"]
    game = "holdem_limit_2p" if limit else "holdem_nolimit_2p"
    seat = ["--policy", policy, "--profile", profile, "--game", game, *search]
    log = folder / f"{part}.log"
    summary = play(game, [[*seat, "--seed", 1], [*seat, "--seed", 2]], given.hands, log)
    replayed = review(log, policy, "--profile", profile)
    assert replayed["hands"] == given.hands and replayed["skipped"] == 0
    assert replayed["result"]["chips"] == summary["players"][0]["chips"]
    slowest = max(each["slowest_ms"] for each in summary["players"])
    sources = summary["own"][0]["sources"]
    print(f"{part}: {given.hands} hands, {summary['seconds']:.0f} s, slowest answer {slowest:.0f} ms, Ann's: {sources}")


def play_baselines(part: str, given: argparse.Namespace, folder: Path) -> None:
    """The shipped no-limit blueprint, or search on it, against each baseline."""
    policy = str(config_folder() / "blueprints" / "nolimit_hu_200bb")
    searches = part.endswith("search")
    own = ["--deadline-ms", given.deadline_ms] if searches else ["--no-search"]
    for name in BASELINES:
        log = folder / f"{part}-{name}.log"
        play("holdem_nolimit_2p", [own, ["--policy", name]], given.hands, log, "--duplicate")
        known = ("--known", f"Bob={name}") if searches else ("--known", "Ann", "--known", f"Bob={name}")
        began = time.perf_counter()
        result = review(log, policy, *known)["result"]
        aivat, plain = (Estimate.from_json(result[name]) for name in ("aivat", "plain"))
        print(
            f"{part} {name}: {result['hands']} hands, AIVAT {aivat}; plain {plain.mean:+.0f}; reviewed in "
            f"{time.perf_counter() - began:.0f} s{'' if aivat.low > 0 else '  NOT ABOVE ZERO'}",
            flush=True,
        )


def main() -> None:
    """Play the parts that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--hands", type=whole, default=1000)
    parser.add_argument("--deadline-ms", type=float, default=100.0)
    parser.add_argument("--train", type=float, default=60.0)
    parser.add_argument("--limit-policy")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for part in given.parts:
            (play_baselines if part.startswith("baselines") else play_part)(part, given, Path(folder))


if __name__ == "__main__":
    main()
