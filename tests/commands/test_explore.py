"""The command: its one-line errors, and that it serves until it is told to end."""

import re
import signal
import socket
import subprocess
import sys

import httpx
import pytest
from helpers.launching import child_environment


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["none"], "none: not there; expected the folder of a run"),
        (["--port", "99999"], "--port 99999: expected 0 to 65535"),
        (["--port", "x"], "invalid integer value"),
        (["--host", "192.0.2.1"], "--host 192.0.2.1: whoever reaches that address"),
        (["--host", "0.0.0.0", "--i-know"], "--host 0.0.0.0: expected one address of this machine"),
        (["--host", "192.0.2.1", "--i-know", "--port", "0"], "--port 0: "),
        (["--jobs", "0"], "--jobs 0: expected 1 to 64"),
        (["--job-memory", "x"], "invalid amount of memory such as 64G"),
    ],
)
def test_mistakes_are_one_line(mpirun, options, said):
    done = mpirun(1, "-m", "holdem_mpi.explore", "--no-browser", *options)
    assert done.returncode == 64 and done.stdout == ""
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_one_line(mpirun):
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = mpirun(1, "-m", "holdem_mpi.explore", "--no-browser", "--port", other.getsockname()[1])
    assert done.returncode == 64 and "expected a free port" in done.stderr and done.stderr.count("\n") == 1


def test_without_the_extra_it_says_what_to_install(tmp_path):
    script = (
        "import runpy, sys\n"
        "from importlib.machinery import PathFinder\n"
        "class Hidden:\n"
        "    def find_spec(name, path=None, target=None):\n"
        "        hidden = name.split('.')[0] in ('starlette', 'uvicorn')\n"
        "        return None if hidden else PathFinder.find_spec(name, path, target)\n"
        "sys.meta_path[:] = [each for each in sys.meta_path if each is not PathFinder] + [Hidden]\n"
        "sys.argv[1:] = ['--no-browser']\n"
        "runpy.run_module('holdem_mpi.explore', run_name='__main__', alter_sys=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=child_environment(),
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr == "error: explore needs starlette and uvicorn; expected: pip install 'holdem_mpi[explore]'\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(start, number):
    job = start(1, "-m", "holdem_mpi.explore", "--no-browser", "--port", "0")
    line = job.process.stdout.readline()
    address, token = re.fullmatch(
        r"the explorer is at (http://127\.0\.0\.1:\d+)/\?token=(\S+) \(Ctrl-C ends it\)\n", line
    ).groups()
    with httpx.Client(base_url=address) as client:
        assert client.get("/api/sources").status_code == 401
        client.get(f"/?token={token}")
        assert client.get("/api/sources").json()["sources"][0]["name"] == "nolimit_hu_200bb"
    job.process.send_signal(number)
    done = job.finish(20)
    assert (done.returncode, done.stderr) == (0, "")
