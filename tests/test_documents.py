"""The documents name no file, link, command or function of the repository that is not there."""

import ast
import functools
import re
from pathlib import Path

import pytest
from helpers.draw_floors import cut

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "holdem_mpi"
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("README.md", "docs/*.md", "jobs/README.md", "benchmarks/README.md", "configs/**/*.md")
    for path in ROOT.glob(pattern)
)
# A site's own settings: jobs/README.md says how to write them. What a run leaves in its folder: README.md lists it.
MADE_BY_USERS = {"jobs/site.sh", "checkpoints/", "tensorboard/"}

PATH = re.compile(r"(?<![\w./-])(?:docs|tests|benchmarks|configs|jobs|examples|holdem_mpi)/[\w./*-]*")
BARE_TEST = re.compile(r"(?<![\w./-])test_\w+\.py")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
# Paragraphs, items of a list and rows of a table: each names its files and what is in them.
ITEM = re.compile(r"\n\s*\n|\n(?=\s*(?:- |\d+\. |\|))")
NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
MODULE = re.compile(r"python -m\s+((?:holdem_mpi|benchmarks|tests)(?:\.\w+)*)")


def is_module(name: str) -> bool:
    """Whether ``python -m name`` finds something to run; NAME stands for any."""
    path = ROOT.joinpath(*name.split("."))
    return name.endswith(".NAME") or path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


def missing(text: str, folder: Path) -> list[str]:
    """What ``text``, a document of ``folder``, names and the repository has not: paths, links, commands, in order."""
    paths = [path.rstrip(".") for path in PATH.findall(text)]
    found = [path for path in paths if path not in MADE_BY_USERS and not any(ROOT.glob(path))]
    found += [name for name in BARE_TEST.findall(text) if not any((ROOT / "tests").rglob(name))]
    found += [link for link in LINK.findall(text) if not (folder / link).exists()]
    return found + [f"python -m {name}" for name in MODULE.findall(text) if not is_module(name)]


def code_files(text: str) -> list[str]:
    """Modules and folders that ``text`` names between backticks, but for those that users or runs make."""
    named = CODE.findall(FENCED.sub("", text))
    return [code for code in named if re.fullmatch(r"\w[\w/*]*(\.py|/)", code) and code not in MADE_BY_USERS]


def files_of(code: str) -> list[Path]:
    """Files that a path in a document may mean: of the repository, or of the package."""
    return [path for base in (ROOT, PACKAGE) for path in base.glob(code.rstrip("/")) if path.exists()]


@functools.cache
def defined_in(path: Path) -> frozenset[str]:
    """Functions, classes, constants and types of a module, and ``Class.name`` for what a class has."""
    found: set[str] = set()

    def add(body: list[ast.stmt], prefix: str) -> None:
        for statement in body:
            targets = [statement.target] if isinstance(statement, ast.AnnAssign) else getattr(statement, "targets", [])
            found.update(prefix + node.id for target in targets for node in ast.walk(target) if hasattr(node, "id"))
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                found.add(prefix + statement.name)
            if isinstance(statement, ast.ClassDef) and not prefix:
                add(statement.body, f"{statement.name}.")

    add(ast.parse(path.read_text(encoding="utf-8")).body, "")
    return frozenset(found)


# A name and the file that it is said to stand in: ``NAME`` in ``FILE.py``, or ``NAME`` (``FILE.py``).
PAIR = re.compile(r"`([A-Za-z_][\w.]*)`(?: in |\s+\()`([\w/]+\.py)`")


def unknown(text: str) -> list[str]:
    """What a document names between backticks and is nowhere: files and folders, and names that are defined in none of
    the files which their own item names.
    """
    wrong: list[str] = []
    for item in ITEM.split(FENCED.sub("", text)):
        files: list[Path] = []
        names = []
        for code in CODE.findall(item):
            if "/" in code or re.search(r"\.(py|cfg|sh|md)$", code):
                if " " not in code and not files_of(code):
                    wrong.append(code)
                files += [path for path in files_of(code) if path.suffix == ".py"]
            elif NAME.fullmatch(code):
                names.append(code)
        wrong += [name for name in names if not any(name in defined_in(path) for path in files)]
        for name, file in PAIR.findall(item):
            if not any(name in defined_in(path) for path in files_of(file)):
                wrong.append(f"{name} in {file}")
    return wrong


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_names_is_there(name):
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    assert missing(text, path.parent) == []
    assert [code for code in code_files(text) if not files_of(code)] == []


def test_every_file_and_name_of_the_architecture_is_there():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert unknown(cut(text)[0] + cut(text)[2]) == []
    assert len(code_files(text)) > 150


def test_unknown_names_are_found():
    text = """`errors.py` has `UserError`, `UserError.exit_code`, not `UserError.none`.

        - `none/` and `SIGTERM`, `--option` and `python -m holdem_mpi`; in `cli.py` `Parser.error` and `UserError`
        | `kernels/rng.py` | `open_stream` and `DOMAIN_TRAVERSE`; `rng.py` |
        1. `game/tree.py` and `tests/test_documents.py`: `PublicTree`, `unknown`
        1. `Layout` in `game/tree.py`, where `game/layout.py` is right"""
    wrong = ["UserError.none", "none/", "SIGTERM", "UserError", "rng.py", "Layout in game/tree.py"]
    assert unknown(text) == wrong


def test_what_is_gone_is_found():
    text = """docs/none.md, `tests/test_documents.py`, configs/*.yaml, configs/*.none; [a](none.md), [b](README.md);
        `test_none.py`. Run `python -m holdem_mpi.none`, python -m holdem_mpi.train, python -m
        benchmarks.none or `python -m holdem_mpi.NAME`; https://example.org/docs/none.md is not ours."""
    expected = ["docs/none.md", "configs/*.none", "test_none.py", "none.md"]
    assert missing(text, ROOT) == [*expected, "python -m holdem_mpi.none", "python -m benchmarks.none"]


def test_every_benchmark_is_described():
    described = set(MODULE.findall((ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")))
    programs = [path for path in (ROOT / "benchmarks").rglob("*.py") if '__name__ == "__main__"' in path.read_text()]
    assert len(programs) >= 20
    assert {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in programs} <= described


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_extra_keeps_the_editable_install_of_venv_sh(name):
    """``pip install '.[phh]'`` would put a copy in its place, which no later change of the sources reaches."""
    assert not re.search(r"pip install\s+'?\.\[", (ROOT / name).read_text(encoding="utf-8"))
