#!/bin/sh
# Makes the virtual environment with the locked versions and mailgate itself in it.
set -eu
venv=$1
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "mailgate needs Python 3.11 or later; $python is $("$python" --version 2>&1). Set PYTHON=/path/to/python3.11." >&2
    exit 1
}
if [ ! -x "$venv/bin/pip" ]; then
    echo "Making the virtual environment in $venv ..."
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
