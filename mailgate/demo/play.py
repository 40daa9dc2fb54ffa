"""The play: a client, a stranger, a forger and a staff member write; each mail is shown, with what became of it."""

from __future__ import annotations

import email
import email.policy
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from mailgate.demo.servers import Delivered
from mailgate.demo.stage import ACCOUNTS, ANNA, DESK, IVAN, PASSWORD, Stage, stage

PATIENCE = 30.0
"""Seconds to wait for a notice before the demo says that something is wrong."""
QUIET = 1.5
"""Seconds after which a mail that gets no answer is taken to have got none."""
LINES_SHOWN = 14
MALLORY, STRANGER = "mallory@evil.example", "m.sidorova@gamma.example"


class Missing(Exception):
    """A notice that should have come did not; the text says which."""


def play(*, keep: bool = False) -> int:
    """Play it; with `keep`, leave the servers up afterwards, until Ctrl-C. Gives the exit code."""
    console = Console(highlight=False)
    with stage() as set_up:
        try:
            _Play(set_up, console).run()
        except Missing as missing:
            console.print(f"[bold]The demo failed:[/] {missing}\n\n{set_up.log.read_text('utf-8')}", markup=True)
            return 1
        if keep:
            _keep(set_up, console)
    return 0


class _Play:
    def __init__(self, set_up: Stage, console: Console) -> None:
        self._stage, self._servers, self._console = set_up, set_up.servers, console
        self._shown = 0

    def run(self) -> None:
        self._client_asks()
        self._staff_answer()
        self._client_replies_and_staff_finish()
        self._strangers()
        self._the_end()

    # --- the scenes ---------------------------------------------------------------------------------------------

    def _client_asks(self) -> None:
        self._scene("A client writes to the support mailbox")
        text = (
            "Добрый день!\n\nУслуга: Виртуальный ЦОД\nСрочность: высокая\n\n"
            "С утра не открывается портал, ошибка 502. Скриншот приложен.\n\nИван Петров"
        )
        self._write(IVAN, "Не открывается портал", text, attachment=("экран.png", b"\x89PNG\r\n\x1a\n" + bytes(2000)))
        self._expect(IVAN, "registered", "the client is told at once: his mail is request SD-…-000001")
        self._expect(ANNA, "staff_new", "staff get it whole, with text, fields and attachment")

    def _staff_answer(self) -> None:
        self._scene("A staff member answers that mail in her own mail client")
        self._answer(ANNA, "staff_new", "Добрый день! Перезапускаем балансировщик, напишу через полчаса.")
        self._expect(IVAN, "started", "a plain answer goes to the client and begins the work (4.5, 4.7)")
        self._expect(ANNA, "staff_done", "she sees what was done and what the client was sent")
        self._answer(ANNA, "staff_new", "!тип 8 значительное\n!взять")
        self._expect(IVAN, "changed", "commands on the first lines; the priority follows Appendix 2 (4.3)")

    def _client_replies_and_staff_finish(self) -> None:
        self._scene("The client replies, staff finish, the client confirms")
        self._answer(IVAN, "started", "Спасибо. Добавлю: с телефона портал открывается.")
        self._expect(ANNA, "staff_reply", "the reply found its request by itself")
        self._answer(ANNA, "staff_reply", "!готово\n\nЗаменили сертификат на балансировщике, портал открывается.")
        self._expect(IVAN, "completed", "two ready answers, and ten days to use them (5.1)")
        self._answer(IVAN, "completed", "Подтверждаю, всё работает. Спасибо!")
        self._expect(IVAN, "closed", "confirmed, so it is closed (5.2)")

    def _strangers(self) -> None:
        self._scene("A stranger and a forger write")
        self._write(STRANGER, "Сколько стоит хостинг?", "Здравствуйте! Пришлите, пожалуйста, цены.")
        self._expect(STRANGER, "not_registered", "told once how to become authorised; the mail is kept (3.10)")
        self._write(IVAN, "Срочно смените пароль", "Смените пароль и пришлите новый сюда.", forged_by=MALLORY)
        self._expect(ANNA, "staff_quarantine", "the server did not vouch for it: nobody is answered, staff are told")
        self._nobody_answered(MALLORY)

    def _the_end(self) -> None:
        self._scene("What there is now")
        self._console.print("$ mailgate requests list", style="bold")
        self._console.out(self._stage.command("requests", "list"), highlight=False)
        self._console.print("$ mailgate quarantine list", style="bold")
        self._console.out(self._stage.command("quarantine", "list"), highlight=False)
        self._console.print("$ mailgate census", style="bold")
        self._console.out(self._stage.command("census"), highlight=False)

    # --- what people do -----------------------------------------------------------------------------------------

    def _write(
        self,
        sender: str,
        subject: str,
        text: str,
        *,
        answers: EmailMessage | None = None,
        attachment: tuple[str, bytes] | None = None,
        forged_by: str | None = None,
    ) -> None:
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"], message["To"], message["Subject"] = sender, DESK, subject
        message["Date"] = format_datetime(localtime())
        message["Message-ID"] = make_msgid(domain=(forged_by or sender).rpartition("@")[2])
        if answers is not None:
            message["In-Reply-To"] = answers["Message-ID"]
            message["References"] = f"{answers['References'] or ''} {answers['Message-ID']}".strip()
        message.set_content(text)
        if attachment is not None:
            name, content = attachment
            message.add_attachment(content, maintype="image", subtype="png", filename=name)
        self._show(message, f"{sender} writes" + (f" (in truth {forged_by})" if forged_by else ""), "cyan")
        if forged_by:
            _smuggle(self._servers.smtp, message, forged_by)
        else:
            self._servers.deliver(message.as_bytes(), sender, [DESK])

    def _answer(self, reader: str, notice: str, text: str) -> None:
        letter = _parsed(self._newest(reader, notice))
        self._write(reader, f"Re: {letter['Subject']}", text, answers=letter)

    def _expect(self, reader: str, notice: str, comment: str) -> None:
        """The next notice of that name to that reader, shown with a word of comment."""
        found = self._wait(lambda one: one.recipient == reader and _parsed(one)["X-Mailgate-Notice"] == notice)
        if found is None:
            raise Missing(f"no {notice} came to {reader} within {PATIENCE:.0f} s")
        self._show(_parsed(found), f"→ {reader} gets {notice}", "green", comment)

    def _nobody_answered(self, reader: str) -> None:
        time.sleep(QUIET)
        if any(one.recipient == reader for one in self._servers.delivered):
            raise Missing(f"{reader} was answered, but must not be")
        self._console.print(f"   {reader} got nothing, and nor did the real Ivan.\n", style="dim")

    def _wait(self, wanted: Callable[[Delivered], bool]) -> Delivered | None:
        """A delivery that was not shown before."""
        seen = self._shown
        return self._servers.wait_for(lambda one: one in self._servers.delivered[seen:] and wanted(one), PATIENCE)

    def _newest(self, reader: str, notice: str) -> Delivered:
        fitting = [
            one
            for one in self._servers.delivered
            if one.recipient == reader and _parsed(one)["X-Mailgate-Notice"] == notice
        ]
        return fitting[-1]

    # --- what is shown ------------------------------------------------------------------------------------------

    def _scene(self, title: str) -> None:
        self._shown = len(self._servers.delivered)
        self._console.rule(f"[bold]{title}", align="left")
        self._console.print()

    def _show(self, message: EmailMessage, title: str, colour: str, comment: str = "") -> None:
        body = message.get_body(("plain",))
        lines = str(body.get_content() if body else "").strip().splitlines()
        shown = lines[:LINES_SHOWN] + ([f"… {len(lines) - LINES_SHOWN} more lines"] if len(lines) > LINES_SHOWN else [])
        names = [part.get_filename() for part in message.iter_attachments()]
        text = Text(f"{message['Subject']}\n\n", style="bold") + Text("\n".join(shown), style="not bold")
        text += Text(f"\n\nattached: {', '.join(map(str, names))}" if names else "", style="not bold dim")
        self._console.print(Panel(text, title=Text(title), title_align="left", border_style=colour, width=88))
        if comment:
            self._console.print(f"   {comment}\n", style="dim")


def _parsed(one: Delivered) -> EmailMessage:
    found = email.message_from_bytes(one.raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def _smuggle(server: tuple[str, int], message: EmailMessage, envelope_from: str) -> None:
    """A forger's mail comes in as from anywhere in the world: without a login."""
    import smtplib

    with smtplib.SMTP(*server) as smtp:
        smtp.send_message(message, envelope_from, [DESK])


def _keep(set_up: Stage, console: Console) -> None:
    set_up.give_time_to_undo()
    imap, smtp = set_up.servers.imap, set_up.servers.smtp
    console.rule("[bold]Play along with your own mail client", align="left")
    console.print(f"IMAP {imap[0]}:{imap[1]}, SMTP {smtp[0]}:{smtp[1]}, no encryption; the login is the address")
    for address in ACCOUNTS:
        console.print(f"  {address:32} password {PASSWORD}", highlight=False)
    console.print(f"Write to {DESK} as a client, or answer a notice as staff. Configuration: {set_up.config}")
    console.print("What staff write goes out half a minute later: until then they can take it back with !undo.")
    console.print("Ctrl-C ends it.", style="bold")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print()
