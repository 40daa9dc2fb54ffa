"""Every notice on made-up facts, for `mailgate render` and for whoever changes a template."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from mailgate.outbox import sample_orders, sample_queue
from mailgate.outbox.compose import Draft, Part
from mailgate.outbox.sample_month import month
from mailgate.outbox.scenes import SCENES, Scene
from mailgate.rules.command_table import BY_VERB, Verb, offered
from mailgate.rules.notices import NOTICES, READY_ANSWERS, Audience, auto_submitted
from mailgate.rules.vocabulary import Language, Purpose, Status

NAMES: Final = tuple(NOTICES)

NUMBER, OTHER, COMPLAINT = "SD-2026-000042", "SD-2026-000043", "C-2026-000007"
DESK, CONTACT, STAFF = "support@desk.example", "ivan.petrov@alfa.example", "a.kovaleva@desk.example"
STRANGER = "m.sidorova@beta.example"
WROTE, ASKED, UNDO_UNTIL = "2026-11-23T06:48:00+00:00", "2026-11-23T07:05:00+00:00", "2026-11-23T07:07:00+00:00"
INFO_DUE, CONFIRM_DUE = "2026-11-26T15:00:00+00:00", "2026-12-03T21:00:00+00:00"
RESUME_UNTIL, COMPLAINT_DUE, PUT_OFF = (f"2026-12-{day:02d}T21:00:00+00:00" for day in (6, 8, 22))

_PICTURE: Final = b"\x89PNG\r\n\x1a\n" * 6000
_SCREENSHOT: Final = Part.of("экран.png", "image/png", _PICTURE)
_ABOUT_NOBODY: Final = frozenset(
    {"not_registered", "staff_queue", "staff_digest", "staff_quarantine", "staff_configuration", "staff_census"}
)
_MISTAKE: Final = '/etc/mailgate/clients.toml:12: email = "ivan.petrov"; write an address: "name@example.org"'
_SILENCE: Final = {"rejects": True, "resume_within": {"unit": "calendar days", "amount": 10}}
_OFFERED: Final = offered(Purpose.REQUESTS, Status.IN_PROGRESS)

Facts = dict[str, Any]
Maker = Callable[[Scene, str], Facts]


def sample(notice: str, language: str) -> Draft:
    """The notice as a reader of this language would get it. KeyError for a name that is none."""
    kind, scene = NOTICES[notice], SCENES[language]
    facts = _common(notice, scene) | _MAKERS[notice](scene, language)
    number = facts["request"]["number"] if facts["request"] else None
    return Draft(
        name=notice,
        language=language,
        facts=facts,
        message_id=f"{number or 'desk'}.{notice}.{'5f1c' * 8}@desk.example",
        in_reply_to="CAF1xQ2b7k@mail.alfa.example" if number and kind.audience is Audience.CLIENT else None,
        references=("CAF1xQ2b7k@mail.alfa.example",) if number and kind.audience is Audience.CLIENT else (),
        sender=(scene.desk, DESK),
        reader=(facts["reader"]["name"], facts["reader"]["addr"]),
        request_number=number,
        auto_submitted=auto_submitted(notice, written_by_person=facts["text"] is not None),
        attachments=(_SCREENSHOT,) if facts["attachments"] else (),
    )


def _common(notice: str, scene: Scene) -> Facts:
    reader = {"name": scene.contact, "addr": CONTACT, "role": "contact"}
    if NOTICES[notice].audience is Audience.STAFF:
        reader = {"name": scene.staff, "addr": STAFF, "role": "staff"}
    if notice == "not_registered":
        reader = {"name": "", "addr": STRANGER, "role": "stranger"}
    shown = [{"name": _SCREENSHOT.name, "type": _SCREENSHOT.type, "size": len(_PICTURE)}]
    return {
        "desk": {"name": scene.desk, "organisation": scene.organisation, "address": DESK},
        "reader": reader,
        "request": None if notice in _ABOUT_NOBODY else _request(scene),
        "author": None,
        "text": None,
        "quoted": None,
        "attachments": shown if notice == "staff_new" else [],
        "left_out": [],
        "detail": {},
    }


def _request(scene: Scene, **changed: Any) -> Facts:
    return {
        "number": NUMBER,
        "kind": "requests",
        "status": "in_progress",
        "type": "technical_support",
        "type_suggested": "technical_support",
        "urgency": "high",
        "impact": "partial",
        "priority": "high",
        "subject": scene.subject,
        "service": scene.service,
        "channel": "email",
        "client_name": scene.client,
        "contact_name": scene.contact,
        "contact_addr": CONTACT,
        "registered_at": WROTE,
        "deadline_at": None,
        "assignee_name": scene.staff,
        "history": [
            {"at": WROTE, "event": "registered", "by": f"client:{CONTACT}"},
            {"at": ASKED, "event": "started", "by": f"staff:{STAFF}"},
            {"at": ASKED, "event": "changed", "by": f"staff:{STAFF}"},
        ],
    } | changed


def _fresh(scene: Scene) -> Facts:
    unclassified = {"type": "unclassified", "impact": None, "priority": "medium"}
    history = [{"at": WROTE, "event": "registered", "by": f"client:{CONTACT}"}]
    return _request(scene, status="registered", assignee_name=None, history=history, **unclassified)


def _complaint(scene: Scene, **changed: Any) -> Facts:
    of_it = {
        "number": COMPLAINT,
        "kind": "complaints",
        "type": "unclassified",
        "impact": None,
        "subject": scene.complaint,
    }
    return _request(scene, **of_it | {"deadline_at": COMPLAINT_DUE} | changed)


def _from_staff(scene: Scene, text: str) -> Facts:
    return {"author": {"name": scene.staff, "addr": STAFF}, "text": text}


def _from_client(scene: Scene, text: str) -> Facts:
    return {"author": {"name": scene.contact, "addr": CONTACT}, "text": text}


def _quoted(scene: Scene, text: str) -> Facts:
    return {"quoted": {"text": text, "at": WROTE, "name": scene.contact, "addr": CONTACT}}


def _invitation(scene: Scene, language: str) -> Facts:
    return {"mailbox": "support", "plain_reply": "client", "actions": _actions(_OFFERED, language)}


def _actions(verbs: Iterable[Verb], language: str, subject: str = NUMBER) -> list[Facts]:
    forms = [BY_VERB[verb].form(language) for verb in verbs]
    return [{"command": form, "mailto": _mailto(form + "\n", subject)} for form in forms]


def _mailto(body: str, subject: str = NUMBER) -> str:
    return f"mailto:{DESK}?subject={quote(f'Re: [{subject}]', safe='')}&body={quote(body, safe='')}"


def _awaiting(status: str, due: str, words: str | None = None, **more: Any) -> Maker:
    """A notice about a request that waits; `words` names what of the scene staff wrote."""

    def facts(scene: Scene, language: str) -> Facts:
        written = _from_staff(scene, getattr(scene, words)) if words else {}
        return {"request": _request(scene, status=status, deadline_at=due)} | written | more

    return facts


def _told(words: str) -> Maker:
    return lambda scene, language: _from_staff(scene, getattr(scene, words))


def _registered(scene: Scene, language: str) -> Facts:
    understood = {"service": scene.service, "urgency": "high"}
    request = _fresh(scene)
    return _quoted(scene, scene.problem) | {
        "request": request,
        "detail": {"understood": understood, "missing": ["type"]},
    }


def _completed(scene: Scene, language: str) -> Facts:
    yes, no = READY_ANSWERS[Language(language)]
    return {
        "request": _request(scene, status="awaiting_confirmation", deadline_at=CONFIRM_DUE),
        "detail": {"confirm_mailto": _mailto(f"!{yes}\n"), "disagree_mailto": _mailto(f"!{no}: ")},
    }


def _reclassified(scene: Scene, language: str) -> Facts:
    changes = [
        {"what": "type", "from": "unclassified", "to": "technical_support"},
        {"what": "impact", "from": None, "to": "partial"},
        {"what": "priority", "from": "medium", "to": "high"},
    ]
    return {"detail": {"changes": changes}}


def _done(scene: Scene, language: str) -> Facts:
    return {
        "request": _request(scene, status="awaiting_info"),
        "detail": _invitation(scene, language)
        | {
            "orders": sample_orders.taken_and_asked(language, scene.staff, INFO_DUE),
            "sent": {"name": "info_needed", "to": CONTACT, "text": scene.question, "attachments": [], "left_out": []},
            "show": None,
            "help": None,
            "undo_until": UNDO_UNTIL,
        },
    }


def _refused(scene: Scene, language: str) -> Facts:
    lines = sample_orders.misspelt(scene.mistyped, scene.question, language, ASKED)
    return {"detail": _invitation(scene, language) | {"lines": lines, "text": scene.question, "subject": scene.subject}}


def _queue(scene: Scene, language: str) -> Facts:
    return {"detail": sample_queue.queue(scene.client, scene.subject, scene.second_subject)}


def _digest(scene: Scene, language: str) -> Facts:
    return {"detail": _queue(scene, language)["detail"] | {"waiting": 2}}


def _detail(**detail: Any) -> Maker:
    return lambda scene, language: {"detail": detail}


_QUARANTINED: Final = {
    "id": 17,
    "reason": "not_authentic",
    "from_addr": CONTACT,
    "subject": "Fwd: invoice",
    "size": 18_432,
    "seldom": True,
    "earlier": 3,
    "release_command": "mailgate quarantine release 17",
}
_MAKERS: Final[Mapping[str, Maker]] = MappingProxyType(
    {
        "registered": _registered,
        "not_registered": _detail(),
        "started": lambda scene, language: {},
        "changed": _reclassified,
        "info_needed": _awaiting("awaiting_info", INFO_DUE, "question", detail=_SILENCE),
        "info_reminder": _awaiting("awaiting_info", INFO_DUE, detail=_SILENCE),
        "progress": _told("news"),
        "out_of_scope": _told("elsewhere"),
        "third_party": _awaiting("awaiting_third_party", INFO_DUE),
        "completed": lambda scene, language: _completed(scene, language) | _from_staff(scene, scene.result),
        "completion_reminder": _completed,
        "reasons_needed": _awaiting("awaiting_confirmation", CONFIRM_DUE),
        "resumed": lambda scene, language: {},
        "closed": lambda scene, language: {"request": _request(scene, status="closed"), "detail": {"how": "confirmed"}},
        "rejected": lambda scene, language: {
            "request": _request(scene, status="rejected"),
            "detail": {"no_answer": True, "resume_until": RESUME_UNTIL},
        },
        "split": _detail(numbers=[OTHER, "SD-2026-000044"]),
        "merged": lambda scene, language: {"request": _request(scene, status="closed"), "detail": {"into": OTHER}},
        "closed_is_final": lambda scene, language: (
            _quoted(scene, scene.answer)
            | {"request": _request(scene, status="closed"), "detail": {"new_number": OTHER}}
        ),
        "complaint_registered": lambda scene, language: (
            _quoted(scene, scene.grievance) | {"request": _complaint(scene, status="registered")}
        ),
        "complaint_extended": lambda scene, language: (
            {"request": _complaint(scene, deadline_at=PUT_OFF)} | _from_staff(scene, scene.doing)
        ),
        "complaint_progress": lambda scene, language: {"request": _complaint(scene)} | _from_staff(scene, scene.doing),
        "complaint_answered": lambda scene, language: (
            {"request": _complaint(scene, status="closed", deadline_at=None)} | _from_staff(scene, scene.apology)
        ),
        "staff_new": lambda scene, language: (
            {"request": _fresh(scene), "detail": _invitation(scene, language)} | _from_client(scene, scene.problem)
        ),
        "staff_reply": lambda scene, language: (
            {"detail": _invitation(scene, language) | {"event": "client_answered"}} | _from_client(scene, scene.answer)
        ),
        "staff_done": _done,
        "staff_error": _refused,
        "staff_deadline": lambda scene, language: {
            "request": _request(scene, status="awaiting_info", deadline_at=INFO_DUE),
            "detail": _invitation(scene, language) | {"what": "info", "due_at": INFO_DUE, "passed": True},
        },
        "staff_queue": _queue,
        "staff_digest": _digest,
        "staff_undeliverable": lambda scene, language: {
            "detail": _invitation(scene, language)
            | {"to": CONTACT, "notice": "progress", "reason": "550 5.1.1 User unknown", "fallback": "it@alfa.example"}
        },
        "staff_quarantine": lambda scene, language: {
            "detail": _QUARANTINED | {"actions": _actions((Verb.RELEASE, Verb.DROP), language, "quarantine 17")}
        },
        "staff_configuration": _detail(mended=False, problems=[_MISTAKE], more=0),
        "staff_census": _detail(
            at=ASKED,
            summary=["support"],
            undecided=2,
            since=WROTE,
            untaken=[{"mailbox": "support", "messages": 3}],
            unseen=[],
        ),
        "report": lambda scene, language: {"request": None, "detail": month(scene.client)},
    }
)
"""What each notice's facts have beyond the common ones."""
