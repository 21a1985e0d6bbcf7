"""The configs that come with the package."""

from pathlib import Path

from holdem_mpi.errors import ConfigError
from holdem_mpi.text import did_you_mean, one_line

DEFAULT_GAME = "nolimit_hu_200bb"


def config_folder() -> Path:
    """Folder of the shipped configs, in the package or beside it."""
    installed = Path(__file__).parents[1] / "configs"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "configs"


def shipped_games() -> list[str]:
    """Names of the configs that come with the package, sorted."""
    return sorted(path.stem for path in config_folder().glob("*.yaml"))


def shipped_acpc_games() -> list[str]:
    """Names of the ACPC game definitions that come with the package, sorted."""
    return sorted(path.stem for path in (config_folder() / "acpc").glob("*.game"))


def shipped_blueprints() -> list[str]:
    """Names of the blueprints that come with the package, sorted; each is called as its game."""
    return sorted(path.parent.name for path in (config_folder() / "blueprints").glob("*/manifest.json"))


def path_of_blueprint(name: str) -> Path:
    """Folder of a shipped blueprint."""
    return config_folder() / "blueprints" / name


def path_of_game(name: str) -> Path:
    """File of a shipped game. ConfigError with the known names where there is none."""
    return config_folder() / f"{one_of_the_shipped('game', name, shipped_games())}.yaml"


def one_of_the_shipped(kind: str, name: str, names: list[str]) -> str:
    """``name`` where it is one of ``names``; else ConfigError that lists them."""
    if name not in names:
        hint = did_you_mean(name, names)
        raise ConfigError(one_line(f"unknown {kind} {name!r}{hint}; {kind}s: {', '.join(names)}"))
    return name
