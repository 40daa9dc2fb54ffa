"""Reading a message for `explain`: the very reading that intake does, with as much of the desk as there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import typer

from mailgate.cli.failure import Wrong
from mailgate.cli.setting import configuration_if_any
from mailgate.message import body, classify, fields, guard, parse
from mailgate.message.model import Bounce, IncomingMessage, Kind, Verdict
from mailgate.rules.intake import Decision, Disposition, IntakeFacts, decide
from mailgate.rules.vocabulary import Role

if TYPE_CHECKING:
    from sqlmodel import Session

    from mailgate.config import Config, Mailbox
    from mailgate.desk.context import Desk


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads as `mailbox` of `desk` would; without them, as a desk that knows nobody."""

    desk: Desk | None = None
    mailbox: Mailbox | None = None
    session: Session | None = None

    @classmethod
    @contextmanager
    def open(cls, context: typer.Context, mailbox: str | None) -> Iterator[Self]:
        """With the configuration where there is one, and with its database where that can be read."""
        config = configuration_if_any(context)
        if config is None:
            if mailbox is not None:
                raise Wrong("--mailbox needs a configuration; name it with --config PATH")
            yield cls()
            return
        from mailgate.daemon.names import Names
        from mailgate.desk.context import read_desk

        box = _mailbox(config, mailbox)
        with ExitStack() as stack:
            session = _session(stack, config.database.url)
            yield cls(read_desk(session, config, txt=Names().txt), box, session)

    def explain(self, raw: bytes) -> dict[str, Any]:
        """One message as a JSON document."""
        if self.desk is None or self.mailbox is None:
            return _unknown(raw)
        from mailgate.desk.reading import open_mail, readings

        _, found = readings(self.session, open_mail(raw, len(raw), self.desk), self.mailbox, self.desk)[-1]
        number = found.request.number if found.request else None
        return _document(found.message, found.kind, found.bounce, found.disposition, found.verdict, number)


def _mailbox(config: Config, name: str | None) -> Mailbox:
    """The mailbox of that name; the first one where none is named."""
    if name is None:
        return config.mailboxes[0]
    found = next((each for each in config.mailboxes if each.name == name), None)
    if found is None:
        names = ", ".join(each.name for each in config.mailboxes)
        raise Wrong(f"there is no mailbox {name!r}; there are: {names}")
    return found


def _session(stack: ExitStack, url: str) -> Session | None:
    """A view of the database; None where there is none yet, or none that this version can read."""
    from sqlalchemy.exc import SQLAlchemyError

    from mailgate.store.database import Database
    from mailgate.store.schema import SchemaError

    database = Database(url)
    stack.callback(database.dispose)
    try:
        if database.is_sqlite and not database.exists():
            return None
        database.require_schema()
        return stack.enter_context(database.read())
    except (SQLAlchemyError, SchemaError, OSError):  # OSError: of a folder that is closed
        return None


def _unknown(raw: bytes) -> dict[str, Any]:
    """A message read by a desk that knows nobody and trusts no server."""
    over = guard.inspect(raw)
    if isinstance(over, guard.Oversized):
        facts = IntakeFacts(role=Role.STRANGER, proven=False, over_limit=over.what)
        return _document(parse.header_only(raw), Kind.OTHER, None, decide(facts), Verdict.NONE, None)
    message = parse.parse(raw)
    found = classify.read(message)
    facts = IntakeFacts(
        role=Role.STRANGER,
        proven=True,
        sender_problem=message.from_problem,
        bounce=found.bounce is not None,
        auto_reply=found.kind is Kind.AUTO_REPLY,
        automatic=found.automatic,
    )
    return _document(message, found.kind, found.bounce, decide(facts), Verdict.NONE, None)


def _document(
    message: IncomingMessage,
    kind: Kind,
    bounce: Bounce | None,
    disposition: Disposition,
    verdict: Verdict,
    request: str | None,
) -> dict[str, Any]:
    sender = message.from_[0] if message.from_ else None
    if sender and disposition.decision is Decision.COMMAND:
        new_text = body.certain_text(message, sender.name)
    else:
        new_text = body.new_text(message)
    return {
        "kind": kind,
        "decision": disposition.decision,
        "reason": disposition.reason,
        "request": request,
        "from_addr": sender.addr if sender else None,
        "from_name": sender.name if sender else None,
        "message_id": f"<{message.message_id}>" if message.message_id else None,
        "subject": message.subject,
        "date": message.date.isoformat() if message.date else None,
        "text": message.text,
        "new_text": new_text,
        "attachments": [
            {"name": each.name, "type": each.type, "size": each.size, "inline": each.inline}
            for each in message.attachments
        ],
        "bounce_recipient": list(bounce.recipients) if bounce else [],
        "bounce_class": bounce.cls if bounce else None,
        "bounce_message_id": f"<{bounce.message_id}>" if bounce and bounce.message_id else None,
        "authenticity": verdict,
        "fields": {name: value for name, value in asdict(fields.fields(message, new_text)).items() if value},
        "defects": list(message.defects),
        "tests": [list(test) for test in disposition.tests],
    }
