#!/usr/bin/env bash
# Every check, in the environment that is active: style, layers, shell scripts, tests alone, without JIT, and under MPI.
set -euo pipefail
cd "$(dirname "$0")/.."
# Ranks are the only parallelism; the last three are for Open MPI as root on few cores.
export NUMBA_NUM_THREADS=1 OMP_NUM_THREADS=1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe

step() {
    printf '\n== %s (after %s s)\n' "$*" "$SECONDS"
    "$@"
}

# The explorer's pages are looked at with Debian's Chromium, installed where there is none.
if ! command -v chromium >/dev/null; then
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    step "${as_root[@]}" apt-get update
    step "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium
fi

step ruff check .
step ruff format --check .
step lint-imports
mapfile -t scripts < <(grep -rlIE --exclude-dir='.venv*' --exclude-dir=.git '^#!(/usr/bin/env |/bin/)(ba)?sh' .)
step shellcheck "${scripts[@]}"

# Bytecode for the hundreds of processes that tests start. They write none: one with a full disk would leave a part of it.
step python -m compileall -q holdem_mpi
export PYTHONDONTWRITEBYTECODE=1

# This run compiles the kernels; all later ones find them in the cache. Two at a time: most tests wait for processes.
step python -m pytest -q -n 2 --dist worksteal --durations=15 --ignore=tests/mpi --ignore=tests/jobs

# A SLURM of its own on this machine, installed where there is none. Its jobs mostly wait, so other tests run beside them.
jobs_log=$(mktemp)
python -m pytest -q --durations=5 tests/jobs >"$jobs_log" 2>&1 &
jobs=$!
trap 'kill "$jobs" 2>/dev/null || true' EXIT

# In plain Python these take minutes; their two-player twins and tests/test_without_jit.py run the same lines.
slow="tests/kernels/traversal/test_unbiased.py::test_regrets_and_values_are_exact_in_the_mean"
step env NUMBA_DISABLE_JIT=1 python -m pytest -q -n 2 --dist worksteal -m kernels \
    --deselect "${slow}[traverse_outcome-3-" --deselect "${slow}[traverse_external-3-" tests/kernels

show_jobs() {
    local code=0
    wait "$jobs" || code=$?
    cat "$jobs_log"
    return "$code"
}
step show_jobs

# Without -m mpi4py and the thread method, a failure on one rank leaves the others waiting for ever.
for ranks in 2 3; do
    step timeout 900 mpirun -n "$ranks" python -m mpi4py -m pytest -q --with-mpi -x -p no:cacheprovider \
        --timeout 120 --timeout-method thread tests/mpi
done
printf '\n== all checks passed (%s s)\n' "$SECONDS"
