#!/bin/sh
# Installs the Debian packages named, through apt-get as root or with sudo; else says which to install.
set -eu
if [ "$(id -u)" = 0 ]; then
    sudo=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo="sudo"
else
    echo "Please install these Debian packages first, as root:" >&2
    echo "  apt-get install $*" >&2
    exit 1
fi
command -v apt-get >/dev/null 2>&1 || {
    echo "There is no apt-get here; please install what these Debian packages hold: $*" >&2
    exit 1
}
echo "Installing Debian packages: $* ..."
export DEBIAN_FRONTEND=noninteractive
# A fresh machine has no package lists yet.
$sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 || {
    $sudo apt-get update -qq
    $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
