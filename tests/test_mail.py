"""Mail in real SMTP conversations: what was sent, what was refused, and what nobody can say."""

import ssl
import subprocess
from pathlib import Path

import pytest

from connectors.base import Choice, ConnectorError, Item, Notice
from connectors.mail import Options, SmtpMail, connect
from tests.engines import free_port
from tests.peers.smtp import PASSWORD, USER, SmtpPeer

FROM = "Annexa <annexa@plant.example>"
NOTICE = Notice(
    "Zwei Punkte / two <items>",
    ("Das wartet auf Sie.",),
    (
        Item("CA-2026-001 · Türen\ndue today\n.a line with a dot", "https://annexa.example/registers/a?x=1&y=2", (Choice("done", "Done", "v", "https://annexa.example/r/t"),)),
        Item("<script>alert(1)</script>"),
    ),
    ("Bis morgen.",),
)  # fmt: skip


def to(peer: SmtpPeer, **more: str) -> SmtpMail:
    return connect(Options(peer.url, FROM, timeout=5, **more))  # type: ignore[arg-type]


def test_a_mail_says_the_same_as_text_and_as_html_and_that_a_machine_sent_it() -> None:
    with SmtpPeer() as peer:
        id_ = to(peer).send("ada@plant.example", NOTICE, "post|P-002|mail|2026-05-04")
    (mail,) = peer.taken
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert (mail["Message-ID"], mail["Auto-Submitted"], mail["To"]) == (id_, "auto-generated", "ada@plant.example")
    assert mail["Subject"] == NOTICE.subject
    assert "1. CA-2026-001 · Türen\ndue today\n.a line with a dot" in text.replace("\r\n", "\n")
    assert "Done: https://annexa.example/r/t" in text
    assert "&lt;script&gt;" in html and "<script>" not in html
    assert 'href="https://annexa.example/registers/a?x=1&amp;y=2"' in html


def test_the_same_key_gives_the_same_message_id_and_another_key_another() -> None:
    with SmtpPeer() as peer:
        one, same, other = (to(peer).send("ada@plant.example", NOTICE, key) for key in ("a", "a", "b"))
    assert one == same != other


@pytest.mark.parametrize(
    ("fault", "permanent", "doubtful", "taken"),
    [("lost", False, True, 1), ("busy", False, False, 0), ("refused", True, False, 0), ("unknown", True, False, 0)],
)
def test_an_outcome_is_refused_for_now_for_good_or_in_doubt(fault: str, permanent: bool, doubtful: bool, taken: int) -> None:
    with SmtpPeer([fault]) as peer, pytest.raises(ConnectorError) as found:
        to(peer).send("ada@plant.example", NOTICE, "key")
    assert (found.value.permanent, found.value.doubtful, len(peer.taken)) == (permanent, doubtful, taken)


def test_a_server_that_is_away_was_surely_not_given_the_mail() -> None:
    with pytest.raises(ConnectorError) as found:
        connect(Options(f"smtp://127.0.0.1:{free_port()}", FROM, timeout=2)).send("ada@plant.example", NOTICE, "key")
    assert (found.value.permanent, found.value.doubtful) == (False, False)


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_a_wrong_password_is_said_without_the_password(password: str) -> None:
    with SmtpPeer(login=True) as peer:
        mail = to(peer, user=USER, password=password)
        assert password not in repr(mail._options)
        if password == PASSWORD:
            assert mail.send("ada@plant.example", NOTICE, "key")
            return
        with pytest.raises(ConnectorError, match="ANNEXA_SMTP_PASSWORD") as found:
            mail.send("ada@plant.example", NOTICE, "key")
    assert found.value.permanent and password not in str(found.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([*request, *names], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("kind", ["tls", "starttls"])
def test_the_way_to_the_server_is_encrypted_and_its_certificate_checked(kind: str, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with SmtpPeer(**{kind: context}) as peer:  # type: ignore[arg-type]
        assert to(peer, ca=str(certificate / "cert.pem")).send("ada@plant.example", NOTICE, "key")
        with pytest.raises(ConnectorError, match="SSLCertVerificationError"):
            to(peer).send("ada@plant.example", NOTICE, "key")


@pytest.mark.parametrize(("url", "sender"), [("http://mail.example", FROM), ("smtp://", FROM), ("smtp://mail.example", "annexa")])
def test_an_address_that_cannot_be_used_is_refused_at_once(url: str, sender: str) -> None:
    with pytest.raises(ConnectorError):
        connect(Options(url, sender))
