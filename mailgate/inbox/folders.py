"""Folders: their names as the server writes them (RFC 2342), opening and creating them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError

from mailgate.inbox.errors import BUSY, FolderMissing, said


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a user's own folders lie, and what stands between the levels of a name."""

    prefix: str
    separator: str

    def name(self, configured: str) -> str:
        """`Archive/Done` of the configuration may be `INBOX.Archive.Done` there."""
        if configured.upper() == "INBOX":
            return "INBOX"
        name = configured.replace("/", self.separator) if self.separator else configured
        return name if name.startswith(self.prefix) else self.prefix + name


def folders(client: IMAPClient) -> Folders:
    """Ask the server; one without NAMESPACE tells at least its separator."""
    if client.has_capability("NAMESPACE") and (personal := client.namespace().personal):
        prefix, separator = personal[0]
        return Folders(prefix or "", separator or "")
    listed = client.list_folders("", "")
    separator = listed[0][1] if listed else None
    return Folders("", separator.decode() if separator else "")


def select(client: IMAPClient, folder: str) -> Mapping[bytes, Any]:
    """Open a folder for reading and writing; its SELECT answer, with UIDVALIDITY and EXISTS. Raises FolderMissing."""
    try:
        return {b"UIDVALIDITY": 0, b"EXISTS": 0, **client.select_folder(folder)}
    except IMAPClientReadOnlyError:
        raise FolderMissing(f'The folder "{folder}" may only be read. Give this account the right to write.') from None
    except IMAPClientAbortError:
        raise
    except IMAPClientError as error:
        if BUSY.search(said(error)):
            raise
        names = ", ".join(sorted(name for _, _, name in client.list_folders())[:20])
        raise FolderMissing(
            f'The folder "{folder}" cannot be opened: {said(error)}. The account has: {names or "none"}.'
        ) from error


def uidvalidity(client: IMAPClient, folder: str) -> int | None:
    """As it is now, of an open folder too; None where the server does not tell."""
    try:
        told: int | None = client.folder_status(folder, ["UIDVALIDITY"]).get(b"UIDVALIDITY")
    except IMAPClientAbortError:
        raise
    except (IMAPClientError, IndexError):  # refused; or nothing was said before the OK
        return None
    return told


def create(client: IMAPClient, folder: str) -> None:
    """Create a folder and show it in mail clients."""
    client.create_folder(folder)
    with contextlib.suppress(client.Error):
        client.subscribe_folder(folder)
