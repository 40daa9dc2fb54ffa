#!/bin/sh
# What the tests need beside Python: Dovecot (IMAP and LMTP), started by the tests themselves without root.
set -eu
missing=""
[ -x /usr/sbin/dovecot ] || command -v dovecot >/dev/null 2>&1 || missing="$missing dovecot-imapd"
[ -e /usr/lib/dovecot/lmtp ] || missing="$missing dovecot-lmtpd"
[ -z "$missing" ] || sh "$(dirname "$0")/debian.sh" $missing
