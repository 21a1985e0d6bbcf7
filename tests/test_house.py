"""The house rules of the package: sizes of files, functions and classes, names, and what must not stand in it."""

import ast
import statistics
from collections import defaultdict
from pathlib import Path

import holdem_mpi

PACKAGE = Path(holdem_mpi.__file__).parent
SETUP = PACKAGE.parent / "setup.cfg"
TREES = {path.relative_to(PACKAGE): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}
LINES = {name: len((PACKAGE / name).read_text().splitlines()) for name in TREES}

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_THE_MEDIAN_FILE = 130
MOST_LINES_OF_A_FUNCTION = 60
MOST_PUBLIC_METHODS = 20
MOST_FIELDS_BY_POSITION = 5


def parts(kind):
    """(file, node) of every node of that kind of syntax."""
    return ((name, node) for name, tree in TREES.items() for node in ast.walk(tree) if isinstance(node, kind))


def record_classes() -> set[str]:
    """Names of the package's NamedTuples and dataclasses."""
    return {
        node.name
        for _, node in parts(ast.ClassDef)
        if "NamedTuple" in map(ast.unparse, node.bases)
        or any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)
    }


def test_files_are_short():
    assert {str(name): lines for name, lines in LINES.items() if lines > MOST_LINES_OF_A_FILE} == {}
    assert statistics.median(LINES.values()) <= MOST_LINES_OF_THE_MEDIAN_FILE


def test_functions_outside_kernels_are_short():
    long = [
        f"{name}: {node.name}"
        for name, node in parts((ast.FunctionDef, ast.AsyncFunctionDef))
        if name.parts[0] != "kernels" and node.end_lineno - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_classes_have_few_public_methods():
    large = {}
    for name, node in parts(ast.ClassDef):
        methods = [part.name for part in node.body if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))]
        public = sum(not method.startswith("_") for method in methods)
        if public > MOST_PUBLIC_METHODS:
            large[f"{name}: {node.name}"] = public
    assert large == {}


def test_no_two_files_share_a_name():
    places = defaultdict(list)
    for name in TREES:
        if name.stem not in ("__init__", "__main__"):
            places[name.stem].append(str(name))
    assert {stem: names for stem, names in places.items() if len(names) > 1} == {}


def test_the_contracts_have_no_exceptions():
    assert "ignore_imports" not in SETUP.read_text()


def test_nothing_is_unpickled_and_nothing_is_left_to_write():
    """``allow_pickle=False`` and "unpickled" in a docstring are no use of pickle."""
    modules = ("pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve")
    found = []
    for name, node in parts((ast.Import, ast.ImportFrom, ast.Attribute, ast.Name, ast.keyword)):
        if isinstance(node, ast.Import):
            forbidden = any(each.name.split(".")[0] in modules for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            forbidden = (node.module or "").split(".")[0] in modules or (
                node.module == "sys" and any(each.name == "path" for each in node.names)
            )
        elif isinstance(node, ast.keyword):
            forbidden = node.arg == "allow_pickle" and ast.unparse(node.value) != "False"
        elif isinstance(node, ast.Name):
            forbidden = node.id == "NotImplementedError"
        else:
            forbidden = node.attr == "path" and ast.unparse(node.value) == "sys"
        if forbidden:
            found.append(f"{name}:{node.lineno if hasattr(node, 'lineno') else node.value.lineno}")
    assert found == []


def test_records_of_many_fields_are_filled_by_name():
    """What Numba compiles, and what builds its arrays, is in kernels, where a field's place is its meaning."""
    records, found = record_classes(), []
    for name, node in parts(ast.Call):
        if name.parts[0] == "kernels" or not isinstance(node.func, ast.Name) or node.func.id not in records:
            continue
        if len(node.args) > MOST_FIELDS_BY_POSITION:
            found.append(f"{name}:{node.lineno}: {node.func.id}")
    assert found == []


def test_no_method_of_another_object_is_replaced():
    """``other.method = lambda: ...`` and ``other.method = function``, as to time or to silence it from outside."""
    functions = defaultdict(set)
    for name, node in parts(ast.FunctionDef):
        functions[name].add(node.name)
    allowed = {"sys.excepthook", "Dispatcher.compile"}  # for a lock around each compilation Numba has no other place
    found = []
    for name, node in parts(ast.Assign):
        function = isinstance(node.value, ast.Lambda) or getattr(node.value, "id", None) in functions[name]
        for target in node.targets:
            if function and isinstance(target, ast.Attribute) and ast.unparse(target.value) != "self":
                found += [f"{name}:{node.lineno}"] if ast.unparse(target) not in allowed else []
    assert found == []


def test_only_the_config_completes_itself():
    """``lanes or ranks`` stands in ``RunConfig.completed`` alone."""
    places = [
        str(name)
        for name, node in parts(ast.BoolOp)
        if isinstance(node.op, ast.Or) and getattr(node.values[0], "attr", getattr(node.values[0], "id", "")) == "lanes"
    ]
    assert places == ["config/run_config.py"]
