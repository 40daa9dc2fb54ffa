"""An authorization server of the test's own (RFC 6749, 7662, 8628): TLS by an authority that nobody else trusts."""

from __future__ import annotations

import itertools
import json
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import trustme

HOST = "127.0.0.1"
SECRET, CLIENT = "client-secret-canary", "mailgate-at-desk"


@dataclass
class TokenServer:
    """Gives tokens to CLIENT with SECRET, and says of each whose it is. What a test changes holds from then on."""

    folder: Path
    username: str = "support"
    """Whose mailbox the tokens open."""
    lives: float | str = 3600
    """Seconds."""
    refresh_tokens: set[str] = field(default_factory=set)
    """Those that are valid."""
    rotates: bool = False
    """Each use of a refresh token gives a new one and ends the old."""
    refusal: tuple[int, Mapping[str, Any] | str] | None = None
    """Status and body of every answer to a question for tokens."""
    cuts: bool = False
    """Its answers end before they are whole."""
    waits: list[str] = field(default_factory=list)
    """What is said to those who wait for a person's consent, one by one, before he gives it."""
    asked: list[dict[str, str]] = field(default_factory=list)
    """Every form that came to /token or /device, oldest first."""
    valid: dict[str, str] = field(default_factory=dict)
    """Access tokens and whose they are; a revoked one is taken out."""

    def __post_init__(self) -> None:
        self.authority = self.folder / "token-authority.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.authority))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST, "localhost").configure_cert(tls)
        self._numbers = itertools.count(1)
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, name="tokens", daemon=True).start()

    def close(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str) -> str:
        """The address of one of its places: token, device, introspect."""
        return f"https://{HOST}:{self.port}/{path}"

    def new_refresh_token(self) -> str:
        """One that is valid."""
        token = f"refresh-canary-{next(self._numbers)}"
        self.refresh_tokens.add(token)
        return token

    def table(self, name: str = "desk", **more: str) -> str:
        """TOML of an application that asks here."""
        keys = {"name": name, "client_id": CLIENT, "client_secret": SECRET, "token_url": self.url("token")} | more
        return "\n[[oauth]]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items())

    # --- in the server's threads ------------------------------------------------------------------------------------

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                status, body = outer._reply(self.path, form)
                raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                if status // 100 == 3:
                    self.send_header("Location", outer.url("elsewhere"))
                self.send_header("Content-Type", "application/json")
                self.send_header(
                    *(("Transfer-Encoding", "chunked") if outer.cuts else ("Content-Length", str(len(raw))))
                )
                self.end_headers()
                self.wfile.write(b"ffff\r\n" * outer.cuts)
                self.wfile.write(raw)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def _reply(self, path: str, form: dict[str, str]) -> tuple[int, Mapping[str, Any] | str]:
        if path == "/introspect":
            whose = self.valid.get(form.get("token", ""))
            return 200, {"active": whose is not None, "username": whose or ""}
        self.asked.append(form | {"path": path})
        if self.refusal:
            return self.refusal
        if form.get("client_id") != CLIENT or form.get("client_secret", SECRET) != SECRET:
            return 401, {"error": "invalid_client", "error_description": f"not {form.get('client_secret')}"}
        return self._codes() if path == "/device" else self._tokens(form)

    def _codes(self) -> tuple[int, Mapping[str, Any]]:
        return 200, {
            "device_code": "device-canary", "user_code": "ABCD-EFGH", "interval": 5, "expires_in": 60,
            "verification_uri": self.url("enter"),
        }  # fmt: skip

    def _tokens(self, form: dict[str, str]) -> tuple[int, Mapping[str, Any]]:
        match form.get("grant_type"):
            case "client_credentials" if form.get("client_secret") == SECRET:
                return 200, self._access()
            case "refresh_token" if form.get("refresh_token") in self.refresh_tokens:
                return 200, self._access() | self._rotated(form["refresh_token"])
            case "urn:ietf:params:oauth:grant-type:device_code" if form.get("device_code") == "device-canary":
                if self.waits:
                    return 400, {"error": self.waits.pop(0)}
                return 200, self._access() | {"refresh_token": self.new_refresh_token()}
            case "authorization_code" if form.get("code") == "code-canary" and form.get("code_verifier"):
                return 200, self._access() | {"refresh_token": self.new_refresh_token()}
        return 400, {"error": "invalid_grant", "error_description": f"not valid: {form.get('refresh_token')}\r\nsorry"}

    def _access(self) -> dict[str, Any]:
        token = f"access-canary-{next(self._numbers)}"
        self.valid[token] = self.username
        return {"access_token": token, "token_type": "Bearer", "expires_in": self.lives}

    def _rotated(self, used: str) -> dict[str, str]:
        if not self.rotates:
            return {}
        self.refresh_tokens.discard(used)
        return {"refresh_token": self.new_refresh_token()}
