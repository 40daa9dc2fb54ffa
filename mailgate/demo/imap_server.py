"""The embedded IMAP server of the demo: pymap with accounts in memory, on the caller's event loop.

Why its `dict` backend: it keeps messages byte for byte and wakes an idling client at once, where its `maildir` turns
line ends to LF and looks once a second. Why not its command line: that one knows a single account.
"""

from __future__ import annotations

import asyncio
import ssl
from argparse import Namespace
from collections.abc import Mapping

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, DictBackend, Login
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.user import UserMetadata
from pysasl.creds.plain import PlainCredentials
from pysasl.hashing import Cleartext


class ImapAccounts:
    """Mailboxes of `accounts`, address -> password; the address is the user name too."""

    def __init__(self, accounts: Mapping[str, str]) -> None:
        self._accounts = dict(accounts)
        self._config = Config(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host=None,
            port=0,
            demo_data=False,
            demo_user="",
            demo_password="",
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
            tls_enabled=False,
            hash_context=Cleartext(),
        )
        self._login = Login(self._config)
        for address, password in accounts.items():
            self._login.users_dict[address] = UserMetadata(self._config, address, password=password)

    async def listen(self, host: str) -> asyncio.Server:
        """Serve on a free port."""
        self._config.apply_context()
        backend = DictBackend(self._login, self._config)
        reader = ProxyProtocolReader(self._config.proxy_protocol)
        return await asyncio.start_server(reader.get_callback(IMAPServer(backend.login, self._config)), host, 0)

    async def append(self, address: str, raw: bytes) -> None:
        """Put a message into an INBOX; clients that idle on it hear of it at once."""
        self._config.apply_context()
        known = PlainCredentials(address, self._accounts[address])
        identity = await self._login.authenticate(known)
        async with identity.new_session() as session:
            await session.append_messages("INBOX", [AppendMessage(raw)])
