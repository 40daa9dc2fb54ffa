"""S16-S18, S20, S25: what a message may be made of, and what it may cost."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import socket
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, ROOT
from tests.security.conftest import Figures, Some
from tests.security.kit import mail, passed, shown

HEAD = (
    passed("alfa.example")
    + f"From: {IVAN}\r\nSubject: shape\r\nMessage-ID: <shape@alfa.example>\r\nMIME-Version: 1.0\r\n".encode()
)


def nested(depth: int) -> bytes:
    opening = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth))
    return (
        HEAD
        + opening
        + b"Content-Type: text/plain\r\n\r\nx\r\n"
        + b"".join(b"--b%d--\r\n" % n for n in reversed(range(depth)))
    )


def many_parts(count: int, head: bytes = b"") -> bytes:
    parts = (b"--b\r\n" + head + b"\r\nx\r\n") * count
    return HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + parts + b"--b--\r\n"


def enclosed(depth: int) -> bytes:
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * depth + b"Subject: x\r\n\r\nx\r\n"


SHAPES: dict[str, Callable[[], bytes]] = {
    "1,000 nested multiparts": lambda: nested(1000),
    "1,000 enclosed messages": lambda: enclosed(1000),
    "1,000,000 parts": lambda: many_parts(1_000_000),
    "100,000 headers": lambda: HEAD + b"a:\r\n" * 100_000 + b"\r\nx\r\n",
    "100,000 headers in 110 parts": lambda: many_parts(110, head=b"a:\r\n" * 910),
    "one header of 20 MB": lambda: HEAD + b"X-Long: " + b"x" * 20_000_000 + b"\r\n\r\nx\r\n",
    "100,000 parameters": lambda: HEAD + b"Content-Type: text/plain" + b"; a=b" * 100_000 + b"\r\n\r\nx\r\n",
}
DEAREST = (5.0, 256)
"""Seconds and MB that one message may cost (S17)."""


def weighed(config: Path, tmp_path: Path, raw: bytes) -> dict[str, Any]:
    """A process of its own handles it, and an honest message behind it."""
    file = tmp_path / "hostile.eml"
    file.write_bytes(raw)
    command = [sys.executable, "-m", "tests.security.weigh", str(config), str(tmp_path / "weighed.db"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=100, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_s17_a_bomb_is_quarantined_and_the_rest_goes_on(
    config: Path, tmp_path: Path, shape: str, figures: Figures
) -> None:
    found = weighed(config, tmp_path, SHAPES[shape]())

    assert (found["decision"], found["reason"], found["told"], found["behind"]) == (
        "quarantine",
        "over_limit",
        2,
        "register",
    )
    assert found["seconds"] <= DEAREST[0], found
    assert found["mb"] <= DEAREST[1], found
    figures(
        "S17",
        shape,
        sent=1,
        through=0,
        found=f"{found['seconds']} s, {found['mb']} MB in all; quarantined, the next goes on",
    )


WORDS = {
    "10,000 encoded-words in a Subject": b"Subject: " + b" ".join([b"=?utf-8?b?0L/RgA==?="] * 10_000),
    "30,000 encoded-words in a Subject": b"Subject: " + b"\r\n ".join([b"=?utf-8?q?=D0=BF?="] * 30_000),
    "4,900 encoded-words, all that is allowed": b"Subject: " + b"\r\n ".join([b"=?utf-8?q?=D0=BF=D1=80?="] * 4_900),
}


@pytest.mark.parametrize("shape", WORDS)
def test_s18_encoded_words_cost_a_second_and_50_mb_at_most(
    config: Path, tmp_path: Path, shape: str, figures: Figures
) -> None:
    raw = (
        passed("alfa.example")
        + f"From: {IVAN}\r\nMessage-ID: <w@alfa.example>\r\n".encode()
        + WORDS[shape]
        + b"\r\n\r\nx\r\n"
    )

    found = weighed(config, tmp_path, raw)

    assert found["decision"] == ("register" if "allowed" in shape else "quarantine")
    assert found["behind"] == "register"
    assert found["seconds"] <= 1, found
    assert found["more_mb"] <= 50, found
    figures("S18", shape, sent=1, through=0, found=f"{found['seconds']} s, {found['more_mb']} MB more")


ADVERSARIAL = (
    "a", " ", "\n", "> ", "-", "0", "<", "(", '"', "@", "a@a.", "!и", ":", "[срочно]", "&#", "<a ", "<div>", "<!--",
    "On ", "From: a\n", "Пн, 1 января 2026 г. ", "wrote:\n", "<a@b>", "-- \n", "спасибо ", "нет, ", "до 25.12.2026 ",
)  # fmt: skip
MEGABYTE = 1_000_000


def long(piece: str) -> str:
    return (piece * (MEGABYTE // len(piece.encode()) + 1))[: MEGABYTE // max(1, len(piece.encode()) // len(piece))]


def test_s20_a_megabyte_of_one_piece_takes_a_second_at_most(hand: DeskInHand, some: Some, figures: Figures) -> None:
    slowest = (0.0, "")
    hand.write(IVAN, "Вопрос", "Помогите.")
    notice = hand.last(ANNA, "staff_new")

    for number, piece in enumerate(some(ADVERSARIAL)):
        text = long(piece)
        kind = (b"text/plain", b"text/html")[number % 2]
        sender, domain = ((IVAN, "alfa.example"), (ANNA, "desk.example"))[number % 3 == 0]
        cited = f"In-Reply-To: {notice['Message-ID']}\r\n".encode()
        raw = mail(sender, proven=domain, head=cited, text=text).replace(b"text/plain", kind, 1)
        start = time.process_time()
        assert hand.receive(raw).decision is not None
        slowest = max(slowest, (time.process_time() - start, piece))

    assert slowest[0] <= 1, slowest  # reading, deciding, keeping a megabyte, and the mails that tell of it
    figures("S20", "a megabyte of one piece as a body, the whole way", sent=len(some(ADVERSARIAL)), through=0,
            found=f"slowest {slowest[0]:.1f} s of processor, notices included ({slowest[1]!r})")  # fmt: skip


HEADERS = [
    *((b"Subject", piece) for piece in ("a", " ", "[", "[срочно]", "=?utf-8?q?", "SD-2026-", "re: ", "auto")),
    *((b"From", piece) for piece in ("a", "<", "(", '"', "a@a.", "<a@b> ", "=?utf-8?q?")),
    *((b"References", piece) for piece in ("a", "<", "<a@b> ", "mg.")),
    *((b"Authentication-Results", piece) for piece in ("(", '"', "a=", ";", "\\", '"\\', '\\"', '"a\\')),
    *((b"Return-Path", piece) for piece in ("<", "<a ")), *((b"DKIM-Signature", piece) for piece in (" ", ";i=", "i=a=")),
    *((b"Content-Type", piece) for piece in ("a=", '"', "*0=", " ")), (b"Received", ";"), (b"Date", "1 "),
    (b"To", "a@a, "), (b"Auto-Submitted", "("), (b"X-Failed-Recipients", "a@"),
]  # fmt: skip


def test_s20_long_headers_of_one_piece_take_a_second_at_most(hand: DeskInHand, some: Some) -> None:
    slowest = (0.0, "")
    for name, piece in some(HEADERS):
        value = long(piece)[:400_000].encode()
        raw = passed("alfa.example") + name + b": " + value + f"\r\nFrom: {IVAN}\r\nSubject: x\r\n\r\nx\r\n".encode()
        start = time.process_time()
        assert hand.receive(raw).decision is not None
        slowest = max(slowest, (time.process_time() - start, f"{name!r} {piece}"))
    assert slowest[0] <= 1, slowest


def attached(content_type: str, content: bytes, name: str = "x.bin") -> bytes:
    return (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nSee the file.\r\n--b\r\n'
        + f"Content-Type: {content_type}\r\nContent-Disposition: attachment; filename={name}\r\n\r\n".encode()
        + content
        + b"\r\n--b--\r\n"
    )


CONTAINERS = {
    'message/external-body; access-type=URL; URL="http://evil.example/x"': b"Content-Type: text/plain\r\n\r\n",
    'message/external-body; access-type=local-file; name="/etc/passwd"': b"Content-Type: text/plain\r\n\r\n",
    "message/partial; id=x; number=1; total=2": b"Subject: half\r\n\r\nhalf of it",
    "application/ms-tnef": b"\x78\x9f\x3e\x22 not unpacked",
    "application/zip": b"PK\x03\x04 not unpacked",
    "application/x-tar": b"x" * 512,
}


def test_s16_containers_are_neither_unpacked_nor_fetched(
    hand: DeskInHand, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    connections: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: connections.append(address))

    for number, (kind, content) in enumerate(CONTAINERS.items()):
        assert hand.receive(attached(kind, content).replace(b"<shape@", b"<%d@" % number)).decision == "register"
        (passed_on,) = hand.told(ANNA, "staff_new")[-1].attachments
        assert "root:" not in hand.told(ANNA, "staff_new")[-1].raw.decode("ascii")
        assert passed_on.get_content_type().partition("/")[0] == "application"

    assert connections == []
    figures(
        "S16",
        "zip, TNEF, message/partial, external-body",
        sent=len(CONTAINERS),
        through=0,
        found="0 unpacked, 0 fetched",
    )


def test_s16_a_zip_bomb_passes_as_it_is(config: Path, tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, 9)
    encoded = b"Content-Transfer-Encoding: base64\r\n\r\n"
    body = re.sub(rb"(.{76})", rb"\1\r\n", b64encode(bomb))
    raw = attached("application/gzip", b"", "x.gz").replace(
        b"filename=x.gz\r\n\r\n", b"filename=x.gz\r\n" + encoded + body, 1
    )

    found = weighed(config, tmp_path, raw)

    assert found["decision"] == "register"
    assert found["more_mb"] <= 50, found


SIGNED = (
    HEAD
    + b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="s"\r\n\r\n--s\r\n'
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nSigned words.\r\n--s\r\n"
    b'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\nContent-Transfer-Encoding: base64\r\n'
    b"Content-Disposition: attachment; filename=smime.p7s\r\n\r\nMIIBszCCARygAwIBAgIB\r\n--s--\r\n"
)
ARMOUR = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA/canary\r\n-----END PGP MESSAGE-----"
ENCRYPTED = (
    HEAD + b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="e"\r\n\r\n--e\r\n'
    b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--e\r\nContent-Type: application/octet-stream; name=encrypted.asc\r\n\r\n"
    + ARMOUR
    + b"\r\n--e--\r\n"
)
INVITE = (
    HEAD
    + b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
    b"SUMMARY:Meeting\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.mark.parametrize("raw", [SIGNED, ENCRYPTED, INVITE], ids=["signed", "encrypted", "invite"])
def test_s25_signed_encrypted_and_invites_are_passed_on_untouched(
    hand: DeskInHand, raw: bytes, figures: Figures
) -> None:
    taken = hand.receive(raw)

    letter = hand.told(ANNA)[-1]
    contents = {hashlib.sha256(part.get_payload(decode=True)).hexdigest() for part in letter.attachments}  # type: ignore[arg-type]
    if raw is INVITE:
        assert (taken.decision, letter.name) == ("quarantine", "staff_quarantine")
        assert contents == {hashlib.sha256(raw).hexdigest()}
    elif raw is SIGNED:
        assert "Signed words." in letter.text
        assert hashlib.sha256(b64decode(b"MIIBszCCARygAwIBAgIB")).hexdigest() in contents
    else:
        assert hashlib.sha256(ARMOUR).hexdigest() in contents
    assert not re.search(r"verified|проверен|подпись верна|подписано", shown([letter]), re.IGNORECASE)
    if raw is INVITE:
        figures("S25", "S/MIME, PGP, an invitation", sent=3, through=3, found="0 changed, 0 called verified")
