#!/usr/bin/env bash
# Make a virtual environment with this project in it: bash venv.sh DIR EXTRAS, such as .venv mpich.
# Where Debian's Python came without its venv module, that is installed first.
set -euo pipefail
cd "$(dirname "$0")"
if [ $# -ne 2 ]; then
    echo "usage: bash venv.sh DIR EXTRAS" >&2
    exit 64
fi
folder=$1 extras=$2
python=${PYTHON:-python3}
needed="(3, 10)"
case ",$extras," in *,test,*) needed="(3, 11)" ;; esac
if ! "$python" -c "import sys; sys.exit(sys.version_info < $needed)"; then
    echo "error: $("$python" --version) is too old for [$extras], expected $needed or newer (PYTHON=python3.x names it)" >&2
    exit 64
fi
say() { echo "venv.sh: $*" >&2; }
if [ -x "$folder/bin/pip" ]; then
    say "$folder is there already, and is used as it is"
else
    say "making the virtual environment $folder with $("$python" --version)"
fi
if [ ! -x "$folder/bin/pip" ] && ! "$python" -m venv "$folder" >/dev/null; then
    say "this Python has no venv module: installing python3-venv by apt-get, as root"
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y python3-venv
    "$python" -m venv --clear "$folder"
fi
say "installing this project [$extras] and what it needs, a minute or two; the project stays where it is (pip install -e)"
while sleep 8; do say "still installing"; done &
ticker=$!
trap 'kill "$ticker" 2>/dev/null || true' EXIT
"$folder/bin/python" -m pip install --quiet -e ".[$extras]"
# A second of one core here; else each of the first run's ranks would take half of that.
"$folder/bin/python" -m compileall -q holdem_mpi
say "done; next: . $folder/bin/activate"
