"""Every setting of the system, read from the environment once at start."""

import base64
from binascii import Error as NotBase64
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.mail import SmtpSettings
from adapters.tracking import PLACEHOLDERS, filled
from adapters.vault import Vault
from domain.rules.redirects import is_address

_ADDRESS = r"^https?://[^\s?#]+$"

COST_LIMIT = 20_000
COST_PER_MINUTE = 1_000_000


def sealing_keys(text: str) -> dict[str, bytes]:
    """The keys of `YARDSIGN_SEALING_KEYS` by id, in their order; raises ValueError, which shows none of them."""
    keys: dict[str, bytes] = {}
    for number, entry in enumerate(text.split(","), start=1):
        key_id, _, encoded = entry.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except NotBase64:
            key = b""
        if not key_id or len(key) != 32:
            raise ValueError(f"key {number} is not `id:base64 of 32 bytes`")
        if key_id in keys:
            raise ValueError(f"key {number} has the id of an earlier one")
        keys[key_id] = key
    return keys


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _is_public(url: str) -> bool:
    """Whether it may be an address that others have too; no issuer of this machine's own has."""
    address = urlsplit(url)
    host = (address.hostname or "").rstrip(".")
    if address.scheme != "https" or host.endswith(("localhost", ".invalid")):
        return False
    try:
        return ip_address(host).is_global
    except ValueError:  # it has a name
        return "." in host


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


class Settings(BaseSettings):
    """What can be set. Names are those of the environment, in any case; `docs/reference/settings.md` is made of it.

    Raises:
        pydantic.ValidationError: naming each setting that is wrong or, in production, missing.
    """

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, use_attribute_docstrings=True)

    yardsign_env: Literal["development", "production"] = "development"
    """Production refuses to start without its secrets, signs no tokens and opens no loopback."""
    yardsign_data: Path = Path(".data")
    """The data folder: the embedded table, photos, Redis, logs, and keys that are not set."""
    port: int = Field(default=8000, ge=1, le=65_000)
    """Where the graph listens; the ten ports above it are those of the embedded parts."""
    host: str = "127.0.0.1"
    """The address on which the graph and METRICS_PORT listen."""
    public_url: str | None = None
    """Where browsers and platforms reach this server; by default loopback and PORT."""
    yardsign_table: Literal["sqlite", "dynamodb"] = "sqlite"
    """Where everything but photos is kept."""
    yardsign_dynamodb_table: str = "yardsign"
    """The name of the table in DynamoDB; `python -m app table create` makes it."""
    yardsign_files: Literal["local", "s3"] = "local"
    """Where photos are kept."""
    yardsign_s3_bucket: str = "yardsign"
    """The name of the bucket in S3; `python -m app bucket create` makes it."""
    yardsign_public_files_url: str | None = Field(default=None, pattern=_ADDRESS)
    """Where anybody may load photos for good, such as a CDN; without it, they are shown by signed URLs."""
    aws_endpoint_url: str | None = None
    """An emulator of AWS; region and credentials come by AWS's usual chain."""
    redis_url: str | None = Field(default=None, repr=False)
    """A Redis-compatible server; by default the embedded one, three ports above PORT."""
    log_format: Literal["json", "console"] | None = None
    """How the log is written; by default `json`, for programs, in production, and `console`, for people, in development."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What matters less is left out of the log."""
    otel_exporter_otlp_endpoint: str | None = Field(default=None, pattern=_ADDRESS)
    """A collector of OpenTelemetry's that takes OTLP over HTTP; without it there are no traces."""
    demo: bool = True
    """Whether `make run` shows the main job when it has started."""
    worker_threads: int = Field(default=16, ge=1, le=512)
    """How much a worker does at a time."""
    worker_lease_seconds: float = Field(default=20, ge=1, le=600)
    """How long a worker may give no sign of life before another takes up its work; the same for all workers."""
    web_drain_seconds: float = Field(default=2, ge=0, le=300)
    """How long `/readyz` says 503 at the end of a web process before it closes what is open."""
    web_keep_alive_seconds: int = Field(default=75, ge=1, le=3_600)
    """How long an idle connection is kept: longer than a proxy in front keeps its own, or that answers 502."""
    web_requests_at_once: int = Field(default=2_000, ge=1)
    """How many requests a web process carries at a time, streams of events among them; any further one is answered
    with 503."""
    web_sockets_at_once: int = Field(default=20_000, ge=1)
    """How many WebSockets it carries; any further one is answered with 503."""
    graphql_compiled: bool = True
    """Whether documents are executed by functions generated for them, which takes a fraction of the time; `false`
    is for comparison."""
    graphql_cost_limit: int = Field(default=COST_LIMIT, ge=0)
    """What a document may cost; 0 for any amount."""
    graphql_cost_per_minute: int = Field(default=COST_PER_MINUTE, ge=0)
    """What a user may spend in a minute; 0 for any amount."""
    graphql_trusted_documents: Path | None = None
    """A JSON file of documents by their ids, which requests may name in place of their text."""
    graphql_trusted_only: bool = False
    """Whether only trusted documents are answered."""
    graphql_operations_per_user: int = Field(default=500, ge=0)
    """How many subscriptions a user may have at once on a web process; 0 for any number."""

    oidc_issuer: str | None = Field(default=None, pattern=_ADDRESS)
    """The issuer of the users' tokens, at a public https address; without it, development signs its own."""
    oidc_audience: str = ""
    """Whom tokens must be meant for, by `aud`, or else by the client they were issued to; separated by commas."""
    oidc_client_id: str = ""
    """The clients that tokens must have been issued to, separated by commas; any of the issuer's if unset."""
    oidc_roles_claim: str = ""
    """Where roles stand in tokens, as `https://brokerage.example/roles` or `resource_access.web.roles`, separated by
    commas; by default where such an issuer usually has them."""
    oidc_jwks_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    """Where the issuer's keys are; by default where its discovery document says."""

    yardsign_sealing_keys: SecretStr | None = None
    """Seal credentials: `id:base64 of 32 bytes`, several separated by commas; the first seals, all open."""
    yardsign_media_key: SecretStr | None = None
    """Signs the URLs of photos in a local folder, and of charts; any long random text."""
    yardsign_tracking_keys: SecretStr | None = None
    """Sign short links and pixels: the first signs, all verify, separated by commas; any long random texts. Made
    from YARDSIGN_MEDIA_KEY if unset: set it before you change that one, or links in posts end."""
    listing_page_url: str | None = None
    """Where short links lead, as `https://agent.example/homes/{id}`; `{id}` is the graph's, and there are `{mlsNumber}`
    and `{mlsProvider}`. Without it, they lead to the home's tour."""
    short_links_in_posts: bool = False
    """Whether the texts that are proposed for posts end with a short link."""
    forwarded_allow_ips: str = "127.0.0.1"
    """The proxies whose X-Forwarded-For is believed: addresses and networks, separated by commas; behind any other,
    all visitors are one."""
    cron_secret: SecretStr | None = None
    """Opens `/cron/sync-mls-status` for a scheduler outside; two, separated by a comma, during rotation."""
    metrics_token: SecretStr | None = None
    """Opens `/metrics` to Prometheus; two, separated by a comma, during rotation. Without it production shows none, and
    development shows it to everybody."""
    metrics_port: int | None = Field(default=None, ge=1, le=65_535)
    """Where a worker or a clock serves `/metrics` and `/healthz`; the web server does so beside the graph."""

    yardsign_allow_loopback: bool | None = None
    """Whether addresses that users give may lead to this machine and private networks; by default development says
    yes. Production refuses to."""

    smtp_host: str | None = None
    """The mail server for notifications; without it no e-mail is sent."""
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    """The port of the mail server: 465 for `tls`."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection to it is encrypted; `none` is for a server on the same machine, without a login."""
    smtp_username: str | None = None
    """The login there, if it wants one."""
    smtp_password: SecretStr | None = None
    """The password of that login."""
    smtp_sender: str = "Yardsign <yardsign@localhost>"
    """The address that e-mail comes from, as `Yardsign <signs@brokerage.example>`."""

    oauth_redirect_uris: str = ""
    """The pages of frontends to which platforms may send browsers back after consent, separated by commas."""

    facebook_app_id: str | None = None
    """The app at Meta; without it and its secret, neither Facebook nor Instagram is offered."""
    facebook_app_secret: SecretStr | None = None
    """The secret of the app at Meta."""
    facebook_graph_url: str = "https://graph.facebook.com"
    """Where Meta's Graph API is."""
    facebook_dialog_url: str = "https://www.facebook.com"
    """Where Meta asks users for their consent."""
    facebook_graph_version: str = Field(default="v26.0", pattern=r"^v\d+\.\d+$")
    """The version of Meta's Graph API, for Facebook and Instagram."""
    facebook_webhook_token: SecretStr | None = None
    """What Meta is told when our webhook is registered there; without it, Meta tells nothing by itself."""

    linkedin_client_id: str | None = None
    """The app at LinkedIn; without it and its secret, LinkedIn is not offered."""
    linkedin_client_secret: SecretStr | None = None
    """The secret of the app at LinkedIn."""
    linkedin_api_url: str = "https://api.linkedin.com"
    """Where LinkedIn's API is."""
    linkedin_oauth_url: str = "https://www.linkedin.com"
    """Where LinkedIn asks users for their consent."""
    linkedin_version: str = Field(default="202607", pattern=r"^\d{4}(0[1-9]|1[0-2])$")
    """The version of LinkedIn's API, YYYYMM; each lives about a year."""
    linkedin_organizations: bool = False
    """Whether to ask for the scopes of organizations, which LinkedIn has to have granted to the app."""

    @field_validator("log_format", "log_level", mode="before")
    @classmethod
    def _in_small_letters(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("yardsign_sealing_keys")
    @classmethod
    def _can_seal(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            keys = sealing_keys(value.get_secret_value())
            Vault(keys, next(iter(keys)))  # has its own word on ids
        return value

    @field_validator("oauth_redirect_uris")
    @classmethod
    def _are_addresses(cls, value: str) -> str:
        for uri in _parts(value):
            if not is_address(uri):
                raise ValueError(f"{uri!r} is no absolute http or https URL without a fragment")
        return value

    @field_validator("listing_page_url")
    @classmethod
    def _is_a_page(cls, value: str | None) -> str | None:
        page = None if value is None else filled(value, ["x" for _ in PLACEHOLDERS])
        if page is not None and not is_address(page):
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise ValueError(f"it is no absolute http or https URL in which only {known} stand in braces")
        return value

    @property
    def production(self) -> bool:
        """Whether this runs for others than its developer."""
        return self.yardsign_env == "production"

    @property
    def log_form(self) -> Literal["json", "console"]:
        """How the log is written."""
        return self.log_format or ("json" if self.production else "console")

    @property
    def uses_aws(self) -> bool:
        """Whether DynamoDB or S3 is asked for."""
        return self.yardsign_table == "dynamodb" or self.yardsign_files == "s3"

    @property
    def own_url(self) -> str:
        """The public URL, without a slash at its end."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def broker_url(self) -> str:
        """Where Redis listens."""
        return self.redis_url or f"redis://127.0.0.1:{self.port + 3}/0"

    @property
    def allow_loopback(self) -> bool:
        """Whether the client for untrusted URLs may reach this machine."""
        return not self.production if self.yardsign_allow_loopback is None else self.yardsign_allow_loopback

    @property
    def cron_secrets(self) -> tuple[str, ...]:
        """The bearers that `/cron/…` accepts; none closes it."""
        return _parts(self.cron_secret.get_secret_value() if self.cron_secret else "")

    @property
    def metrics_tokens(self) -> tuple[str, ...]:
        """The bearers that `/metrics` accepts; of several also all of them as they are written, which is what a
        collector sends that is given the same setting."""
        text = _text(self.metrics_token)
        return tuple(dict.fromkeys((*_parts(text), text.strip()))) if _parts(text) else ()

    @property
    def tracking_keys(self) -> tuple[str, ...]:
        """What signs short links and pixels; none if that is to be made from another key."""
        return _parts(_text(self.yardsign_tracking_keys))

    @property
    def oidc_audiences(self) -> tuple[str, ...]:
        """Whom tokens must be meant for."""
        return _parts(self.oidc_audience)

    @property
    def oidc_clients(self) -> tuple[str, ...]:
        """The clients that tokens must have been issued to; none if it may be any."""
        return _parts(self.oidc_client_id)

    @property
    def oidc_roles_claims(self) -> tuple[str, ...]:
        """Where roles stand in tokens; none if it is to be where such an issuer usually has them."""
        return _parts(self.oidc_roles_claim)

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """The pages of frontends to which consent may return."""
        return _parts(self.oauth_redirect_uris)

    def smtp(self) -> SmtpSettings | None:
        """The mail server, if there is one."""
        if self.smtp_host is None:
            return None
        return SmtpSettings(
            host=self.smtp_host,
            port=self.smtp_port,
            security=self.smtp_security,
            username=self.smtp_username,
            password=self.smtp_password.get_secret_value() if self.smtp_password else None,
            sender=self.smtp_sender,
        )

    def platforms(self) -> dict[str, dict[str, str]]:
        """What each platform's adapter is configured with; one that is absent is not offered."""
        return self._facebook() | self._linkedin()

    def _facebook(self) -> dict[str, dict[str, str]]:
        if not self.facebook_app_id or not self.facebook_app_secret:
            return {}
        return {
            "facebook": {
                "app_id": self.facebook_app_id,
                "app_secret": self.facebook_app_secret.get_secret_value(),
                "graph_url": self.facebook_graph_url,
                "dialog_url": self.facebook_dialog_url,
                "version": self.facebook_graph_version,
                "webhook_token": _text(self.facebook_webhook_token),
            }
        }

    def _linkedin(self) -> dict[str, dict[str, str]]:
        if not self.linkedin_client_id or not self.linkedin_client_secret:
            return {}
        return {
            "linkedin": {
                "client_id": self.linkedin_client_id,
                "client_secret": self.linkedin_client_secret.get_secret_value(),
                "api_url": self.linkedin_api_url,
                "oauth_url": self.linkedin_oauth_url,
                "version": self.linkedin_version,
                "organizations": "on" if self.linkedin_organizations else "",
            }
        }

    @model_validator(mode="after")
    def _says_one_thing(self) -> "Settings":
        wrong = [*self._contradictions(), *(self._lacks_of_production() if self.production else ())]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _contradictions(self) -> Iterator[str]:
        if (self.smtp_username is None) != (self.smtp_password is None):
            yield "SMTP_USERNAME and SMTP_PASSWORD belong together"
        if self.smtp_password is not None and self.smtp_security == "none":
            yield "SMTP_SECURITY=none would send SMTP_PASSWORD for everybody to read"
        if self.graphql_trusted_only and self.graphql_trusted_documents is None:
            yield "GRAPHQL_TRUSTED_ONLY needs GRAPHQL_TRUSTED_DOCUMENTS"
        if self.oidc_issuer and not self.oidc_audiences:
            yield "OIDC_ISSUER needs OIDC_AUDIENCE: whom its tokens have to be meant for"

    def _lacks_of_production(self) -> Iterator[str]:
        needed = {
            "OIDC_ISSUER": self.oidc_issuer,
            "OIDC_AUDIENCE": self.oidc_audiences,
            "YARDSIGN_SEALING_KEYS": self.yardsign_sealing_keys,
            "YARDSIGN_MEDIA_KEY": self.yardsign_media_key,
            "PUBLIC_URL": self.public_url,
            "REDIS_URL": self.redis_url,
        }
        if self.allow_loopback:
            yield "production refuses YARDSIGN_ALLOW_LOOPBACK"
        for name, url in (("OIDC_ISSUER", self.oidc_issuer), ("OIDC_JWKS_URL", self.oidc_jwks_url)):
            if url and not _is_public(url):
                yield f"production needs {name} to be a public https address"
        if self.metrics_port is not None and not self.metrics_tokens:
            yield "production needs METRICS_TOKEN for METRICS_PORT"
        missing = [name for name, value in needed.items() if not value]
        if missing:
            yield f"production needs {', '.join(missing)}"
