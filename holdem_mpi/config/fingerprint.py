"""What of a config decides the result: its SEMANTIC part, its fingerprint, and how two of them differ."""

import hashlib
import json
from typing import Any

from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.config.run_config import RunConfig

OPERATIONAL_KEYS = frozenset(
    {
        "game.name",
        "abstraction.directory",
        "iters",
        "time_budget",
        "checkpoint_interval",
        "keep_checkpoints",
        "snapshot_factor",
        "snapshot_first",
        "log_interval",
        "logdir",
        "tensorboard",
        "watchdog",
        "spare_ranks",
    }
)
# Semantic keys that runs of older versions do not have, and the value that they stand for.
_LATER_KEYS = {
    "mode": "reproducible",
    "batch_size_limit": None,
    "late_merge": False,
    "abstraction.methods": [],
    "abstraction.seed": 0,
    "game.limp": True,
    "solver.draws": "auto",
    "game.most_to_flop": None,
    "game.antes": [],
    "game.sizes_at": [],
}
_ABSENT = object()


def semantic_dict(config: RunConfig) -> dict[str, Any]:
    """The semantic part as dotted keys to JSON values. A key that is not listed as operational is semantic.

    Keys that came later are left out where they say what there was before, so that fingerprints stay.
    """
    return {
        key: value
        for key, value in _flatten(config.model_dump(mode="json"), "").items()
        if key not in OPERATIONAL_KEYS and not (key in _LATER_KEYS and value == _LATER_KEYS[key])
    }


def game_description(game: GameConfig) -> dict[str, Any]:
    """A game as JSON without its name: what decides whether two games are the same. Later keys as in semantic_dict."""
    dumped = game.model_dump(mode="json", exclude={"name"})
    return {key: value for key, value in dumped.items() if _LATER_KEYS.get(f"game.{key}", _ABSENT) != value}


def _flatten(section: dict, prefix: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in section.items():
        flat.update(_flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value})
    return flat


def canonical_json(value: Any) -> bytes:
    """One spelling for one JSON value: sorted keys, no blanks, ASCII. ValueError on NaN and infinity."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def fingerprint(config: RunConfig) -> str:
    """SHA-256 (hex) of the semantic part."""
    return hashlib.sha256(canonical_json(semantic_dict(config))).hexdigest()


def semantic_differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """One line for each dotted key whose value differs, such as ``solver.seed: was 1, now 2``."""
    return [
        f"{key}: was {_json_or_absent(old, key)}, now {_json_or_absent(new, key)}"
        for key in sorted(old.keys() | new.keys())
        if _json_or_absent(old, key) != _json_or_absent(new, key)
    ]


def _json_or_absent(values: dict[str, Any], key: str) -> str:
    value = values.get(key, _LATER_KEYS.get(key, _ABSENT))
    return "absent" if value is _ABSENT else json.dumps(value, sort_keys=True)
