"""The three files of a new configuration, made from the commented example and what `init` has learnt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mailgate import assets
from mailgate.cli.asking import Answers, Person
from mailgate.cli.draft import Draft

SERVICE = Path("/etc/mailgate")
"""Where systemd/mailgate.service looks; it brings passwords as credentials, and one folder to write to."""
MAILBOX, COMPLAINTS = "support", "complaints"
_OPENING = "An example of mailgate's configuration. Try it: mailgate --config config/mailgate.toml check --offline"
_PORTS = {"tls": 465, "starttls": 587}


def drafts(answers: Answers) -> Mapping[str, str]:
    """By file name, the text."""
    return {"mailgate.toml": _main(answers), "clients.toml": _clients(answers), "staff.toml": _staff(answers)}


def password_files(answers: Answers) -> Mapping[str, Path]:
    """By mailbox, where its password is expected; none where they have none."""
    addresses = {MAILBOX: answers.address} | ({COMPLAINTS: answers.complaints} if answers.complaints else {})
    return {} if answers.who.oauth else {name: answers.folder / f"{name}.password" for name in addresses}


def credentials(answers: Answers) -> Mapping[str, Path]:
    """The same as the service gets them from systemd; SMTP takes the account of the requests' mailbox."""
    files = password_files(answers)
    return {**files, "smtp": files[MAILBOX]} if files else files


def state_of(answers: Answers) -> Path:
    """The folder that mailgate may write to."""
    return answers.folder / _state(answers)


def _example(name: str) -> str:
    return (assets.example_config() / name).read_text(encoding="utf-8")


def _state(answers: Answers) -> str:
    """The same, as the configuration names it."""
    return "/var/lib/mailgate" if answers.folder == SERVICE else "var"


def _main(answers: Answers) -> str:
    text = _example("mailgate.toml")
    path = answers.folder / "mailgate.toml"
    draft = Draft(text.replace(_OPENING, f"mailgate's configuration. Try it: mailgate --config {path} check"))
    draft.put("[desk]", "name", answers.name)
    for key in ("organisation", "language", "timezone"):
        draft.put("[desk]", key, getattr(answers, key))
    draft.put("[database]", "url", f"sqlite:///{_state(answers)}/mailgate.db")
    _mailbox(draft, answers, 0, MAILBOX, answers.address)
    if answers.complaints:
        _mailbox(draft, answers, 1, COMPLAINTS, answers.complaints)
    else:
        draft.leave_out("[[mailbox]]", 1, "[mailbox.imap]")
    _smtp(draft, answers)
    if answers.who.oauth:
        _application(draft, answers)
    _authenticity(draft, answers)
    return str(draft)


def _mailbox(draft: Draft, answers: Answers, number: int, called: str, address: str) -> None:
    imap = "[mailbox.imap]"
    draft.put("[[mailbox]]", "address", address, number)
    draft.put(imap, "port", 993, number)
    for key, value in (("host", answers.imap_host), ("security", "tls")):
        draft.put(imap, key, value, number)
    draft.put(imap, "username", answers.username if number == 0 else address, number)
    draft.comment_out(imap, "password_env", number)
    _secret(draft, answers, imap, called, number)


def _secret(draft: Draft, answers: Answers, header: str, called: str, number: int = 0) -> None:
    """How that login is proven; for the service nothing is said, as systemd brings it its passwords."""
    if answers.who.oauth:
        draft.put(header, "oauth", "work", number)
        draft.put(header, "token_file", f"{_state(answers)}/{called}.token", number)
    elif answers.folder != SERVICE:
        draft.put(header, "password_file", f"{called}.password", number)


def _smtp(draft: Draft, answers: Answers) -> None:
    security = answers.who.smtp_security
    draft.put("[smtp]", "port", _PORTS[security])
    for key, value in (("host", answers.smtp_host), ("security", security), ("username", answers.username)):
        draft.put("[smtp]", key, value)
    _secret(draft, answers, "[smtp]", MAILBOX)  # the same account


def _application(draft: Draft, answers: Answers) -> None:
    draft.bring_in("[[oauth]]")
    values = {"name": "work", "provider": answers.who.oauth or "", "tenant": answers.tenant}
    for key, value in (values | {"client_id": answers.client_id}).items():
        draft.put("[[oauth]]", key, value)


def _authenticity(draft: Draft, answers: Answers) -> None:
    """RFC 8601: the name under which the provider, or the own server, says who wrote."""
    name = answers.who.authserv_id or (answers.imap_host if answers.who.imap_host is None else None)
    draft.put("[authenticity]", "trusted_authserv_ids", [name] if name else [])
    if name is None:
        draft.put("[authenticity]", "policy", "off")


def _staff(answers: Answers) -> str:
    draft = Draft(_example("staff.toml"))
    for number in (2, 1):
        draft.leave_out("[[staff]]", number)
    groups = [MAILBOX, *([COMPLAINTS] if answers.complaints else [])]
    for number, member in enumerate(answers.staff):
        values = {"name": member.name, "email": member.email, "groups": groups}
        if number == 0:
            for key, value in values.items():
                draft.put("[[staff]]", key, value)
        else:
            draft.add("[[staff]]", values)
    return str(draft)


def _clients(answers: Answers) -> str:
    """Without any the example stands there, commented out."""
    text = _example("clients.toml")
    if not answers.clients:
        lines = (line if not line or line.startswith("#") else f"# {line}" for line in text.splitlines())
        return "\n".join(lines) + "\n"
    draft = Draft(text)
    draft.leave_out("[[client]]", 1, "[[client.contact]]")
    draft.leave_out("[[client.contact]]", 1)
    for number, (name, contacts) in enumerate(_by_client(answers.clients).items()):
        _client(draft, number, name, contacts)
    return str(draft)


def _client(draft: Draft, number: int, name: str, contacts: list[Person]) -> None:
    first, *others = contacts
    identifier = f"{first.email.rpartition('@')[2].partition('.')[0]}{f'-{number + 1}' if number else ''}"
    if number == 0:
        draft.put("[[client]]", "id", identifier)
        draft.put("[[client]]", "name", name)
        for key in ("official_mailbox", "authorised_mailbox", "preferred_fallback"):
            draft.comment_out("[[client]]", key)
        draft.put("[[client.contact]]", "name", first.name)
        draft.put("[[client.contact]]", "email", first.email)
        for key in ("phones", "language"):
            draft.comment_out("[[client.contact]]", key)
    else:
        draft.add("[[client]]", {"id": identifier, "name": name})
        others = contacts
    for each in others:
        draft.add("[[client.contact]]", {"name": each.name, "email": each.email})


def _by_client(people: tuple[Person, ...]) -> Mapping[str, list[Person]]:
    found: dict[str, list[Person]] = {}
    for each in people:
        found.setdefault(each.client, []).append(each)
    return found
