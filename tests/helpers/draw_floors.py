"""The picture of the house in docs/architecture.md, drawn from the contracts in setup.cfg and the packages' docstrings.

python -m tests.helpers.draw_floors
"""

import ast
import configparser
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "holdem_mpi"
DOCUMENT = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- floors: python -m tests.helpers.draw_floors -->\n", "<!-- end of floors -->\n"


def floors(contract: str, container: Path) -> list[list[str]]:
    """Names on each floor of a contract of setup.cfg, the top floor first; names in brackets that are there."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = config[f"importlinter:contract:{contract}"]["layers"].split("\n")
    named = [[name.strip(" ()") for name in line.split("|")] for line in lines if line.strip()]
    there = [[name for name in floor if path_of(container, name)] for floor in named]
    return [floor for floor in there if floor]


def path_of(container: Path, name: str) -> Path | None:
    """The file that has the docstring of a package or module of ``container``; None where there is neither."""
    places = container / name / "__init__.py", container / f"{name}.py"
    return next((place for place in places if place.is_file()), None)


def purpose(container: Path, name: str) -> str:
    """The first paragraph of a package's or module's docstring, on one line."""
    docstring = ast.get_docstring(ast.parse(path_of(container, name).read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].split())


def boxes(named: list[list[str]]) -> Iterator[str]:
    """Lines of a text picture: a box for each floor, as wide as the widest."""
    texts = ["   ".join(floor) for floor in named]
    width = max(map(len, texts))
    for text in texts:
        yield f"+-{'-' * width}-+"
        yield f"| {text:<{width}} |"
    yield f"+-{'-' * width}-+"


def rows(named: list[list[str]], container: Path) -> Iterator[str]:
    """Rows of a table: the name and purpose of each package or module, in the order of the floors."""
    for floor in named:
        for name in floor:
            place = (container / name).relative_to(PACKAGE).as_posix()
            ending = "/" if (container / name).is_dir() else ".py"
            yield f"| `{place}{ending}` | {purpose(container, name)} |"


def drawn() -> str:
    """What belongs between BEGIN and END: the picture, and a table of what each workspace is for."""
    kernels = PACKAGE / "kernels"
    house, inner = floors("floors", PACKAGE), floors("kernels-floors", kernels)
    head = ["| workspace | what it is for |", "|---|---|"]
    lines = ["```text", *boxes(house), "```", "", *head, *rows(house, PACKAGE)]
    lines += ["", "Within `kernels/`:", "", "```text", *boxes(inner), "```", "", *head, *rows(inner, kernels)]
    return "\n".join(["", *lines, "", ""])


def cut(text: str) -> tuple[str, str, str]:
    """(before, between, after) the marks in the document. ValueError where they are not there, once and in order."""
    before, begin, rest = text.partition(BEGIN)
    between, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"expected a line {BEGIN!r} and a line {END!r} after it")
    return before, between, after


def main() -> None:
    """Draw the picture anew in the document."""
    before, _, after = cut(DOCUMENT.read_text(encoding="utf-8"))
    DOCUMENT.write_text(before + BEGIN + drawn() + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
