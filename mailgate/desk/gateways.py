"""3.1: what a gateway (the portal, its form, SMDO) says in the headers of the mail by which it hands over a submission.

The headers count only in mail of a configured and proven gateway; anybody else's are ignored.
"""

from __future__ import annotations

from dataclasses import replace

from mailgate.config import Gateway, GatewayChannel, canonical
from mailgate.config.problems import Wrong
from mailgate.message.fields import urgency_word
from mailgate.message.model import Fields, IncomingMessage
from mailgate.rules.priority import find_type
from mailgate.rules.vocabulary import RequestType

CONTACT, REQUEST, TYPE = "X-Mailgate-Contact", "X-Mailgate-Request", "X-Mailgate-Type"
SERVICE, URGENCY = "X-Mailgate-Service", "X-Mailgate-Urgency"

_SETS = {GatewayChannel.PORTAL: (RequestType.ACCOUNT_REGISTRATION, RequestType.DOCUMENT_UPLOAD)}
"""Appendix 1: which types a gateway may set; whatever else it names is a suggestion."""


def contact(message: IncomingMessage) -> str | None:
    """The address of the contact whose submission it is; None where it names none that can be written to."""
    try:
        return canonical(message.header(CONTACT) or "")
    except Wrong:
        return None


def number(message: IncomingMessage) -> str | None:
    """The request to which the mail belongs, where the contact wrote on in the portal."""
    return message.header(REQUEST)


def submitted(message: IncomingMessage, written: Fields) -> Fields:
    """3.2, 3.11: what the headers say of the submission; where they are silent, what its writer wrote himself."""
    type = message.header(TYPE) or ""
    found = find_type(type)
    return replace(
        written,
        service=message.header(SERVICE) or written.service,
        type=(found if isinstance(found, RequestType) else type) or written.type,
        urgency=urgency_word(message.header(URGENCY) or "") or written.urgency,
    )


def type_set(message: IncomingMessage, gateway: Gateway) -> RequestType | None:
    """Appendix 1: types 1 and 3 are set by the portal alone, in its header; whatever else is named is a suggestion."""
    found = find_type(message.header(TYPE) or "")
    return found if isinstance(found, RequestType) and found in _SETS.get(gateway.channel, ()) else None
