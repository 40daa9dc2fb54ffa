"""Where programs that watch the desk may ask how it is."""

from __future__ import annotations

import ipaddress
import re
from typing import Self

from pydantic import Field, model_validator

from mailgate.config.fields import Section
from mailgate.config.problems import Wrong

_PLACE = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:]+)\]|(?P<other>[^\s:\[\]/]+)):(?P<port>[0-9]{1,5})")
_RIGHT = 'an address and a port: "127.0.0.1:9464" or "[::1]:9464"'


class Metrics(Section):
    """Figures for Prometheus and the state of health, over HTTP; without `listen` nothing listens."""

    listen: str | None = Field(None, description=_RIGHT)
    """`/metrics` and `/healthz` are answered there; takes the extra `metrics`."""
    public: bool = Field(False, strict=True, description="true or false, without quotes")
    """Whether `listen` may be an address that other machines reach: who reaches it reads, without a password."""

    @property
    def place(self) -> tuple[str, int] | None:
        """The address and the port of `listen`."""
        found = _PLACE.fullmatch(self.listen or "")
        return (_address(found["six"] or found["other"]), int(found["port"])) if found else None

    @model_validator(mode="after")
    def _of_this_machine(self) -> Self:
        if self.listen is None:
            return self
        try:
            own = self.place is not None and ipaddress.ip_address(self.place[0]).is_loopback
        except ValueError:
            raise Wrong(_RIGHT, f'listen = "{self.listen}"', "listen") from None
        if self.place is None or not 1 <= self.place[1] <= 65_535:
            raise Wrong(_RIGHT, f'listen = "{self.listen}"', "listen")
        if not own and not self.public:
            what = f'listen = "{self.listen}" is reached from other machines, and there is no password'
            raise Wrong('"127.0.0.1:9464", or add public = true if that is meant', what, "listen")
        return self


def _address(host: str) -> str:
    return "127.0.0.1" if host == "localhost" else host
