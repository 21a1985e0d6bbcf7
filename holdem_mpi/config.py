"""Configs: read strictly, compared by what decides the result.

The SEMANTIC part of a config decides the tables bit by bit, and has a fingerprint; the rest is OPERATIONAL and may
change when a run is resumed.
"""

import difflib
import hashlib
import json
import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from holdem_mpi.config_schema import (
    VECTOR_SAMPLERS,
    AbstractionConfig,
    CrossCheckError,
    GameConfig,
    PruningConfig,
    RunConfig,
    SolverConfig,
)
from holdem_mpi.errors import ConfigError

__all__ = [
    "DEFAULT_GAME",
    "OPERATIONAL_KEYS",
    "AbstractionConfig",
    "GameConfig",
    "PruningConfig",
    "RunConfig",
    "SolverConfig",
    "canonical_json",
    "config_folder",
    "config_to_yaml",
    "fingerprint",
    "load_config",
    "one_of_the_shipped",
    "path_of_game",
    "read_model",
    "semantic_dict",
    "semantic_differences",
    "shipped_games",
]

Model = TypeVar("Model", bound=BaseModel)

DEFAULT_GAME = "nolimit_hu_200bb"

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
        "merge",
        "logdir",
        "tensorboard",
        "watchdog",
    }
)


# Semantic keys that runs of older versions do not have, and the value that they stand for.
_LATER_KEYS = {"mode": "reproducible", "batch_size_limit": None}


def semantic_dict(config: RunConfig) -> dict[str, Any]:
    """The semantic part as dotted keys to JSON values. A key that is not listed as operational is semantic.

    Keys that came later are left out where they say what there was before, so that fingerprints stay.
    """
    flat = _flatten(config.model_dump(mode="json"), "")
    if config.batch_size != "auto":
        flat["batch_size_limit"] = None
    return {
        key: value
        for key, value in flat.items()
        if key not in OPERATIONAL_KEYS and not (key in _LATER_KEYS and value == _LATER_KEYS[key])
    }


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


_ABSENT = object()


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


def config_to_yaml(config: RunConfig) -> str:
    """YAML text that ``load_config`` reads back to an equal config."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, default_flow_style=None, width=110)


def config_folder() -> Path:
    """Folder of the shipped configs, in the package or beside it."""
    installed = Path(__file__).parent / "configs"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "configs"


def shipped_games() -> list[str]:
    """Names of the configs that come with the package, sorted."""
    return sorted(path.stem for path in config_folder().glob("*.yaml"))


def path_of_game(name: str) -> Path:
    """File of a shipped game. ConfigError with the known names where there is none."""
    return config_folder() / f"{one_of_the_shipped('game', name, shipped_games())}.yaml"


def one_of_the_shipped(kind: str, name: str, names: list[str]) -> str:
    """``name`` where it is one of ``names``; else ConfigError that lists them."""
    if name not in names:
        hint = _did_you_mean(name, names)
        raise ConfigError(_one_line(f"unknown {kind} {name!r}{hint}; {kind}s: {', '.join(names)}"))
    return name


def load_config(path_or_name: str | Path, overrides: dict[str, Any] | None = None) -> RunConfig:
    """Config of a YAML file, or of a shipped game by its name, with ``overrides`` laid over it.

    ``overrides`` maps dotted keys to values, or to ``(option, value)`` with the command-line option that messages name.
    A text with a slash or a YAML ending is a file. ConfigError, one line, on anything that is not as it must be.
    """
    text = str(path_or_name)
    is_file = isinstance(path_or_name, Path) or "/" in text or text.endswith((".yaml", ".yml"))
    return read_model(RunConfig, Path(text) if is_file else path_of_game(text), "game", overrides)


def read_model(model: type[Model], path: Path, first_key: str, overrides: dict[str, Any] | None = None) -> Model:
    """A YAML file as a ``model``; ``overrides`` and errors as in ``load_config``. first_key: one it must have."""
    data = _read_yaml(path, first_key)
    options: dict[str, str] = {}
    _leave_to_sampler(data, overrides or {})
    for key, value in (overrides or {}).items():
        if isinstance(value, tuple):
            options[key], value = value
        _override(data, key.split("."), value)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ConfigError(_explain(error, model, str(path), options)) from None


def _leave_to_sampler(data: dict[str, Any], overrides: dict[str, Any]) -> None:
    """Drop the file's iterations between merges and between discounts where an option replaces a sampler of one kind by
    one of the other: a traversal in vector form counts for a thousand of the others.
    """
    chosen, solver = overrides.get("solver.sampler"), data.get("solver")
    chosen = chosen[1] if isinstance(chosen, tuple) else chosen
    own = solver.get("sampler", "external") if isinstance(solver, dict) else "external"
    if chosen is not None and (chosen in VECTOR_SAMPLERS) != (own in VECTOR_SAMPLERS):
        data.pop("batch_size", None)
        if isinstance(solver, dict):
            solver.pop("discount_interval", None)


def _override(data: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        data = data.setdefault(key, {})
        if not isinstance(data, dict):  # a wrong section of the file: validation says so
            return
    data[keys[-1]] = value


class _StrictLoader(yaml.SafeLoader):
    """YAML's safe subset, without duplicate keys; a value that its tag cannot hold is an error with its place."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key_node, _ in node.value if isinstance(node, yaml.MappingNode) else []:
            name = (key_node.tag, key_node.value) if isinstance(key_node, yaml.ScalarNode) else None
            if name is not None and name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"duplicate key {name[1]}", key_node.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, KeyError, AttributeError, TypeError, OverflowError):
            message = f"a value that does not fit its type {node.tag.rpartition(':')[2]}"
            raise yaml.constructor.ConstructorError(None, None, message, node.start_mark) from None


# YAML 1.1 reads 1e6 as text, since it has no dot; here it is the number that everybody means.
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def _read_yaml(path: Path, first_key: str) -> dict[str, Any]:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except OSError as error:
        raise ConfigError(_one_line(f"{path}: {error.strerror}, expected a config file")) from None
    except UnicodeDecodeError:
        raise ConfigError(_one_line(f"{path}: not a UTF-8 text, expected a YAML config")) from None
    except RecursionError:
        raise ConfigError(_one_line(f"{path}: nested too deeply, expected a YAML config")) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"{error.context or 'bad YAML'}, {error.problem}" if error.problem.startswith("but ") else error.problem
        raise ConfigError(_one_line(f"{path}:{mark.line + 1 if mark else 1}: {what}")) from None
    except yaml.YAMLError as error:
        raise ConfigError(_one_line(f"{path}: not YAML: {error}")) from None
    if not isinstance(data, dict):
        raise ConfigError(_one_line(f"{path}: expected a YAML config with the key {first_key}, got {_shown(data)}"))
    # A section whose keys are all commented out is an empty one.
    return {key: {} if value is None and key in ("abstraction", "solver") else value for key, value in data.items()}


def _explain(error: ValidationError, model: type[BaseModel], file: str, options: dict[str, str]) -> str:
    """One line for a failed validation: unknown keys first, since they are what makes other keys look missing."""
    problems = sorted(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    first, more = problems[0], len(problems) - 1
    location = list(first["loc"])
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, CrossCheckError):
        location += cause.key.split(".")
    key = ".".join(str(part) for part in location if isinstance(part, str))
    index = "".join(f"[{part}]" for part in location if not isinstance(part, str))
    place = options.get(key, file)
    shown_key = "" if key in options else f" {key}{index}:"
    if first["type"] == "extra_forbidden":
        known = list(_model_at(model, location[:-1]).model_fields)
        hint = _did_you_mean(str(location[-1]), known) or f" (known: {', '.join(known)})"
        text = f"{place}: unknown key {key}{hint}"
    elif first["type"] == "invalid_key":
        text = f"{place}: unknown key {_shown(first['input'])} (a key is a text)"
    elif first["type"] == "missing":
        text = f"{place}: missing key {key}"
    elif cause is not None:
        text = f"{place}:{shown_key} {cause}"
    else:
        text = f"{place}:{shown_key} expected {_expected(first)}, got {_shown(first['input'])}"
    return _one_line(text + (f" (and {more} more)" if more else ""))


def _model_at(model: type[BaseModel], location: list) -> type[BaseModel]:
    for key in location:
        model = model.model_fields[key].annotation
    return model


_BOUNDS = {"greater_than": "above {gt}", "greater_than_equal": "of at least {ge}"}
_BOUNDS |= {"less_than": "below {lt}", "less_than_equal": "of at most {le}"}
_TYPES = {
    "int": "an integer",
    "float": "a number",
    "finite": "a finite number",
    "bool": "true or false",
    "string": "a text",
    "list": "a list",
    "model": "a section of keys",
}


def _expected(problem: dict[str, Any]) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    if kind in _BOUNDS:
        return "a number " + _BOUNDS[kind].format(**context).removesuffix(".0")
    if kind == "literal_error":
        return context["expected"]
    return _TYPES.get(kind.split("_")[0], problem["msg"])


def _shown(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _did_you_mean(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
