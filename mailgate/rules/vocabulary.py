"""The words of the Rules as enums. Their values stand in the database, the JSON and the mail headers."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a request or complaint stands."""

    REGISTERED = "registered"
    IN_PROGRESS = "in_progress"
    AWAITING_INFO = "awaiting_info"
    AWAITING_THIRD_PARTY = "awaiting_third_party"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    CLOSED = "closed"
    REJECTED = "rejected"


OPEN = frozenset(Status) - {Status.CLOSED, Status.REJECTED}
"""The statuses of requests on which somebody still has to act."""


class RequestType(StrEnum):
    """Appendix 1, in its order; `number` is the Rules' own."""

    ACCOUNT_REGISTRATION = "account_registration"
    SERVICE_REQUEST = "service_request"
    DOCUMENT_UPLOAD = "document_upload"
    CONSULTATION = "consultation"
    QUOTATION_REQUEST = "quotation_request"
    NEW_ORDER = "new_order"
    CHANGE_REQUEST = "change_request"
    TECHNICAL_SUPPORT = "technical_support"
    INFORMATION_SECURITY = "information_security"
    UNCLASSIFIED = "unclassified"

    @property
    def number(self) -> int:
        """The number of the type in Appendix 1, from 1 to 10."""
        return tuple(RequestType).index(self) + 1


class Urgency(StrEnum):
    """3.11: how soon the client needs it."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Impact(StrEnum):
    """Appendix 2: how much of a service fails; only of technical support."""

    FULL = "full"
    MAJOR = "major"
    PARTIAL = "partial"


class Priority(StrEnum):
    """Appendix 2, the most pressing first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    PLANNED = "planned"

    @property
    def rank(self) -> int:
        """0 for critical, 4 for planned: the order of work (4.1)."""
        return tuple(Priority).index(self)


class Channel(StrEnum):
    """3.1: how a submission came."""

    EMAIL = "email"
    PORTAL = "portal"
    PORTAL_FORM = "portal_form"
    PHONE = "phone"
    LETTER = "letter"
    SMDO = "smdo"


class Purpose(StrEnum):
    """What a mailbox of the desk is for; also the kind of what is registered from it."""

    REQUESTS = "requests"
    COMPLAINTS = "complaints"


class Role(StrEnum):
    """Who somebody is to the desk, by address."""

    CONTACT = "contact"
    STAFF = "staff"
    OWN = "own"
    STRANGER = "stranger"


class Language(StrEnum):
    """The languages in which mailgate writes."""

    RU = "ru"
    BE = "be"
    EN = "en"


class Unit(StrEnum):
    """What a term is counted in, or that it names its end itself."""

    CALENDAR_DAYS = "calendar days"
    WORKING_DAYS = "working days"
    WORKING_HOURS = "working hours"
    SECONDS = "s"
    DATE = "date"
    MOMENT = "moment"
