#!/bin/sh
# What the tests need beside Python: Dovecot, started by the tests themselves without root, a clock that can be set, and
# promtool, which checks the alert rules: one program out of a package whose server nobody needs here. With the word
# `packages` only what Debian has to install.
set -eu
tools=$(dirname "$0")/../.venv/bin
missing=""
[ -x "$tools/pip" ] || "${PYTHON:-python3}" -c "import ensurepip" 2>/dev/null || missing="python3-venv"
[ -x /usr/sbin/dovecot ] && [ -e /usr/lib/dovecot/imap ] || missing="$missing dovecot-imapd"
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing="$missing faketime"
# shellcheck disable=SC2086  # several words are meant
[ -z "$missing" ] || sh "$(dirname "$0")/debian.sh" $missing
[ "${1:-}" != packages ] || exit 0

if ! command -v promtool >/dev/null 2>&1 && [ ! -x "$tools/promtool" ]; then
    fetched=$(mktemp -d)
    echo "Fetching promtool ..."
    if (cd "$fetched" && apt-get download -qq prometheus && dpkg-deb --fsys-tarfile prometheus_*.deb |
        tar -x -O ./usr/bin/promtool >promtool && chmod 755 promtool) >/dev/null 2>&1; then
        mv "$fetched/promtool" "$tools/promtool"
    else
        echo "There is no promtool: the tests of the alert rules will be skipped." >&2
    fi
    rm -rf "$fetched"
fi
