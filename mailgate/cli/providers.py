"""Where the mail of large providers waits, what must be switched on there, and whose customer an address is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

DNS_SECONDS: Final = 4.0


@dataclass(frozen=True, slots=True)
class Provider:
    """One row of the table. A host of None is the organisation's own server."""

    name: str
    title: str
    imap_host: str | None
    smtp_host: str | None
    smtp_security: str
    domains: tuple[str, ...]
    """Of its free addresses."""
    mx: tuple[str, ...]
    """How the names of its servers for other people's domains end."""
    authserv_id: str | None
    """Under which name it says who wrote (RFC 8601); None where it says nothing that can be relied on."""
    oauth: str | None
    """As which `provider` of [[oauth]] it is known, where it takes no passwords."""
    steps: tuple[str, ...]
    """What to switch on there. {address} and {called} are filled in."""


PROVIDERS: Final = (
    Provider(
        "yandex", "Yandex 360", "imap.yandex.ru", "smtp.yandex.ru", "tls",
        ("yandex.ru", "ya.ru", "yandex.by", "yandex.com", "yandex.kz"), ("yandex.net", "yandex.ru"),
        "*.yandex.net", None,
        (
            'Sign in as {address}; in the settings of Mail, "Email clients", allow imap.yandex.ru and app passwords.',
            "In Yandex ID, Security, make an app password for Mail: that is the password here.",
        ),
    ),
    Provider(
        "mailru", "Mail.ru, VK WorkSpace", "imap.mail.ru", "smtp.mail.ru", "tls",
        ("mail.ru", "bk.ru", "list.ru", "inbox.ru", "internet.ru"), ("mail.ru",), "mxs.mail.ru", None,
        (
            "In the account's settings, Security, make a password for external applications with full access to Mail: "
            "that is the password here.",
            "In VK WorkSpace an administrator may have to allow IMAP and SMTP for the domain first.",
        ),
    ),
    Provider(
        "google", "Gmail, Google Workspace", "imap.gmail.com", "smtp.gmail.com", "tls",
        ("gmail.com", "googlemail.com"), ("google.com", "googlemail.com"), "mx.google.com", None,
        (
            "Turn on 2-Step Verification for {address}, then make an app password: that is the password here.",
            "In Google Workspace an administrator may have to allow IMAP and app passwords first.",
            'Where app passwords are not allowed: a table [[oauth]] with provider = "google", then '
            "`mailgate auth login {called}`.",
        ),
    ),
    Provider(
        "microsoft", "Microsoft 365", "outlook.office365.com", "smtp.office365.com", "starttls",
        ("outlook.com", "hotmail.com", "live.com"), ("mail.protection.outlook.com",), None, "microsoft",
        (
            'In Entra ID register an application and allow "public client flows"; give it the delegated permissions '
            "IMAP.AccessAsUser.All, SMTP.Send and offline_access. Its Application (client) ID is client_id.",
            "In the Exchange admin center, for the mailbox {address}: email apps, allow IMAP and Authenticated SMTP.",
            "Sign in as {address}: `mailgate auth login {called}`.",
            'Exchange Online leaves nothing by which a sender could be proven, so From is trusted (policy = "off"): '
            "let Exchange keep forgeries out, and honour the senders' DMARC policies (Defender, anti-phishing).",
            "There staff give orders by answering notices: a new mail waits until its sender answers the notice of it.",
        ),
    ),
    Provider(
        "own", "a mail server of your own (Dovecot, Postfix)", None, None, "tls", (), (), None, None,
        (
            "The server must offer IMAP with TLS on port 993 and submission with TLS on port 465; for others set port "
            "and security in mailgate.toml. Its certificate must be valid for the host named there.",
            "Look into a delivered message for Authentication-Results: the first word after it belongs into "
            "trusted_authserv_ids. A server that adds none: set dkim = true.",
        ),
    ),
)  # fmt: skip

OWN: Final = PROVIDERS[-1]


def named(name: str) -> Provider | None:
    """The row of that name."""
    return next((each for each in PROVIDERS if each.name == name), None)


def provider_of(domain: str, mx: Sequence[str]) -> Provider:
    """Whose customer an address of the domain is, by the domain itself, then by the servers that take its mail."""
    for each in PROVIDERS:
        if domain in each.domains or any(_within(host, each.mx) for host in mx):
            return each
    return OWN


def own_host(domain: str, mx: Sequence[str]) -> str:
    """The likeliest name of an organisation's own server: that which takes its mail."""
    return next(iter(mx), f"mail.{domain}")


def mx_of(domain: str) -> list[str]:
    """The servers that take mail for a domain, the preferred first; none where DNS does not answer in time."""
    import dns.exception
    import dns.resolver

    try:
        answer = dns.resolver.resolve(domain, "MX", lifetime=DNS_SECONDS, search=False)
    except (dns.exception.DNSException, OSError, UnicodeError):
        return []
    hosts = (record.exchange.to_text(omit_final_dot=True).lower() for record in sorted(answer, key=_preference))
    return [host for host in hosts if host]


def _preference(record: object) -> int:
    return int(getattr(record, "preference", 0))


def _within(host: str, ends: Iterable[str]) -> bool:
    return any(host == end or host.endswith(f".{end}") for end in ends)
