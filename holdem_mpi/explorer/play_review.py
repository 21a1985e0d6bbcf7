"""What a session at a table was worth: ``evaluate review`` on its hands, in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import yaml

from holdem_mpi.config.shipped import shipped_blueprints
from holdem_mpi.errors import UserError
from holdem_mpi.explorer.play_table import HUMAN, PlayTable, names_of_bots
from holdem_mpi.explorer.spot_jobs import job_environment
from holdem_mpi.text import one_line, printable

_MOST_SECONDS, _MOST_DEAREST = 900.0, 5


class SessionReviews:
    """Reviews of tables by name, one at a time; the last one of each table is kept while the server runs."""

    def __init__(self) -> None:
        self._running: tuple[str, subprocess.Popen] | None = None
        self._done: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def start(self, name: str, table: PlayTable) -> dict[str, Any]:
        """Begin to judge the hands of a table; its state. UserError where no hand is over, or one is judged already."""
        hands = table.saved("acpc")
        with self._lock:
            if self._running is not None:
                raise UserError("a session is being judged already; expected its end first")
            folder = tempfile.TemporaryDirectory(prefix="holdem_mpi_")
            command = _command(Path(folder.name), table, hands)
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=job_environment(),
            )
            self._running = name, process
        threading.Thread(target=self._wait, args=(name, process, folder), daemon=True).start()
        return self.state(name)

    def state(self, name: str) -> dict[str, Any]:
        """``{"state": "none" | "runs" | "done" | "failed", ...}`` with the result where it is done."""
        with self._lock:
            if self._running is not None and self._running[0] == name:
                return {"state": "runs"}
            return self._done.get(name, {"state": "none"})

    def close(self) -> None:
        """End what runs; the server does."""
        with self._lock:
            if self._running is not None:
                self._running[1].kill()

    def _wait(self, name: str, process: subprocess.Popen, folder: tempfile.TemporaryDirectory) -> None:
        try:
            out, err = process.communicate(timeout=_MOST_SECONDS)
            told = _told(out) if process.returncode == 0 else {"state": "failed", "error": _last_line(err)}
        except (subprocess.TimeoutExpired, ValueError, KeyError) as error:
            process.kill()
            process.communicate()
            told = {"state": "failed", "error": printable(one_line(str(error)))}
        folder.cleanup()
        with self._lock:
            self._running, self._done[name] = None, told


def _command(folder: Path, table: PlayTable, hands: str) -> list[str]:
    rules, game = table.policy.game.rules, table.policy.game.config.model_dump(mode="json")
    profile = {
        "game": game,
        "players": rules.num_players,
        "blinds": list(rules.blinds),
        "stacks": list(rules.stacks),
        "hero": HUMAN,
    }
    (folder / "hands.log").write_text(hands)
    (folder / "profile.yaml").write_text(yaml.safe_dump(profile))
    command = [sys.executable, "-m", "holdem_mpi.evaluate", "review", "--json", "--top", str(_MOST_DEAREST)]
    command += ["--hands", str(folder / "hands.log"), "--profile", str(folder / "profile.yaml"), "--hero", HUMAN]
    command += ["--seed", str(table.bot_seed)]  # bets off the tree are taken for the same ones as in play
    # AIVAT takes the bot's draws out of the result where it is known what it drew from: not from search.
    known = ["--known", *names_of_bots(2)] if table.search_ms is None and rules.num_players == 2 else []
    name = table.policy.name
    policy = name if name in shipped_blueprints() else os.path.abspath(name)
    return [*command, "--policy", policy, *known]


def _told(out: str) -> dict[str, Any]:
    """What the page shows of a review. ValueError and KeyError where it is none."""
    review = json.loads(out)
    found = review["result"]
    keys = ("hand", "street", "board", "cards", "taken", "probability", "policy", "ev_lost")
    return {
        "state": "done",
        "hands": found["hands"],
        "plain": found.get("plain"),
        "aivat": found.get("aivat"),
        "ev_lost": review.get("ev_lost_mbb_a_hand"),
        "dearest": [{key: each.get(key) for key in keys} for each in review["dearest"]],
    }


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return printable(lines[-1]) if lines else "it ended without a word"
