"""Settings: what is wrong is named, and production does not start without its secrets."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner, Result

from adapters.vault import Vault
from app.__main__ import cli
from app.development_issuer import ISSUER
from app.secrets import load_secrets
from app.settings import Settings, sealing_keys
from app.settings_reference import reference, shown

ROOT = Path(__file__).parents[2]
KEY = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.b64encode(bytes(32)).decode()
PRODUCTION = {
    "YARDSIGN_ENV": "production",
    "OIDC_ISSUER": "https://issuer.example",
    "OIDC_AUDIENCE": "yardsign",
    "YARDSIGN_SEALING_KEYS": f"k1:{KEY}",
    "YARDSIGN_MEDIA_KEY": "a long random text",
    "PUBLIC_URL": "https://yardsign.example",
    "REDIS_URL": "redis://redis.example:6379/0",
}
SECRETS = sorted(set(PRODUCTION) - {"YARDSIGN_ENV"})


def _start(folder: Path, *command: str, **env: str) -> Result:
    """The command with these settings, in this process."""
    return CliRunner().invoke(cli, command, env={"YARDSIGN_DATA": str(folder), **env})


def _settings(**values: str) -> Settings:
    """As the environment would give them; names in any case."""
    return Settings.model_validate({name.lower(): value for name, value in values.items()})


@pytest.mark.parametrize("command", ["web", "worker", "clock", "up"])
def test_production_does_not_start_without_its_secrets(tmp_path: Path, command: str) -> None:
    refused = _start(tmp_path, command, YARDSIGN_ENV="production")

    assert refused.exit_code == 2
    (line,) = refused.stderr.splitlines()
    assert line.startswith("yardsign: ")
    assert [name for name in SECRETS if name not in line] == []
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_may_not_start_ends_with_one_sentence_and_2() -> None:
    env = {"PATH": "/usr/bin:/bin", "YARDSIGN_ENV": "production"}
    command = [sys.executable, "-m", "app", "web"]
    refused = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("absent", SECRETS)
def test_each_missing_secret_is_named_alone(absent: str) -> None:
    values = {name: value for name, value in PRODUCTION.items() if name != absent}

    with pytest.raises(ValidationError) as refused:
        _settings(**values)

    assert f"production needs {absent}\n" in f"{refused.value.errors()[0]['msg']}\n"


@pytest.mark.parametrize(
    "url",
    [
        f"{ISSUER}/.well-known/jwks.json",
        *("http://issuer.example", "https://127.0.0.1:8443", "https://[::1]/x", "https://10.0.0.7/realms/a"),
        *("https://localhost/keys", "https://a.localhost.", "https://keycloak:8443/realms/a"),
    ],
)
def test_production_takes_no_issuer_of_this_machine_or_in_the_clear(url: str) -> None:
    for name in ("OIDC_ISSUER", "OIDC_JWKS_URL"):
        with pytest.raises(ValidationError, match=f"production needs {name} to be a public https address"):
            _settings(**{**PRODUCTION, name: url})
        assert getattr(_settings(**{"OIDC_AUDIENCE": "a", name: url}), name.lower()) == url


def test_during_a_rotation_a_collector_may_send_what_it_was_given() -> None:
    assert _settings(METRICS_TOKEN="old, new").metrics_tokens == ("old", "new", "old, new")
    assert _settings(METRICS_TOKEN="new").metrics_tokens == ("new",)
    assert _settings(METRICS_TOKEN=",").metrics_tokens == ()


def test_production_with_its_secrets_starts() -> None:
    settings = _settings(**PRODUCTION)

    assert settings.production
    assert not settings.allow_loopback
    assert settings.broker_url == PRODUCTION["REDIS_URL"]


def test_production_signs_no_tokens_itself(tmp_path: Path) -> None:
    refused = _start(tmp_path, "token", "--user", "a", **PRODUCTION)

    assert refused.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_production_does_not_open_loopback() -> None:
    with pytest.raises(ValidationError, match="YARDSIGN_ALLOW_LOOPBACK"):
        _settings(**PRODUCTION, YARDSIGN_ALLOW_LOOPBACK="1")


@pytest.mark.parametrize("port", ["0", "65001", "-1", "http"])
def test_a_port_that_cannot_be_is_refused(tmp_path: Path, port: str) -> None:
    refused = _start(tmp_path, "up", PORT=port)

    assert refused.exit_code == 2
    (line,) = refused.stderr.splitlines()
    assert line.startswith("yardsign: PORT: ")


def test_a_bad_sealing_key_is_refused_without_being_shown(tmp_path: Path) -> None:
    refused = _start(tmp_path, "web", YARDSIGN_SEALING_KEYS=f"k1:{KEY},k2:c2hvcnQ=")

    assert refused.exit_code == 2
    assert refused.stderr == (
        "yardsign: YARDSIGN_SEALING_KEYS: Value error, key 2 is not `id:base64 of 32 bytes`\n"
    )


@pytest.mark.parametrize(
    "text",
    ["", KEY, f":{KEY}", "k1:", "k1:not base64!", f"k1:{KEY[:-4]}", f"k1:{KEY},", f"k1:{KEY},k1:{OTHER}"],
)
def test_what_is_no_list_of_keys(text: str) -> None:
    with pytest.raises(ValueError, match="key ") as refused:
        sealing_keys(text)

    assert KEY not in str(refused.value)


def test_an_id_that_no_envelope_can_carry_is_refused() -> None:
    with pytest.raises(ValidationError, match="a key id holds"):
        _settings(YARDSIGN_SEALING_KEYS=f"k.1:{KEY}")


def test_the_first_key_seals_and_all_open(tmp_path: Path) -> None:
    def vault(keys: str) -> Vault:
        secrets = _settings(YARDSIGN_DATA=str(tmp_path), YARDSIGN_SEALING_KEYS=keys)
        return load_secrets(secrets).vault

    row = {"owner": "u", "thing": "c", "field": "token"}
    old, both, fresh = vault(f"k1:{KEY}"), vault(f"k2:{OTHER}, k1:{KEY}"), vault(f"k2:{OTHER}")

    assert both.open(old.seal("secret", **row), **row) == "secret"
    assert fresh.open(both.seal("secret", **row), **row) == "secret"


def test_an_empty_setting_is_as_none(tmp_path: Path) -> None:
    printed = _start(tmp_path, "token", "--user", "a", PORT="", OIDC_ISSUER="", FACEBOOK_GRAPH_URL="")

    assert (printed.exit_code, printed.stderr) == (0, "")


def test_a_platform_is_offered_when_its_app_is_known() -> None:
    assert _settings().platforms() == {}
    app = {"LINKEDIN_CLIENT_ID": "1", "LINKEDIN_CLIENT_SECRET": "2"}
    platforms = _settings(**app, LINKEDIN_ORGANIZATIONS="true").platforms()
    assert list(platforms) == ["linkedin"]
    assert platforms["linkedin"]["organizations"] == "on"
    assert _settings(**app).platforms()["linkedin"]["organizations"] == ""
    with pytest.raises(ValidationError, match="linkedin_version"):
        _settings(**app, LINKEDIN_VERSION="2026-07")


def test_nothing_secret_is_shown() -> None:
    apps = {"FACEBOOK_APP_SECRET": "the app secret", "LINKEDIN_CLIENT_SECRET": "the app secret"}
    shown = repr(_settings(**PRODUCTION, CRON_SECRET="the cron secret", **apps))

    assert [secret for secret in (KEY, "a long random text", "the cron", "the app") if secret in shown] == []


def test_pages_to_which_consent_may_return() -> None:
    assert _settings().redirect_uris == ()
    named = _settings(OAUTH_REDIRECT_URIS="https://a.example/linked, https://b.example/?page=linked")
    assert named.redirect_uris == ("https://a.example/linked", "https://b.example/?page=linked")
    for wrong in (
        "a.example/linked",
        "javascript:alert(1)",
        "https://a.example/#linked",
        "https://u:p@a.example/",
    ):
        with pytest.raises(ValidationError, match="oauth_redirect_uris"):
            _settings(OAUTH_REDIRECT_URIS=wrong)


def test_where_short_links_lead() -> None:
    assert _settings().listing_page_url is None
    for right in ("https://a.example/homes/{id}", "https://a.example/?mls={mlsProvider}&n={mlsNumber}"):
        assert _settings(LISTING_PAGE_URL=right).listing_page_url == right
    for wrong in (
        "a.example/{id}",
        "javascript:{id}",
        "https://a.example/{number}",
        "https://a.example/#{id}",
    ):
        with pytest.raises(ValidationError, match="listing_page_url"):
            _settings(LISTING_PAGE_URL=wrong)


def test_mail_is_sent_as_it_is_set() -> None:
    assert _settings().smtp() is None
    login = {"SMTP_USERNAME": "yardsign", "SMTP_PASSWORD": "canary"}
    smtp = _settings(SMTP_HOST="mail.example", SMTP_SENDER="signs@example.org", **login).smtp()
    assert smtp is not None
    assert (smtp.host, smtp.port, smtp.security) == ("mail.example", 587, "starttls")
    assert (smtp.username, smtp.password, smtp.sender) == ("yardsign", "canary", "signs@example.org")


@pytest.mark.parametrize(
    "wrong",
    [
        {"SMTP_USERNAME": "yardsign"},
        {"SMTP_PASSWORD": "canary"},
        {"SMTP_USERNAME": "yardsign", "SMTP_PASSWORD": "canary", "SMTP_SECURITY": "none"},
        {"SMTP_SECURITY": "ssl"},
        {"SMTP_PORT": "0"},
    ],
)
def test_mail_that_cannot_be_sent_is_refused_at_the_start(tmp_path: Path, wrong: dict[str, str]) -> None:
    refused = _start(tmp_path, "web", SMTP_HOST="mail.example", **wrong)
    assert refused.exit_code == 2
    assert "SMTP_" in refused.stderr.upper()
    assert "canary" not in refused.stderr


def test_the_page_of_the_settings_is_that_of_the_code() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    assert (ROOT / "docs" / "reference" / "settings.md").read_text() == reference(), "make reference"


def test_what_is_set_is_shown_without_its_secrets() -> None:
    redis = "rediss://:canary@redis.example:6379/0"
    settings = _settings(PORT="9000", REDIS_URL=redis, CRON_SECRET="canary", SMTP_SENDER="Y <y@b.example>")

    assert list(shown(settings)) == [
        *("PORT=9000", "REDIS_URL=rediss://…@redis.example:6379/0", "CRON_SECRET=(set)"),
        "SMTP_SENDER=Y <y@b.example>",
    ]
    assert "canary" not in repr(settings)
