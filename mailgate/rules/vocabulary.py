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
WORKED_ON = frozenset({Status.REGISTERED, Status.IN_PROGRESS})
"""Those on which the desk itself has to act."""


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
    GATEWAY = "gateway"
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


class Waiting(StrEnum):
    """What a deadline is a deadline of; its length is a setting of the same name, unless staff name it."""

    INFO = "info"
    THIRD_PARTY = "third_party"
    CONFIRMATION = "confirmation"
    COMPLAINT = "complaint"


class Trigger(StrEnum):
    """What befalls a request: what staff or the client did, or a term that ended."""

    STARTED = "started"
    TAKEN = "taken"
    ASSIGNED = "assigned"
    CLASSIFIED = "classified"
    ANSWERED = "answered"
    NOTED = "noted"
    INFO_ASKED = "info_asked"
    THIRD_PARTY = "third_party"
    OUT_OF_SCOPE = "out_of_scope"
    RESUMED = "resumed"
    COMPLETED = "completed"
    CLOSED_BY_STAFF = "closed_by_staff"
    REJECTED = "rejected"
    EXTENDED = "extended"
    SPLIT = "split"
    LINKED = "linked"
    MERGED = "merged"

    CLIENT_WROTE = "client_wrote"
    CONFIRMED = "confirmed"
    DISAGREED = "disagreed"
    BARE_NO = "bare_no"
    THANKED = "thanked"
    WROTE_BEFORE_ASKED = "wrote_before_asked"
    """Any of these, before the notice that asks for the client's word has gone out: it answers nothing (4.6, 5.1)."""
    AUTO_REPLIED = "auto_replied"
    NOTICE_BOUNCED = "notice_bounced"
    WAIT_NOT_SENT = "wait_not_sent"
    """The same of the notice that began a wait which has ended by its term: the term never ran (5.1)."""

    INFO_REMINDER_DUE = "info_reminder_due"
    INFO_TERM_ENDED = "info_term_ended"
    INFO_TERM_PASSED = "info_term_passed"
    """As `info_term_ended`, where the setting says that staff are asked before the request is rejected (4.8).
    The request goes on waiting, its deadline stays in the past."""
    THIRD_PARTY_TERM_ENDED = "third_party_term_ended"
    CONFIRMATION_REMINDER_DUE = "confirmation_reminder_due"
    CONFIRMATION_TERM_ENDED = "confirmation_term_ended"
    COMPLAINT_TERM_NEAR = "complaint_term_near"
    COMPLAINT_TERM_ENDED = "complaint_term_ended"
    PROGRESS_TERM_NEAR = "progress_term_near"
    PROGRESS_TERM_ENDED = "progress_term_ended"
    ANSWER_TARGET_NEAR = "answer_target_near"
    ANSWER_TARGET_MISSED = "answer_target_missed"
    COMPLETION_TARGET_NEAR = "completion_target_near"
    COMPLETION_TARGET_MISSED = "completion_target_missed"


OF_THE_CLIENT = frozenset(
    {
        Trigger.INFO_REMINDER_DUE,
        Trigger.INFO_TERM_ENDED,
        Trigger.INFO_TERM_PASSED,
        Trigger.CONFIRMATION_REMINDER_DUE,
        Trigger.CONFIRMATION_TERM_ENDED,
    }
)
"""4.6, 4.8, 5.1: terms that run against the client. A word of his that came before their end counts before it."""


class Event(StrEnum):
    """What happened to a request, as its history shows it."""

    REGISTERED = "registered"
    STARTED = "started"
    ASSIGNED = "assigned"
    CHANGED = "changed"
    PROGRESSED = "progressed"
    NOTED = "noted"
    INFO_ASKED = "info_asked"
    CLIENT_ANSWERED = "client_answered"
    CLIENT_WROTE = "client_wrote"
    CLIENT_THANKED = "client_thanked"
    AUTO_REPLY_KEPT = "auto_reply_kept"
    NOTICE_BOUNCED = "notice_bounced"
    THIRD_PARTY_AWAITED = "third_party_awaited"
    OUT_OF_SCOPE_SAID = "out_of_scope_said"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    DISAGREED = "disagreed"
    REASONS_ASKED = "reasons_asked"
    RESUMED = "resumed"
    CLOSED = "closed"
    REJECTED = "rejected"
    EXTENDED = "extended"
    SPLIT = "split"
    LINKED = "linked"
    MERGED = "merged"
    UNDONE = "undone"
    NEW_REQUEST_NEEDED = "new_request_needed"
    """The client's mail cannot go on in this request: a new one, linked, has to be registered (5.2)."""
    INFO_REMINDED = "info_reminded"
    INFO_OVERDUE = "info_overdue"
    THIRD_PARTY_OVERDUE = "third_party_overdue"
    CONFIRMATION_REMINDED = "confirmation_reminded"
    COMPLAINT_ANSWERED = "complaint_answered"
    COMPLAINT_DUE_SOON = "complaint_due_soon"
    COMPLAINT_OVERDUE = "complaint_overdue"
    PROGRESS_DUE_SOON = "progress_due_soon"
    HOLDING_NOTICE_SENT = "holding_notice_sent"
    ANSWER_DUE_SOON = "answer_due_soon"
    ANSWER_OVERDUE = "answer_overdue"
    COMPLETION_DUE_SOON = "completion_due_soon"
    COMPLETION_OVERDUE = "completion_overdue"
    ERASED = "erased"
