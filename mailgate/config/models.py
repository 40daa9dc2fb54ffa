"""The tables of mailgate.toml, with their defaults."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from mailgate.config.deadlines import Calendar, Deadlines
from mailgate.config.fields import (
    DatabaseUrl,
    Duration,
    Line,
    MailAddress,
    Name,
    NumberFormat,
    Port,
    RelativePath,
    Section,
    Size,
    TimeZone,
)
from mailgate.config.limits import Loops, MessageLimits
from mailgate.config.login import Login, Security
from mailgate.config.metrics import Metrics
from mailgate.config.oauth import OAuth
from mailgate.config.people import Policy
from mailgate.config.problems import Wrong
from mailgate.config.retention import Retention
from mailgate.config.targets import Targets
from mailgate.rules.terms import LONGEST
from mailgate.rules.vocabulary import Language, Purpose

_SUBMISSION_PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


class PlainReply(StrEnum):
    """Where the text of a staff answer without a command goes (4.7)."""

    CLIENT = "client"
    NOTE = "note"


class After(StrEnum):
    """What is done with a message on the server once it is in the database."""

    MOVE = "move"
    SEEN = "seen"


class Desk(Section):
    """Who the desk is, and how it writes."""

    name: Line = "Служба поддержки пользователей"
    """What the desk calls itself: in the From line and at the foot of its notices."""
    organisation: Line = Field(description='the name of the organisation: "ООО «Пример»"')
    """Whose desk it is, at the foot of its notices."""
    language: Language = Language.RU
    """Of notices to whoever has no language of his own: contacts and staff for whom none is named, and strangers."""
    timezone: TimeZone = "Europe/Minsk"
    """The zone in which terms run, and of every date that a person reads."""
    number_format: NumberFormat = "SD-{year}-{seq:06d}"
    """3.3: the numbers of requests; `seq` counts anew each year, or on and on where `{year}` does not stand here."""
    complaint_number_format: NumberFormat = "C-{year}-{seq:06d}"
    """6.1: the numbers of complaints, which differ from those of requests."""
    plain_reply: PlainReply = PlainReply.CLIENT
    """4.7: where a staff answer without a command goes: to the client, or into the history as an internal note."""
    digest: bool = Field(True, strict=True, description="true or false, without quotes")
    """4.1: whether staff get the digest of their queue at the start of every working day."""

    @property
    def zone(self) -> ZoneInfo:
        """The operator's zone; zoneinfo keeps one object of each."""
        return ZoneInfo(self.timezone)

    @model_validator(mode="after")
    def _two_formats(self) -> Self:
        if self.number_format == self.complaint_number_format:
            raise Wrong(
                "two that differ", "number_format and complaint_number_format are the same", key="number_format"
            )
        return self


class Database(Section):
    """Where the requests are."""

    url: DatabaseUrl
    """An SQLite file (once read, its path is absolute), or PostgreSQL, which several hosts can share."""


class Imap(Login):
    """Where the mail of a mailbox waits."""

    port: Port = 993
    """Where the server listens: 993 is usual for tls, 143 for starttls and none."""
    username: str | None = Field(min_length=1, description="the name of the account, in double quotes")
    """The account that reads the mailbox; at most providers the whole address."""
    folder: Line = "INBOX"
    """The folder whose mail is taken, all that lies in it: begin with an empty one."""
    after: After = After.MOVE
    """What is done with the server's copy once the message is in the database: moved away, or only marked as seen."""
    processed_folder: Line = "Processed"
    """Where copies are moved to; created where it is missing."""
    poll: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(minutes=28))] = Field(
        timedelta(seconds=60), description='a time from "1s" to "28min"'
    )
    """How often to look where the server has no IDLE, and to renew IDLE where it has."""

    @property
    def place(self) -> str:
        """Whose folder on which server: only there its numbers name a message (RFC 3501, 2.3.1.1)."""
        return f"{self.username}@{self.host}/{self.folder}"

    @model_validator(mode="after")
    def _two_folders(self) -> Self:
        names = ["INBOX" if name.upper() == "INBOX" else name for name in (self.folder, self.processed_folder)]
        if self.after is After.MOVE and names[0] == names[1]:
            raise Wrong("a processed_folder of its own", f'folder and processed_folder are both "{names[0]}"')
        return self


class Smtp(Login):
    """Where notices are handed over. The envelope sender is the address of the mailbox that a notice comes from."""

    port: Port = _SUBMISSION_PORTS[Security.TLS]
    """Where the server listens; unless named as the security asks for: 465 for tls, 587 for starttls, 25 for none."""
    connections: int = Field(4, strict=True, ge=1, le=50, description="a number from 1 to 50, without quotes")
    """At most so many at a time."""
    size_limit: Size = 25 * 2**20
    """The largest message that the server takes, in bytes; what would not fit is left out, and the notice says so."""
    per_minute: int | None = Field(None, strict=True, ge=1, description="a number of notices, without quotes")
    """How many notices the provider takes in a minute; the others wait. No cap unless it is named."""
    per_day: int | None = Field(None, strict=True, ge=1, description="a number of notices, without quotes")
    """The same in 24 hours."""

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, given: object) -> object:
        if isinstance(given, dict) and given.get("security", "tls") in list(Security):
            return {"port": _SUBMISSION_PORTS[Security(given.get("security", "tls"))]} | given
        return given


class Mailbox(Section):
    """A mailbox of the desk: what arrives in it, and whom that concerns."""

    name: Name
    """What commands and the log call it. Its credential of systemd is called so, and its group unless named."""
    address: MailAddress
    """Where clients write to, and whom its notices come from."""
    purpose: Purpose = Purpose.REQUESTS
    """Whether its mail becomes requests or complaints (section 6)."""
    staff_group: Line | None = Field(None, description="the name of a group of staff, in double quotes")
    """The group of staff.toml that gets its mail; unless named: complaints for complaints, else the mailbox's name."""
    imap: Imap = Field(description="a table [mailbox.imap] with at least host and username")

    @property
    def group(self) -> str:
        """The group of staff who get its mail."""
        return self.staff_group or ("complaints" if self.purpose is Purpose.COMPLAINTS else self.name)

    @model_validator(mode="after")
    def _name_login(self) -> Self:
        self.imap._called = self.name
        return self


class GatewayChannel(StrEnum):
    """The channels of 3.1 that reach the desk as mail from a gateway."""

    PORTAL = "portal"
    PORTAL_FORM = "portal_form"
    SMDO = "smdo"


class Gateway(Section):
    """3.1: a mailbox from which another system hands over submissions, with headers
    that say whose they are: [the portal, its form, SMDO](setup.md#the-portal-its-form-smdo)."""

    address: MailAddress
    """From which it writes; its headers count only where that is proven (3.10)."""
    channel: GatewayChannel
    """The channel that its submissions are registered with."""


def _authserv_id(name: str) -> str:
    """A star anywhere else would be a name that no server has, and nobody could be proven."""
    if "*" in name.removeprefix("*."):
        raise Wrong('a name such as "mx.desk.example", or "*.desk.example" for every name below that')
    return name


AuthservId = Annotated[Line, AfterValidator(_authserv_id)]


class Authenticity(Section):
    """3.10: who really sent a message (RFC 8601)."""

    trusted_authserv_ids: tuple[AuthservId, ...] = Field((), description='a list of names: ["mx.desk.example"]')
    """The names by which our own mail server signs its Authentication-Results; those of others do not count. For one
    with many names, `*.mx.example` is every name below that."""
    policy: Policy = Policy.REQUIRE
    """What becomes of unproven mail of known senders, where a client has no policy of its own: `require` keeps it in
    quarantine and tells staff of the first in one name each day; `hold` tells them of each; `off` trusts From, but of
    staff only in answer to a notice that went to that address."""
    dkim: bool = Field(False, strict=True, description="true or false, without quotes")
    """Whether DKIM signatures are also checked by the desk itself; asks DNS for keys."""
    trusted_arc_sealers: tuple[Line, ...] = Field((), description='a list of domains: ["lists.example"]')
    """RFC 8617: forwarders and mailing lists whose word counts on whether the sender was proven before they changed the
    mail, by the domain of their seals (`d=`); asks DNS for keys."""

    @property
    def asks_dns(self) -> bool:
        """Whether keys have to be looked up."""
        return self.dkim or bool(self.trusted_arc_sealers)


class Files(Section):
    """The other files of the configuration."""

    clients: RelativePath = Field("clients.toml", validate_default=True)
    """Who may write: a TOML file, or a table that ends with .csv."""
    staff: RelativePath = Field("staff.toml", validate_default=True)
    """Who works on requests."""
    templates: RelativePath | None = Field(None, description="a folder with templates of your own")
    """They come before the built-in ones, notice by notice."""


class Outbox(Section):
    """How notices are sent."""

    hold: Annotated[Duration, Field(le=timedelta(hours=1))] = Field(
        timedelta(seconds=30), description='a time from "0s" to "1h"'
    )
    """How long what staff write to a client waits, so that they can take it back."""
    retry_for: Annotated[Duration, Field(le=timedelta(days=LONGEST))] = Field(
        timedelta(days=5), description=f'a time from "0s" to "{LONGEST}d"'
    )
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
    oauth: tuple[OAuth, ...] = Field((), description="tables [[oauth]], in double brackets")
    authenticity: Authenticity = Field({}, validate_default=True, description="a table [authenticity]")
    deadlines: Deadlines = Field({}, validate_default=True, description="a table [deadlines]")
    calendar: Calendar = Field({}, validate_default=True, description="a table [calendar]")
    files: Files = Field({}, validate_default=True, description="a table [files]")
    outbox: Outbox = Field({}, validate_default=True, description="a table [outbox]")
    limits: MessageLimits = Field({}, validate_default=True, description="a table [limits]")
    loops: Loops = Field({}, validate_default=True, description="a table [loops]")
    targets: Targets | None = Field(None, description="a table [targets]")
    metrics: Metrics = Field({}, validate_default=True, description="a table [metrics]")
    retention: Retention = Field({}, validate_default=True, description="a table [retention]")

    @model_validator(mode="after")
    def _applications(self) -> Self:
        known = {application.name: application for application in self.oauth}
        logins: list[Login] = [self.smtp, *(box.imap for box in self.mailboxes)]
        for login in logins:
            login._application = known.get(login.oauth or "")
        return self
