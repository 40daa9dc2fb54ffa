"""What `mailgate check` asks of a mailbox; no message is touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from imapclient import DELETED, SEEN, IMAPClient

from mailgate.inbox.errors import InboxError, translated
from mailgate.inbox.folders import Folders, create, folders, select
from mailgate.inbox.link import open_link, say_goodbye

if TYPE_CHECKING:
    from mailgate.config.models import Imap, Mailbox


def probe(mailbox: Mailbox) -> list[str]:
    """What keeps this mailbox from being served, each with what to do; empty where nothing does.

    The processed folder is created where it is missing, as the daemon would do.
    """
    imap = mailbox.imap
    try:
        client = open_link(imap)
    except InboxError as error:
        return [str(error)]
    try:
        with translated(f"{imap.host}:{imap.port}"):
            return list(_problems(client, imap, folders(client)))
    except InboxError as error:
        return [str(error)]
    finally:
        say_goodbye(client)


def _problems(client: IMAPClient, imap: Imap, names: Folders) -> Iterator[str]:
    opened = select(client, names.name(imap.folder))
    lasting = opened.get(b"PERMANENTFLAGS", (SEEN, DELETED))
    if imap.after == "seen":
        if SEEN not in lasting:
            yield f'Messages in "{imap.folder}" cannot be marked as seen: allow it, or use after = "move".'
        return
    if DELETED not in lasting or not _may(client, names.name(imap.folder), "te"):
        yield f'Messages in "{imap.folder}" cannot be moved: allow deleting, or use after = "seen".'
    yield from _problems_of_target(client, names.name(imap.processed_folder))


def _problems_of_target(client: IMAPClient, processed: str) -> Iterator[str]:
    if not client.folder_exists(processed):
        try:
            create(client, processed)
        except client.Error as error:
            yield f'The folder "{processed}" cannot be created: {error}. Create it, or name another processed_folder.'
            return
    if not _may(client, processed, "i"):
        yield f'Messages cannot be moved to "{processed}": allow inserting there, or name another processed_folder.'


def _may(client: IMAPClient, folder: str, rights: str) -> bool:
    """RFC 4314: whether we have all these rights; a server that has no such lists is believed to give them.

    One of RFC 2086 has the right "d" where later ones have "t" and "e".
    """
    if not client.has_capability("ACL"):
        return True
    _, told = client._imap.myrights(client._normalise_folder(folder))
    *_, given = told[-1].decode("ascii", "replace").split() or [""]
    if "d" in given and not set("te") & set(given):
        given += "te"
    return set(rights) <= set(given)
