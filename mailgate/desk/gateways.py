"""3.1: what a gateway (the portal, its form, SMDO) says in the headers of the mail by which it hands over a submission.

The headers count only in mail of a configured and proven gateway; anybody else's are ignored.
"""

from __future__ import annotations

from mailgate.config import Gateway, GatewayChannel, canonical
from mailgate.config.problems import Wrong
from mailgate.message.model import IncomingMessage
from mailgate.rules.priority import find_type
from mailgate.rules.vocabulary import RequestType, Urgency

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


def named_type(message: IncomingMessage, gateway: Gateway) -> tuple[RequestType, RequestType | None]:
    """(type, suggestion): 1 and 3 are set by the portal alone, all else is Unclassified (Appendix 1)."""
    found = find_type(message.header(TYPE) or "")
    if not isinstance(found, RequestType):
        return RequestType.UNCLASSIFIED, None
    if found in _SETS.get(gateway.channel, ()):
        return found, None
    return RequestType.UNCLASSIFIED, found


def urgency(message: IncomingMessage) -> Urgency:
    """As the client chose it in the portal; normal where nothing readable stands there."""
    word = (message.header(URGENCY) or "").strip().lower()
    return Urgency(word) if word in tuple(Urgency) else Urgency.NORMAL
