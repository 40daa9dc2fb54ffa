"""Files that hold a secret: replaced as a whole, readable by their owner alone."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def keep(file: Path, text: str) -> None:
    """Write a secret: after a crash the old one or the new one is there, whole. Mode 0600. Raises OSError.

    Where root writes, the file belongs to whom its folder belongs: the user who runs mailgate reads it.
    """
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as fresh:
            fresh.write(f"{text}\n")
            if os.geteuid() == 0:
                owner = file.parent.stat()
                os.fchown(fresh.fileno(), owner.st_uid, owner.st_gid)
            fresh.flush()
            os.fsync(fresh.fileno())
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    with _folder(file) as folder:
        os.fsync(folder)


@contextlib.contextmanager
def alone_in(file: Path | None) -> Iterator[None]:
    """Nobody else who asks for this uses the file's folder meanwhile, in whichever process; without a file, nothing.

    Why: a server that gives a new refresh token takes the old one no more.
    """
    if file is None or not file.parent.is_dir():
        yield
        return
    with _folder(file) as folder:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _folder(file: Path) -> Iterator[int]:
    handle = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)
