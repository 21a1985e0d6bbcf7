"""YAML read strictly, and what is wrong with it told in one line."""

import re
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from holdem_mpi.config.section import CrossCheckError
from holdem_mpi.errors import ConfigError
from holdem_mpi.text import did_you_mean, one_line, shown


class _StrictLoader(yaml.SafeLoader):
    """YAML's safe subset, without duplicate keys; a value that its tag cannot hold is an error with its place."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        for key_node, value_node in node.value if isinstance(node, yaml.MappingNode) else []:
            if key_node.value == "ranges" and isinstance(value_node, yaml.MappingNode):
                _keep_ranges(value_node)
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


def _keep_ranges(ranges: yaml.MappingNode) -> None:
    """Make ranges of hands the texts that they are, in place: YAML takes 99 and 22:0.5 for numbers, and in a mapping
    within braces a comma for the end of a value, which leaves what follows it as a key without a value.
    """
    kept: list[tuple[yaml.Node, yaml.Node]] = []
    for key, value in ranges.value:
        bare = isinstance(value, yaml.ScalarNode) and value.style is None
        before = kept[-1][1] if kept else None
        between = key.end_mark.buffer[key.end_mark.pointer : value.start_mark.pointer]
        is_rest = ranges.flow_style and bare and not value.value and ":" not in between
        if is_rest and isinstance(before, yaml.ScalarNode) and before.value:
            before.value += f",{key.value}"
            continue
        if bare and value.value not in ("", "~", "null", "Null", "NULL"):
            value.tag = "tag:yaml.org,2002:str"
        kept.append((key, value))
    ranges.value = kept


# YAML 1.1 reads 1e6 as text, since it has no dot; here it is the number that everybody means.
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def read_yaml(path: Path, first_key: str) -> dict[str, Any]:
    """The mapping in a YAML file. ConfigError, one line; first_key: one that it must have, for the message."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = yaml.load(text, Loader=_StrictLoader)
    except OSError as error:
        raise ConfigError(one_line(f"{path}: {error.strerror}, expected a config file")) from None
    except UnicodeDecodeError:
        raise ConfigError(one_line(f"{path}: not a UTF-8 text, expected a YAML config")) from None
    except RecursionError:
        raise ConfigError(one_line(f"{path}: nested too deeply, expected a YAML config")) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"{error.context or 'bad YAML'}, {error.problem}" if error.problem.startswith("but ") else error.problem
        where = mark.line if mark else 0
        raise ConfigError(one_line(f"{path}:{where + 1}: {what}{_unquoted(text, where)}")) from None
    except yaml.YAMLError as error:
        raise ConfigError(one_line(f"{path}: not YAML: {error}")) from None
    if not isinstance(data, dict):
        raise ConfigError(one_line(f"{path}: expected a YAML config with the key {first_key}, got {shown(data)}"))
    # A section whose keys are all commented out is an empty one.
    return {key: {} if value is None and key in ("abstraction", "solver") else value for key, value in data.items()}


def _unquoted(text: str, line: int) -> str:
    """What to do where a line, or the one before it, may hold a text that YAML takes for something else."""
    for each in text.splitlines()[max(line - 1, 0) : line + 1]:
        found = re.search(r"""[:{,]\s+(\[[0-9.]+\]|[*&%@`])""", each)
        if found:
            return f" (a text that begins with {found[1][0]} must stand in quotes: '{found[1]}...')"
    return ""


def explain(error: ValidationError, model: type[BaseModel], file: str, options: dict[str, str]) -> str:
    """One line for a failed validation, with its first few problems: unknown keys first, since they are what makes
    other keys look missing.
    """
    problems = sorted(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    said: dict[str, str] = {}  # one value that stands for several streets is wrong once
    for problem in problems:
        place, key, text = _told(problem, model, file, options)
        said.setdefault(f"{place} {_OF_A_STREET.sub('', key)} {text}", f"{place}:{key} {text}")
    first, *rest = said.values()
    shown_rest = [each.removeprefix(f"{file}: ") for each in rest[: _MOST_PROBLEMS - 1]]
    more = len(rest) - len(shown_rest)
    return one_line("; ".join([first, *shown_rest]) + (f" (and {more} more)" if more else ""))


def _told(problem: dict[str, Any], model: type[BaseModel], file: str, options: dict[str, str]) -> tuple[str, str, str]:
    """(file or option, `` key:`` that is to blame or nothing, what is wrong with it) of one problem."""
    location = list(problem["loc"])
    cause = problem.get("ctx", {}).get("error")
    if isinstance(cause, CrossCheckError):
        location += [part for part in cause.key.split(".") if part]
    key = ".".join(str(part) for part in location if isinstance(part, str)).replace(".[", "[")
    whole = "".join(f".{part}" if isinstance(part, str) else f"[{part}]" for part in location).replace(".[", "[")
    place = options.get(key, file)
    if problem["type"] == "extra_forbidden":
        known = list(_model_at(model, location[:-1]).model_fields)
        hint = did_you_mean(str(location[-1]), known) or f" (known: {', '.join(known)})"
        return place, "", f"unknown key {key}{hint}"
    if problem["type"] == "invalid_key":
        return place, "", f"unknown key {shown(problem['input'])} (a key is a text)"
    if problem["type"] == "missing":
        return place, "", f"missing key {key}"
    blamed = "" if key in options else f" {whole[1:]}:"
    return place, blamed, str(cause or f"expected {_expected(problem)}, got {shown(problem['input'])}")


def _model_at(model: type[BaseModel], location: list) -> type[BaseModel]:
    for key in location:
        model = get_args(model)[0] if isinstance(key, int) else model.model_fields[key].annotation
    return model


# Problems of a file that are told at once.
_MOST_PROBLEMS = 4
_OF_A_STREET = re.compile(r"(\.(flop|turn|river))?(\[[0-9]+\])*:$")
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
