#!/usr/bin/env bash
# The wheel on every Python from 3.10 to 3.13 that is at hand: bash tests/pythons.sh [VERSION ...]
# For each one a virtual environment of its own with the wheel and what it needs, and a training of Kuhn poker from an
# empty folder: all must end with one digest. NUMBA_DISABLE_JIT=1 in the environment saves the compiling.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A Python is taken from the path, else from pyenv.
find_python() {
    local candidate
    for candidate in "$(command -v "python$1" || true)" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python; do
        if [ -x "$candidate" ] && "$candidate" -c "import sys, venv; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

digests=() missing=()
[ $# -gt 0 ] || set -- 3.10 3.11 3.12 3.13
for version; do
    python=$(find_python "$version")
    if [ -z "$python" ]; then
        missing+=("$version")
        continue
    fi
    here=$work/$version
    mkdir -p "$here/source" "$here/run"
    cp -r "$root"/{holdem_mpi,configs,setup.cfg,pyproject.toml,README.md,LICENSE} "$here/source"
    find "$here/source" -name __pycache__ -prune -exec rm -rf {} +
    "$python" -m venv "$here/venv"
    "$here/venv/bin/pip" install -qq "$here/source"
    log=$here/log
    if ! (cd "$here/run" && env -u PYTHONPATH HOLDEM_MPI_CACHE="$here/cache" "$here/venv/bin/holdem-mpi" train \
        --game kuhn --iters 2000 --batch-size 200 --lanes 4 --logdir kuhn >"$log" 2>&1); then
        cat "$log" >&2
        echo "Python $version: the training failed" >&2
        exit 1
    fi
    digest=$("$python" -c "import json, sys; print(json.load(open(sys.argv[1]))['digest'])" "$here/run/kuhn/summary.json")
    echo "Python $("$python" -c 'import platform; print(platform.python_version())'): digest $digest"
    digests+=("$digest")
    rm -rf "$here"
done
[ ${#missing[@]} -eq 0 ] || echo "not at hand: ${missing[*]}"
if [ "$(printf '%s\n' "${digests[@]}" | sort -u | wc -l)" -ne 1 ]; then
    echo "expected one digest on every Python, and at least one Python" >&2
    exit 1
fi
