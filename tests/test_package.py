"""The wheel: it has the shipped configs in it, trains from any folder, and brings a script for its commands."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest
from helpers.launching import child_environment

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this working tree."""
    tmp_path = tmp_path_factory.mktemp("wheel")
    source = tmp_path / "source"  # a build leaves its traces where it runs
    for name in ("holdem_mpi", "configs"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        tmp_path,
        source,
    ]
    subprocess.run(build, check=True, timeout=120, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    return wheel


def test_wheel_trains_a_shipped_game_elsewhere(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "installed")
    games = {path.name for path in (ROOT / "configs").glob("*.yaml")}
    assert "holdem_mpi/configs/spots/river.yaml" in names
    profiles = {path.name for path in (ROOT / "configs" / "profiles").glob("*.yaml")}
    assert len(profiles) >= 4 and {f"holdem_mpi/configs/profiles/{name}" for name in profiles} <= names
    recipes = {path.name for path in (ROOT / "configs" / "recipes").glob("*.yaml")}
    assert len(recipes) == 7 and {f"holdem_mpi/configs/recipes/{name}" for name in recipes} <= names
    assert len(games) >= 8 and {f"holdem_mpi/configs/{name}" for name in games} <= names
    definitions = {f"holdem_mpi/configs/acpc/{path.name}" for path in (ROOT / "configs" / "acpc").glob("*.game")}
    assert len(definitions) >= 4 and definitions <= names
    page = {str(path.relative_to(ROOT)) for path in (ROOT / "holdem_mpi" / "explorer" / "page").iterdir()}
    assert len(page) >= 8 and page <= names
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "holdem_mpi").rglob("*.py")}
    assert sources <= names
    # Nothing but the wheel, and no editable install that would find the working tree.
    script = (
        "import sys; sys.meta_path[:] = [each for each in sys.meta_path if 'editable' not in str(each).lower()]\n"
        f"sys.path.insert(0, {str(tmp_path / 'installed')!r}); sys.argv[1:] = ['--game', 'kuhn', '--iters', '400']\n"
        "import holdem_mpi.train as train; from holdem_mpi.parallel.processes import run_command\n"
        "assert 'installed' in train.__file__, train.__file__\n"
        "sys.exit(run_command(train.main))"
    )
    plain = {**os.environ, "NUMBA_DISABLE_JIT": "1"}  # nothing to compile for a few iterations
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120, cwd=tmp_path, env=plain)
    assert done.returncode == 0, done.stderr
    (summary,) = (tmp_path / "runs").glob("kuhn-*/summary.json")
    assert json.loads(summary.read_text())["iterations"] == 400


def test_script_is_the_commands(wheel, tmp_path):
    installed, broken = tmp_path / "installed", tmp_path / "broken"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", installed, wheel]
    subprocess.run(pip, check=True, timeout=120)
    broken.mkdir()
    (broken / "yaml.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGTERM)")

    def run(command: list, *first: Path) -> tuple[int, str, str]:
        environment = child_environment(PYTHONPATH=os.pathsep.join(map(str, [*first, installed])))
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path, env=environment)
        return done.returncode, done.stdout, done.stderr

    script = [installed / "bin" / "holdem-mpi"]
    assert run(script) == run([sys.executable, "-m", "holdem_mpi"]) and run(script)[0] == 0
    code, out, err = run([*script, "trian"])
    assert (code, out, err.count("\n")) == (64, "", 1) and "did you mean train?" in err
    train, plain = [*script, "train"], [sys.executable, "-m", "holdem_mpi.train"]
    assert run([*train, "--help"]) == run([*plain, "--help"])
    assert run([*train, "--game", "kuhnn"]) == run([*plain, "--game", "kuhnn"])
    # A signal during the imports: the same line and exit code.
    assert run(train, broken) == run(plain, broken) == (75, "", "stopped by a signal; nothing was left to save\n")
    code, _, err = run([*train, "--game", "kuhn", "--iters", "400", "--num-workers", "2", "--plan-ranks", "2"])
    assert code == 64 and err.count("error:") == 1 and "--plan-ranks: only with --plan" in err


def test_the_explorer_of_the_wheel_has_its_pages(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    command = [
        sys.executable,
        "-m",
        "holdem_mpi.explore",
        "--no-browser",
        "--port",
        "0",
        "--spots",
        str(tmp_path / "spots"),
    ]
    environment = child_environment(PYTHONPATH=str(tmp_path / "installed"))
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment)
    try:
        address, token = re.search(r"(http://\S+)/\?token=(\S+) ", server.stdout.readline()).groups()
        with httpx.Client(base_url=address, timeout=60) as client:
            page = client.get(f"/?token={token}").text
            assert client.get("/api/sources").json()["sources"][0]["path"].startswith(str(tmp_path / "installed"))
            files = [path.name for path in (ROOT / "holdem_mpi" / "explorer" / "page").iterdir()]
            assert all(client.get(f"/page/{name}").status_code == 200 for name in files)
            assert {"main.js", "style.css"} <= set(re.findall(r"/page/([\w.]+)", page))
    finally:
        server.terminate()
        server.wait()
