"""Mail over SMTP: a notice as text and HTML, handed over once, with an outcome that is sent, refused or in doubt.

SMTP takes no key and cannot be searched. What failed before the server had the whole mail was surely not sent; what it
did not confirm after that may have been.
"""

import hashlib
import ipaddress
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from html import escape
from urllib.parse import unquote, urlsplit

from connectors.base import ConnectorError, Item, Notice

_TIMEOUT = 30.0
_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True)
class Options:
    """How to reach the server: `smtp://host:587` (STARTTLS where the server offers it) or `smtps://host`; who the mail is from.

    User and password may also stand in the address. `ca` is a file of certificates to trust besides the system's.
    """

    url: str = field(repr=False)
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    timeout: float = _TIMEOUT


def connect(options: Options) -> "SmtpMail":
    """The mail of a server; nothing is called before `send`. Raises ConnectorError for an address that cannot be used."""
    return SmtpMail(options)


class SmtpMail:
    """A Mail over one SMTP server; each mail has a connection of its own."""

    def __init__(self, options: Options) -> None:
        parts = urlsplit(options.url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ConnectorError("ANNEXA_SMTP_URL: write smtp://host:587 or smtps://host:465.", True)
        if "@" not in parseaddr(options.sender)[1]:
            raise ConnectorError("ANNEXA_MAIL_FROM: write the address that reminders come from, such as annexa@plant.example.", True)
        self._options = options
        self._host, self._tls = parts.hostname, parts.scheme == "smtps"
        self._port = parts.port or _PORTS[parts.scheme]
        self._user = options.user or unquote(parts.username or "")
        self._password = options.password or unquote(parts.password or "")

    def send(self, to: str, notice: Notice, key: str) -> str:
        """The Message-ID of the mail that the server took. Raises ConnectorError, `doubtful` where it may have taken it."""
        mail = message(self._options.sender, to, notice, key)
        server = None
        try:
            server = self._open()
            self._address(server, to)
            self._hand_over(server, mail.as_bytes(policy=SMTP))
        except smtplib.SMTPAuthenticationError as error:
            raise ConnectorError(
                "The mail server refuses user or password: set ANNEXA_SMTP_USER and ANNEXA_SMTP_PASSWORD.", True
            ) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            raise ConnectorError(
                f"The mail server cannot be reached ({type(error).__name__}): check the network and ANNEXA_SMTP_URL.", False
            ) from error
        finally:
            if server is not None:
                server.close()
        return str(mail["Message-ID"])

    def _open(self) -> smtplib.SMTP:
        context = ssl.create_default_context(cafile=self._options.ca or None)
        if self._tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=self._options.timeout, context=context)
            server.ehlo_or_helo_if_needed()
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._options.timeout)
            server.ehlo_or_helo_if_needed()
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif self._user and not _is_loopback(self._host):
                server.close()
                raise ConnectorError(
                    f"{self._host} offers no TLS, so the password would be readable on its way: use smtps://, or a port with STARTTLS.",
                    True,
                )
        if self._user:
            server.login(self._user, self._password)
        return server

    def _address(self, server: smtplib.SMTP, to: str) -> None:
        for code, _ in (server.mail(parseaddr(self._options.sender)[1]), server.rcpt(to)):
            if code not in (250, 251):
                raise _refusal(code)

    @staticmethod
    def _hand_over(server: smtplib.SMTP, data: bytes) -> None:
        code, _ = server.docmd("DATA")
        if code != 354:
            raise _refusal(code)
        try:
            server.send(_stuffed(data) + b".\r\n")  # from here on the server may have the mail
            code, _ = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise ConnectorError(
                f"The mail server took the mail but did not confirm it ({type(error).__name__}): look whether it arrived.",
                False,
                doubtful=True,
            ) from error
        if code != 250:
            raise _refusal(code)


def message(sender: str, to: str, notice: Notice, key: str) -> EmailMessage:
    """The mail: text and HTML of the same content, marked as sent by a machine, with a Message-ID that the key decides."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, " ".join(notice.subject.split())
    mail["Date"] = formatdate(localtime=False)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    mail["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(_text(notice))
    mail.add_alternative(_html(notice), subtype="html")
    return mail


def _text(notice: Notice) -> str:
    parts = [*notice.opening]
    for number, item in enumerate(notice.items, 1):
        lines = [f"{number}. {item.text}", *([f"   {item.url}"] if item.url else [])]
        lines += [f"   {choice.label}: {choice.url}" for choice in item.choices if choice.url]
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, *notice.closing]) + "\n"


def _html(notice: Notice) -> str:
    body = [f"<p>{_lines(text)}</p>" for text in notice.opening]
    if notice.items:
        body += ["<ol>", *(_item(item) for item in notice.items), "</ol>"]
    body += [f"<p>{_lines(text)}</p>" for text in notice.closing]
    return (
        f'<!doctype html>\n<html><head><meta charset="utf-8"><title>{escape(notice.subject)}</title></head><body>\n'
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _item(item: Item) -> str:
    head, _, rest = item.text.partition("\n")
    shown = f'<a href="{escape(item.url)}">{escape(head)}</a>' if item.url else f"<strong>{escape(head)}</strong>"
    choices = " · ".join(f'<a href="{escape(choice.url)}">{escape(choice.label)}</a>' for choice in item.choices if choice.url)
    return f"<li><p>{shown}{'<br>' + _lines(rest) if rest else ''}{'<br>' + choices if choices else ''}</p></li>"


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _stuffed(data: bytes) -> bytes:
    """The mail with a second dot before every line that begins with one, and an end of line at its end."""
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    out = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)
    return out if out.endswith(b"\r\n") else out + b"\r\n"


def _refusal(code: int) -> ConnectorError:
    """What a status of the server means: from 500 on asking again does not help."""
    if code >= 500:
        return ConnectorError(f"The mail server refuses the mail ({code}): check the address of the person and ANNEXA_MAIL_FROM.", True)
    return ConnectorError(f"The mail server asks to try later ({code}).", False)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
