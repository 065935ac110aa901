"""E-mail over a real mail server, with STARTTLS, with TLS from the beginning, and with a login."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.mail import SmtpMailer, SmtpSettings
from domain.entities.notification import Mail
from domain.errors import Unavailable
from tests.redis_server import free_port
from tests.world.receivers import PostOffice

MAIL = Mail(
    id="n-1", to="agent@example.org", subject="1 Elm Street is sold.", text="Sold.", html="<p>Sold.</p>"
)
USERNAME, PASSWORD = "yardsign", "canary-password"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of 127.0.0.1, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("mail") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def _lets_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: object) -> AuthResult:
    known = isinstance(login, LoginPassword) and (login.login, login.password) == (
        USERNAME.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=known, handled=False)


Serve = Callable[[str], tuple[PostOffice, SmtpSettings]]


@pytest.fixture
def serve(certificate: Path) -> Iterator[Serve]:
    """Starts a mail server with this security, which wants a login over STARTTLS."""
    running: list[Controller] = []

    def start(security: str) -> tuple[PostOffice, SmtpSettings]:
        office = PostOffice(port=free_port())
        own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        own.load_cert_chain(certificate)
        login = {"authenticator": _lets_in, "auth_required": True}
        kinds: dict[str, dict[str, Any]] = {
            "none": {},
            "starttls": {"tls_context": own, "require_starttls": True, **login},
            "tls": {"ssl_context": own},
        }
        controller = Controller(office, hostname="127.0.0.1", port=office.port, **kinds[security])
        controller.start()
        running.append(controller)
        settings = SmtpSettings(
            host="127.0.0.1",
            port=office.port,
            security=security,
            username=USERNAME if security == "starttls" else None,
            password=PASSWORD if security == "starttls" else None,
            sender="Yardsign <signs@example.org>",
        )
        return office, settings

    yield start
    for controller in running:
        controller.stop()


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
async def test_mail_goes_out(serve: Serve, trusting: ssl.SSLContext, security: str) -> None:
    office, settings = serve(security)
    mailer = SmtpMailer(settings, tls=trusting)
    assert mailer.configured
    await mailer.send(MAIL)
    (mail,) = office.came
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "Yardsign <signs@example.org>",
        "agent@example.org",
        "1 Elm Street is sold.",
    )
    assert mail["Message-ID"] == "<n-1@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().strip() == "Sold."


async def test_a_wrong_password_is_for_later_and_says_nothing_of_it(
    serve: Serve, trusting: ssl.SSLContext
) -> None:
    office, settings = serve("starttls")
    with pytest.raises(Unavailable) as refused:
        await SmtpMailer(replace(settings, password="another"), tls=trusting).send(MAIL)
    assert "another" not in str(refused.value)
    assert office.came == []


async def test_nothing_goes_out_where_starttls_is_wanted_and_not_offered(
    serve: Serve, trusting: ssl.SSLContext
) -> None:
    office, settings = serve("none")
    wanted = replace(settings, security="starttls", username=USERNAME, password=PASSWORD)
    with pytest.raises(Unavailable):
        await SmtpMailer(wanted, tls=trusting).send(MAIL)
    assert office.came == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_nothing_goes_to_a_server_that_cannot_prove_its_name(serve: Serve, security: str) -> None:
    office, settings = serve(security)
    with pytest.raises(Unavailable):
        await SmtpMailer(settings).send(MAIL)
    assert office.came == []


async def test_a_server_that_is_not_there() -> None:
    settings = SmtpSettings(host="127.0.0.1", port=free_port(), security="none", sender="a@example.org")
    with pytest.raises(Unavailable):
        await SmtpMailer(settings).send(MAIL)


async def test_an_installation_without_a_mail_server() -> None:
    mailer = SmtpMailer(None)
    assert not mailer.configured
    with pytest.raises(Unavailable):
        await mailer.send(MAIL)


def test_a_password_is_not_shown() -> None:
    settings = SmtpSettings(host="mail.example", username=USERNAME, password=PASSWORD, sender="a@example.org")
    assert PASSWORD not in repr(settings)
