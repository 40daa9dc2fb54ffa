#!/bin/sh
# Makes the virtual environment with the locked versions and mailgate itself in it.
set -eu
venv=$1
# The system's own Python first, where it will do: it is what most operators run, and Debian's is built to be fast; one
# built without profiling, as pyenv builds it, takes a fifth more CPU. PYTHON names another.
own=/usr/bin/python3
"$own" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || own=python3
python=${PYTHON:-$own}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "mailgate needs Python 3.11 or later; $python is $("$python" --version 2>&1). Set PYTHON=/path/to/python3.11." >&2
    exit 1
}
if [ ! -x "$venv/bin/pip" ]; then
    echo "Making the virtual environment in $venv, of $("$python" --version) ..."
    "$python" -m venv "$venv" >/dev/null 2>&1 || {
        rm -rf "$venv"
        sh "$(dirname "$0")/debian.sh" python3-venv
        "$python" -m venv "$venv"
    }
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1
echo "Installing the locked versions ..."
"$venv/bin/pip" install --quiet --no-deps --use-pep517 -r requirements.lock
"$venv/bin/pip" install --quiet --no-deps --no-build-isolation --editable .
"$venv/bin/pip" check --quiet
