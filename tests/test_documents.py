"""The documents name no file, link or command of the repository that is not there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("README.md", "docs/*.md", "jobs/README.md", "benchmarks/README.md", "configs/**/*.md")
    for path in ROOT.glob(pattern)
)
# A site's own settings: jobs/README.md says how to write them.
MADE_BY_USERS = {"jobs/site.sh"}

PATH = re.compile(r"(?<![\w./-])(?:docs|tests|benchmarks|configs|jobs|examples|holdem_mpi)/[\w./*-]*")
BARE_TEST = re.compile(r"(?<![\w./-])test_\w+\.py")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
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


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_names_is_there(name):
    path = ROOT / name
    assert missing(path.read_text(encoding="utf-8"), path.parent) == []


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
