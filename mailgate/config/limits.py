"""How much is too much: of one message, and of answers to machines."""

from __future__ import annotations

from functools import cached_property

from pydantic import Field

from mailgate.config.fields import Section, Size
from mailgate.message.guard import Limits

_GUARD = Limits()


class MessageLimits(Section):
    """What a message may have and still be parsed; beyond that it is quarantined unread."""

    size: Size = _GUARD.size
    """The whole message."""
    header_bytes: Size = _GUARD.header_bytes
    """One header block, the message's own or a part's."""
    headers: int = Field(_GUARD.headers, strict=True, ge=1, description="a number, without quotes")
    """Header fields in one block."""
    all_headers: int = Field(_GUARD.all_headers, strict=True, ge=1, description="a number, without quotes")
    """Header fields in all blocks together."""
    encoded_words: int = Field(_GUARD.encoded_words, strict=True, ge=1, description="a number, without quotes")
    """RFC 2047 encoded-words in one block."""
    parameters: int = Field(_GUARD.parameters, strict=True, ge=1, description="a number, without quotes")
    """Parameters of one Content-Type or Content-Disposition."""
    parts: int = Field(_GUARD.parts, strict=True, ge=1, description="a number, without quotes")
    """MIME parts, and groups of fields in delivery reports."""
    nesting: int = Field(_GUARD.nesting, strict=True, ge=1, le=100, description="a number from 1 to 100")
    """Multiparts and enclosed messages within one another."""

    @cached_property
    def guard(self) -> Limits:
        """The limits as the guard takes them."""
        return Limits(**self.model_dump())


class Loops(Section):
    """How many automatic answers go out within an hour before the other side counts as a machine that answers them."""

    per_sender: int = Field(300, strict=True, ge=1, description="a number, without quotes")
    """To one address."""
    per_request: int = Field(20, strict=True, ge=1, description="a number, without quotes")
    """About one request, to whomever."""
    in_all: int = Field(20_000, strict=True, ge=1, description="a number, without quotes")
    """To everybody together."""
