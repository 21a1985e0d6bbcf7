"""Requests to the explorer as a hostile or broken page might send them, made from what each of its addresses takes."""

import json
import logging
import random
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import httpx

from holdem_mpi.explorer.endpoint import Endpoint
from holdem_mpi.explorer.gate import API
from holdem_mpi.explorer.site import Explorer

from .browsing import TOKEN, Site

SECRET = "what-no-answer-may-hold"
SPOT = {
    "board": "Qs Jh 2h 8h 3c",
    "pot": 50,
    "stacks": 200,
    "ranges": {"oop": "AA,KQs", "ip": "KK,QTs"},
    "bet_sizes": [1.0],
    "solver": {"target_pct": None, "iterations": 2},
}
_TEXTS = (
    ["", " ", ".", "..", "../..", "../../../../etc/passwd", "/etc/passwd", "..\\..\\secret", "%2e%2e%2f", "secret.txt"]
    + [
        "\x00",
        "\ufeff",
        "\ud800",
        "\u202e",
        "A" * 300,
        "A" * 5000,
        "<script>alert(1)</script>",
        "'; --",
        "${x}",
        "null",
    ]
    + [
        "NaN",
        "-1",
        "1e999",
        "9" * 40,
        "9" * 5000,
        "r" + "9" * 30,
        "r²",
        "c" * 500,
        "/" * 50,
        "f",
        "c/c/c",
        "rr",
        "r300c/",
    ]
    + [
        "Qh7h2c",
        "QhQh2c",
        "AhKhQhJhTh9h",
        "A5s",
        "AA",
        "check,bet 50",
        "check,check",
        ",,,",
        "@",
        "@0",
        "x@999999999999",
    ]
)
_OTHERS = [None, True, False, 0, -1, 1.5, 10**30, -(10**400), 1e308, [], {}, [[]], {"a": {"b": [1, 2]}}, ["x"] * 40]
_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE")


class Asker:
    """Asks a running site; ``count`` says how often each status came.

    names: of sources, jobs and tables, which make good answers more likely.
    """

    def __init__(self, site: Site, explorer: Explorer, seed: int) -> None:
        self._endpoints, self._random, self._site = explorer.endpoints(), random.Random(seed), site
        self._names = [each.name for each in explorer.sources.all()]
        cookie = {"Cookie": f"{site.cookie}={TOKEN}", "Origin": site.address}
        self._client = httpx.Client(base_url=site.address, headers=cookie, timeout=60)
        self.count: Counter[int] = Counter()
        self._faults: list[str] = []
        self._handler = logging.Handler(logging.ERROR)
        self._handler.emit = lambda record: self._faults.append(record.getMessage())
        logging.getLogger("uvicorn.error").addHandler(self._handler)

    def ask(self) -> None:
        """One request. AssertionError where the answer is a fault, or tells what it must not."""
        chance = self._random.random()
        if chance < 0.1:
            self._send("GET", self._path())
        elif chance < 0.15:
            self._send(self._random.choice(_METHODS), API + self._random.choice(self._endpoints).name)
        else:
            self._ask_endpoint(self._random.choice(self._endpoints))

    def close(self) -> None:
        """Close the connection. AssertionError where the server has told of a fault of its own on the way."""
        self._client.close()
        logging.getLogger("uvicorn.error").removeHandler(self._handler)
        assert self._faults == []

    def _ask_endpoint(self, endpoint: Endpoint) -> None:
        keys = {name: self._value(name) for name in endpoint.asked.model_fields}
        for name in list(keys):
            if self._random.random() < 0.12:
                del keys[name]
        if self._random.random() < 0.1:
            keys[self._text()[:20] or "x"] = self._text()
        path = API + endpoint.name
        if endpoint.method == "GET":
            pairs = [
                f"{quote(str(name), errors='replace')}={quote(str(value), errors='replace')}"
                for name, value in keys.items()
            ]
            if pairs and self._random.random() < 0.05:
                pairs.append(self._random.choice(pairs))
            self._send("GET", f"{path}?{'&'.join(pairs)}")
            return
        body = json.dumps(keys).encode()
        if self._random.random() < 0.1:
            body = self._spoilt(body)
        self._send("POST", path, body)

    def _value(self, name: str):
        """A value of a key: a good one half of the time."""
        if name == "spot":
            return self._spot()
        good = {"of": self._names, "form": ["csv", "json", "yaml", "phhs", "acpc"], "hands": ["AA", "A5s", "72o"]}
        good |= {"board": ["", "Qh7h2c", "Qh7h2c5sTd"], "betting": ["", "r300", "r300c/c", "cc/cc/cc/"]}
        good |= {"line": ["", "check", "check,bet 50"], "text": ["AA,KQs:0.5", "22+"], "action": ["f", "c", "r300"]}
        good |= {"hand": [0, 1], "search_ms": [None], "begin": ["", *self._names], "exploit": [False, True]}
        good |= {"ranks": [1, 1, 2], "menu": ["lean", "rich"], "every": [False, True], "target_pct": [0.5]}
        good |= {"locks": [None, [], [{"line": "check", "strategy": "check"}], [{"line": [], "hands": {"AA": "x"}}]]}
        if name in good and self._random.random() < 0.6:
            return self._random.choice(good[name])
        return self._text() if self._random.random() < 0.7 else self._random.choice(_OTHERS)

    def _spot(self):
        spot = json.loads(json.dumps(SPOT))
        for _ in range(self._random.choice((0, 1, 1, 2))):
            key = self._random.choice(
                [*spot, "abstraction", "min_bet", "actions", "to_act", "chip", "merge", "raise_sizes"]
            )
            spot[key] = self._text() if self._random.random() < 0.4 else self._random.choice(_OTHERS)
        return spot if self._random.random() < 0.95 else self._random.choice(_OTHERS)

    def _text(self) -> str:
        if self._random.random() < 0.8:
            return self._random.choice(_TEXTS)
        return "".join(chr(self._random.randrange(1, 0x2FF)) for _ in range(self._random.randrange(1, 12)))

    def _path(self) -> str:
        start = self._random.choice(["/", "/page/", API, "/api", "/page/../", "/page/%2e%2e/", "//"])
        return start + quote(self._text(), safe="/.%", errors="replace")[:2000]

    def _spoilt(self, body: bytes) -> bytes:
        kind, place = self._random.randrange(4), self._random.randrange(len(body) + 1)
        if kind == 0:
            return body[:place]
        if kind == 1:
            return body[:place] + self._random.randbytes(3) + body[place:]
        return b"[" * 3000 if kind == 2 else b'{"of": NaN, "spot": Infinity, "text": 1e999}'

    def _send(self, method: str, path: str, body: bytes | None = None) -> None:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            with self._client.stream(method, path, content=body, headers=headers) as answer:
                events = answer.headers.get("content-type", "").startswith("text/event-stream")
                text = "" if events else answer.read().decode("utf-8", "replace")
        except httpx.InvalidURL:  # what httpx itself does not send
            return
        told = f"{method} {path[:300]} {(body or b'')[:300]!r}: {answer.status_code} {text[:300]}"
        self.count[answer.status_code] += 1
        assert answer.status_code < 500, told
        assert "Traceback" not in text and SECRET not in text and "root:x:0" not in text, told
        if answer.status_code >= 400 and method not in ("HEAD",) and path.startswith(API) and "error" in text:
            assert "\n" not in json.loads(text)["error"], told


def lay_traps(runs: Path) -> None:
    """Beside and in a run's folder: what no answer may hold, and links to it."""
    (runs.parent / "secret.txt").write_text(SECRET)
    for link in (runs / "secret.txt", runs / "small" / "stolen.log"):
        if not link.is_symlink():
            link.symlink_to(runs.parent / "secret.txt")
