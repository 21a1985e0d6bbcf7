"""docs/architecture.md has the floors of setup.cfg, and for each room what the room itself says."""

import pytest
from helpers.draw_floors import DOCUMENT, PACKAGE, boxes, cut, drawn, floors, path_of, purpose


def test_the_picture_is_that_of_the_contract():
    between = cut(DOCUMENT.read_text(encoding="utf-8"))[1]
    assert between == drawn(), "python -m tests.helpers.draw_floors draws it anew"


def test_all_rooms_are_on_a_floor():
    for contract, container in (("floors", PACKAGE), ("kernels-floors", PACKAGE / "kernels")):
        named = [name for floor in floors(contract, container) for name in floor]
        there = {path.stem for path in container.glob("*.py")} - {"__init__", "__main__"}
        there |= {path.parent.name for path in container.glob("*/__init__.py")}
        assert sorted(named) == sorted(there)


PACKAGES = sorted(path.parent for path in PACKAGE.rglob("__init__.py"))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_package_says_in_one_sentence_what_it_is_for(package):
    said = purpose(package.parent, package.name)
    assert said.endswith(".") and ". " not in said and 30 < len(said) <= 117


def test_floors_in_brackets_count_where_they_are_there(tmp_path):
    (tmp_path / "train.py").write_text('"""Trains.\n\nMore."""')
    (tmp_path / "game").mkdir()
    (tmp_path / "game" / "__init__.py").write_text('"""Two\nlines."""')
    assert floors("floors", tmp_path) == [["train"], ["game"]]
    assert purpose(tmp_path, "train") == "Trains." and purpose(tmp_path, "game") == "Two lines."
    assert path_of(tmp_path, "api") is None


def test_boxes_are_as_wide_as_the_widest():
    assert list(boxes([["a"], ["b", "c"]])) == ["+-------+", "| a     |", "+-------+", "| b   c |", "+-------+"]


def test_a_document_without_marks_is_told():
    with pytest.raises(ValueError, match="expected a line"):
        cut("no marks")
