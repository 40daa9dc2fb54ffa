"""The tables of mailgate.toml, with their defaults."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from mailgate.config.fields import (
    DEFAULT_COUNTRY,
    Country,
    DatabaseUrl,
    Day,
    Duration,
    Hours,
    Line,
    MailAddress,
    Name,
    NumberFormat,
    Port,
    RelativePath,
    Section,
    Size,
    TermOf,
    TimeZone,
)
from mailgate.config.limits import Loops, MessageLimits
from mailgate.config.login import Login, Security
from mailgate.config.people import Policy
from mailgate.config.problems import Wrong
from mailgate.rules.calendar import WorkingCalendar
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import Language, Purpose, Waiting

_SUBMISSION_PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


class PlainReply(StrEnum):
    """Where the text of a staff answer without a command goes (4.7)."""

    CLIENT = "client"
    NOTE = "note"


class NoAnswer(StrEnum):
    """4.8: whether a request whose client did not answer is rejected, or staff are asked first."""

    REJECT = "reject"
    ASK = "ask"


class After(StrEnum):
    """What is done with a message on the server once it is in the database."""

    MOVE = "move"
    SEEN = "seen"


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Desk(Section):
    """Who the desk is, and how it writes."""

    name: Line = "Служба поддержки пользователей"
    organisation: Line = Field(description='the name of the organisation: "ООО «Пример»"')
    language: Language = Language.RU
    timezone: TimeZone = "Europe/Minsk"
    number_format: NumberFormat = "SD-{year}-{seq:06d}"
    complaint_number_format: NumberFormat = "C-{year}-{seq:06d}"
    plain_reply: PlainReply = PlainReply.CLIENT
    digest: bool = Field(True, strict=True, description="true or false, without quotes")
    """4.1: whether staff get the digest of their queue at the start of every working day."""

    @property
    def zone(self) -> ZoneInfo:
        """The operator's zone; zoneinfo keeps one object of each."""
        return ZoneInfo(self.timezone)

    @model_validator(mode="after")
    def _two_formats(self) -> Self:
        if self.number_format == self.complaint_number_format:
            raise Wrong("two that differ", "number_format and complaint_number_format are the same")
        return self


class Database(Section):
    """Where the requests are."""

    url: DatabaseUrl
    """The path of an SQLite file is absolute."""


class Imap(Login):
    """Where the mail of a mailbox waits."""

    port: Port = 993
    username: str | None = Field(min_length=1, description="the name of the account, in double quotes")
    folder: Line = "INBOX"
    after: After = After.MOVE
    processed_folder: Line = "Processed"
    poll: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(minutes=28))] = Field(
        timedelta(seconds=60), description='a time from "1s" to "28min"'
    )
    """How often to look where the server has no IDLE, and to renew IDLE where it has."""

    @model_validator(mode="after")
    def _two_folders(self) -> Self:
        if self.after is After.MOVE and self.folder == self.processed_folder:
            raise Wrong("a processed_folder of its own", f'folder and processed_folder are both "{self.folder}"')
        return self


class Smtp(Login):
    """Where notices are handed over. The envelope sender is the address of the mailbox that a notice comes from."""

    port: Port = Field(0, description="a port number from 1 to 65535, without quotes")
    """As the security asks for unless it is named: 465 for tls, 587 for starttls, 25 for none."""
    connections: int = Field(4, strict=True, ge=1, le=50, description="a number from 1 to 50, without quotes")
    size_limit: Size = 25 * 2**20
    """Bytes of the largest message that the server takes."""

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, given: object) -> object:
        if isinstance(given, dict) and given.get("security", "tls") in list(Security):
            return {"port": _SUBMISSION_PORTS[Security(given.get("security", "tls"))]} | given
        return given


class Mailbox(Section):
    """A mailbox of the desk: what arrives in it, and whom that concerns."""

    name: Name
    address: MailAddress
    purpose: Purpose = Purpose.REQUESTS
    staff_group: Line | None = Field(None, description="the name of a group of staff, in double quotes")
    imap: Imap = Field(description="a table [mailbox.imap] with at least host and username")

    @property
    def group(self) -> str:
        """The group of staff who get its mail."""
        return self.staff_group or ("complaints" if self.purpose is Purpose.COMPLAINTS else self.name)

    @model_validator(mode="after")
    def _name_credential(self) -> Self:
        self.imap._credential = self.name
        return self


class GatewayChannel(StrEnum):
    """The channels of 3.1 that reach the desk as mail from a gateway."""

    PORTAL = "portal"
    PORTAL_FORM = "portal_form"
    SMDO = "smdo"


class Gateway(Section):
    """3.1: a mailbox from which another system hands over submissions, with headers that say whose they are."""

    address: MailAddress
    channel: GatewayChannel


class Authenticity(Section):
    """3.10: who really sent a message (RFC 8601)."""

    trusted_authserv_ids: tuple[Line, ...] = Field((), description='a list of names: ["mx.desk.example"]')
    policy: Policy = Policy.REQUIRE
    """What becomes of unproven mail of known senders, where a client has no policy of its own: `require` keeps it in
    quarantine and tells staff of the first in one name each day; `hold` tells them of each; `off` trusts From."""
    dkim: bool = Field(False, strict=True, description="true or false, without quotes")
    """Whether DKIM signatures are also checked by the desk itself; asks DNS for keys."""
    trusted_arc_sealers: tuple[Line, ...] = Field((), description='a list of domains: ["lists.example"]')
    """RFC 8617: forwarders and mailing lists whose word counts on whether the sender was proven before they changed the
    mail, by the domain of their seals (`d=`); asks DNS for keys."""

    @property
    def asks_dns(self) -> bool:
        """Whether keys have to be looked up."""
        return self.dkim or bool(self.trusted_arc_sealers)


class Deadlines(Section):
    """How long waits last, and how long before their end somebody is reminded."""

    info: TermOf = Field("3 working days", validate_default=True)
    info_reminder: TermOf = Field("1 working day", validate_default=True)
    no_answer: NoAnswer = NoAnswer.REJECT
    resume_rejected_within: TermOf = Field("10 calendar days", validate_default=True)
    confirmation: TermOf = Field("10 calendar days", validate_default=True)
    confirmation_reminder: TermOf = Field("3 calendar days", validate_default=True)
    confirmation_ends_on_working_day: bool = Field(False, strict=True, description="true or false, without quotes")
    """5.1: where the last day is a day off, the next working day is the last."""
    complaint: TermOf = Field("15 calendar days", validate_default=True)
    complaint_warning: TermOf = Field("3 calendar days", validate_default=True)
    complaint_progress: TermOf = Field("10 working days", validate_default=True)
    complaint_progress_warning: TermOf = Field("2 working days", validate_default=True)

    def term(self, waiting: Waiting) -> Term | None:
        """How long a wait lasts where staff named no term; None: without end (4.10)."""
        match waiting:
            case Waiting.INFO:
                return self.info
            case Waiting.CONFIRMATION:
                return self.confirmation
            case Waiting.COMPLAINT:
                return self.complaint
        return None


class Calendar(Section):
    """3.9: when the operator works."""

    country: Country = DEFAULT_COUNTRY
    hours: Hours = Field("09:00-18:00", validate_default=True)
    """Opening and closing; a closing at 00:00 is midnight after the day."""
    working_week: tuple[Weekday, ...] = Field(
        tuple(Weekday)[:5], min_length=1, description='a list of weekdays: ["mon", "tue", "wed", "thu", "fri"]'
    )
    days_off: tuple[Day, ...] = Field((), description='a list of days: ["2026-12-24"]')
    working_days: tuple[Day, ...] = Field((), description='a list of days: ["2026-12-26"]')

    @model_validator(mode="after")
    def _one_list_a_day(self) -> Self:
        if both := set(self.days_off) & set(self.working_days):
            raise Wrong("it in one of them", f"{min(both)} stands both in days_off and in working_days")
        return self

    def working(self, zone: ZoneInfo) -> WorkingCalendar:
        """The calendar on which terms run."""
        week = {tuple(Weekday).index(day) for day in self.working_week}
        return WorkingCalendar(zone, self.hours, week, self.country, self.days_off, self.working_days)


class Files(Section):
    """The other files of the configuration."""

    clients: RelativePath = Field("clients.toml", validate_default=True)
    staff: RelativePath = Field("staff.toml", validate_default=True)
    templates: RelativePath | None = Field(None, description="a folder with templates of your own")


class Outbox(Section):
    """How notices are sent."""

    hold: Annotated[Duration, Field(le=timedelta(hours=1))] = Field(
        timedelta(seconds=30), description='a time from "0s" to "1h"'
    )
    """How long what staff write to a client waits, so that they can take it back."""
    retry_for: Duration = timedelta(days=5)
    """How long a notice is tried before it counts as undeliverable."""


class Settings(Section):
    """mailgate.toml as a whole."""

    desk: Desk = Field(description='a table [desk] with at least organisation = "…"')
    database: Database = Field(description='a table [database] with url = "sqlite:///…"')
    mailboxes: tuple[Mailbox, ...] = Field(
        alias="mailbox", min_length=1, description="at least one table [[mailbox]], in double brackets"
    )
    gateways: tuple[Gateway, ...] = Field((), alias="gateway", description="tables [[gateway]], in double brackets")
    smtp: Smtp = Field(description="a table [smtp] with at least host")
    authenticity: Authenticity = Field(Authenticity(), description="a table [authenticity]")
    deadlines: Deadlines = Field(Deadlines(), description="a table [deadlines]")
    calendar: Calendar = Field(Calendar(), description="a table [calendar]")
    files: Files = Field({}, validate_default=True, description="a table [files]")
    outbox: Outbox = Field(Outbox(), description="a table [outbox]")
    limits: MessageLimits = Field(MessageLimits(), description="a table [limits]")
    loops: Loops = Field(Loops(), description="a table [loops]")
