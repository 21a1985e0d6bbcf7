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
if [ ! -x "$folder/bin/pip" ] && ! "$python" -m venv "$folder"; then
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y python3-venv
    "$python" -m venv --clear "$folder"
fi
"$folder/bin/python" -m pip install --quiet -e ".[$extras]"
