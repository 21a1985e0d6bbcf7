"""Configs: read strictly, compared by what decides the result.

The SEMANTIC part of a config decides the tables bit by bit, and has a fingerprint; the rest is OPERATIONAL and may
change when a run is resumed.
"""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from holdem_mpi.config.buckets import ABSTRACTION_FILE
from holdem_mpi.config.fingerprint import semantic_dict, semantic_differences
from holdem_mpi.config.recipe_config import RecipeConfig
from holdem_mpi.config.run_config import BATCH_SIZE_LIMIT, AbstractionConfig, RunConfig
from holdem_mpi.config.samplers import facts_of
from holdem_mpi.config.shipped import config_folder, one_of_the_shipped, path_of_game
from holdem_mpi.config.strict_yaml import explain, read_yaml
from holdem_mpi.errors import ConfigError
from holdem_mpi.text import one_line, shown

Model = TypeVar("Model", bound=BaseModel)


def config_to_yaml(config: RunConfig) -> str:
    """YAML text that ``load_config`` reads back to an equal config."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, default_flow_style=None, width=110)


def load_config(path_or_name: str | Path, overrides: dict[str, Any] | None = None) -> RunConfig:
    """Config of a YAML file, or of a shipped game by its name, with ``overrides`` laid over it.

    ``overrides`` maps dotted keys to values, or to ``(option, value)`` with the command-line option that messages name.
    A text with a slash or a YAML ending is a file. ConfigError, one line, on anything that is not as it must be.
    """
    return read_model(RunConfig, _path_of(path_or_name), "game", overrides)


def _path_of(path_or_name: str | Path) -> Path:
    text = str(path_or_name)
    is_file = isinstance(path_or_name, Path) or "/" in text or text.endswith((".yaml", ".yml"))
    return Path(text) if is_file else path_of_game(text)


def differences_from_source(
    run: RunConfig, path_or_name: str | Path, overrides: dict[str, Any] | None = None
) -> list[str]:
    """Where a run's result is decided otherwise than by a config file with ``overrides``, or by a shipped game's name:
    lines as of ``semantic_differences``, the run's value first. Empty: the run may have been started by it. ConfigError
    where it cannot be read.

    A name says only which game is played. A file says what is written in it; what it leaves out, options may have said
    at the start.
    """
    if isinstance(path_or_name, str):
        given, said = load_config(path_or_name), {"game"}
    else:
        given, written = load_config(path_or_name, overrides), read_yaml(path_or_name, "game")
        said = {*(written.keys() - {"solver"}), *(f"solver.{key}" for key in written.get("solver", {}))}
    of_run, of_source = (
        {
            key: value
            for key, value in semantic_dict(config).items()
            if any(key == part or key.startswith(f"{part}.") for part in said)
        }
        for config in (run, given)
    )
    return semantic_differences(of_run, of_source)


def read_model(model: type[Model], path: Path, first_key: str, overrides: dict[str, Any] | None = None) -> Model:
    """A YAML file as a ``model``; ``overrides`` and errors as in ``load_config``. first_key: one it must have."""
    return model_of(model, read_yaml(path, first_key), str(path), overrides)


def model_of(
    model: type[Model], mapping: Mapping[str, Any], source: str, overrides: dict[str, Any] | None = None
) -> Model:
    """A mapping of the keys that a YAML file would have as a ``model``; ``overrides`` and errors as in ``load_config``.

    source: what errors call it. The mapping stays as it is.
    """
    data = copy.deepcopy(dict(mapping))
    options: dict[str, str] = {}
    _leave_to_sampler(data, overrides or {})
    _leave_to_batch_size(data, overrides or {})
    _leave_to_recipe(data, overrides or {})
    for key, value in (overrides or {}).items():
        if isinstance(value, tuple):
            options[key], value = value
        _override(data, key.split("."), value)
    _write_out_recipe(data, source, options)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ConfigError(explain(error, model, source, options)) from None


def _leave_to_sampler(data: dict[str, Any], overrides: dict[str, Any]) -> None:
    """Drop the file's iterations between merges and between discounts where an option replaces a sampler of one kind by
    one of another: a traversal in vector form counts for a thousand of the others. The weights that come with a sampler
    go, too, and pruning where the option's sampler knows none.
    """
    chosen, solver = overrides.get("solver.sampler"), data.get("solver")
    chosen = chosen[1] if isinstance(chosen, tuple) else chosen
    own, other = facts_of(solver.get("sampler") if isinstance(solver, dict) else None), facts_of(chosen)
    if chosen is None or own.like(other):
        return
    data.pop("batch_size", None)
    data.pop("batch_size_limit", None)
    if isinstance(solver, dict):
        unknown = ("pruning",) if other.in_vectors else ()
        for key in ("discount_interval", *unknown, *own.weights, *other.weights):
            solver.pop(key, None)


def _leave_to_batch_size(data: dict[str, Any], overrides: dict[str, Any]) -> None:
    """Drop the file's limit of batches that grow where an option fixes their size, and where an earlier version wrote
    the default beside a fixed size.
    """
    chosen = overrides.get("batch_size", "auto")
    chosen = chosen[1] if isinstance(chosen, tuple) else chosen
    written = type(data.get("batch_size")) is int and data.get("batch_size_limit") == BATCH_SIZE_LIMIT
    if chosen != "auto" or written:
        data.pop("batch_size_limit", None)


def recipe_named(text: str) -> RecipeConfig:
    """The recipe of a YAML file, or a shipped one by its name. ConfigError, one line."""
    names = sorted(path.stem for path in (config_folder() / "recipes").glob("*.yaml"))
    if "/" in text or text.endswith((".yaml", ".yml")):
        return read_model(RecipeConfig, Path(text), "preflop")
    return read_model(
        RecipeConfig, config_folder() / "recipes" / f"{one_of_the_shipped('recipe', text, names)}.yaml", ""
    )


def folder_written_out(folder: str) -> dict[str, Any]:
    """The keys of ``AbstractionConfig`` that the folder of a built abstraction stands for. ConfigError, one line."""
    path = Path(folder) / ABSTRACTION_FILE
    index = {key: value for key, value in read_yaml(path, "buckets").items() if key != "digest"}
    try:
        AbstractionConfig.model_validate(index)
    except ValidationError as error:
        raise ConfigError(explain(error, AbstractionConfig, str(path), {})) from None
    return {**index, "directory": folder}


def _leave_to_recipe(data: dict[str, Any], overrides: dict[str, Any]) -> None:
    """Drop what the file says of buckets where an option says it otherwise."""
    named = {"abstraction.recipe", "abstraction.buckets"} & overrides.keys()
    if len(named) == 2:
        raise ConfigError("--recipe and --buckets: expected one of them")
    if named and isinstance(data.get("abstraction"), dict):
        for key in ("recipe", "buckets", "methods", "seed"):
            data["abstraction"].pop(key, None)


def _write_out_recipe(data: dict[str, Any], file: str, options: dict[str, str]) -> None:
    """Replace a recipe, or a folder that stands for buckets, by what it stands for, in place."""
    section = data.get("abstraction")
    if not isinstance(section, dict):
        return
    if isinstance(section.get("buckets"), str):
        section.update(folder_written_out(section["buckets"]))
    if "recipe" in section:
        place = options.get("abstraction.recipe", f"{file}: abstraction.recipe")
        recipe = section.pop("recipe")
        if section.keys() & {"buckets", "methods", "seed"}:
            raise ConfigError(f"{place}: expected either a recipe or buckets, methods and seed")
        if not isinstance(recipe, str):
            raise ConfigError(one_line(f"{place}: expected the name or the file of a recipe, got {shown(recipe)}"))
        section.update(recipe_named(recipe).written_out())
        # What is wrong with those keys is wrong with the recipe.
        options.update(
            dict.fromkeys((f"abstraction.{key}" for key in ("buckets", "methods", "seed")), f"{place} {recipe}")
        )


def _override(data: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        data = data.setdefault(key, {})
        if not isinstance(data, dict):  # a wrong section of the file: validation says so
            return
    data[keys[-1]] = value
