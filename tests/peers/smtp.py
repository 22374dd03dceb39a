"""A real SMTP server on loopback that keeps what it took, and does the things that mail servers do at the worst moment."""

import ssl
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as Conversation

USER, PASSWORD = "annexa", "a password of the mail server"


@dataclass
class SmtpPeer:
    """`with SmtpPeer() as mail:` serves until the block ends. `faults` are met one by one: `lost`, `busy`, `refused`, `unknown`, or None."""

    faults: list[str | None] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    login: bool = False
    tls: ssl.SSLContext | None = None
    starttls: ssl.SSLContext | None = None
    port: int = 0

    def __enter__(self) -> "SmtpPeer":
        more: dict[str, Any] = {"ssl_context": self.tls} if self.tls else {}
        if self.login:
            more |= {"authenticator": self._authenticate, "auth_required": True, "auth_require_tls": False}
        if self.starttls:
            more |= {"tls_context": self.starttls, "require_starttls": True}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port or _free_port(), **more)
        self._controller.start()
        self.port = self._controller.port
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        """Its address."""
        return f"{'smtps' if self.tls else 'smtp'}://127.0.0.1:{self.port}"

    def ids(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(str(mail["Message-ID"]) for mail in self.taken)

    async def handle_RCPT(self, server: Any, _: Conversation, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.faults and self.faults[0] == "unknown":
            self.faults.pop(0)
            return "550 5.1.1 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _: Conversation, envelope: Envelope) -> str:
        fault = self.faults.pop(0) if self.faults else None
        if fault == "busy":
            return "451 4.3.0 try later"
        if fault == "refused":
            return "554 5.7.1 not wanted"
        mail = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.taken.append(mail)
        self.to += envelope.rcpt_tos
        if fault == "lost":
            server.transport.abort()
        return "250 taken"

    @staticmethod
    def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=known, handled=False)


def _free_port() -> int:
    from tests.engines import free_port

    return free_port()
