#!/bin/sh
# What the tests need beside Python: Dovecot, started by the tests themselves without root, and a clock that can be set.
set -eu
missing=""
[ -x /usr/sbin/dovecot ] && [ -e /usr/lib/dovecot/imap ] || missing="$missing dovecot-imapd"
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing="$missing faketime"
# shellcheck disable=SC2086  # several words are meant
[ -z "$missing" ] || sh "$(dirname "$0")/debian.sh" $missing
