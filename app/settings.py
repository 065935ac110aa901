"""Every setting of the system, read from the environment once at start."""

import base64
from binascii import Error as NotBase64
from pathlib import Path
from typing import Literal

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


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


class Settings(BaseSettings):
    """What can be set. Names are those of the environment, in any case.

    Raises:
        pydantic.ValidationError: naming each setting that is wrong or, in production, missing.
    """

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    yardsign_env: Literal["development", "production"] = "development"
    yardsign_data: Path = Path(".data")
    port: int = Field(default=8000, ge=1, le=65_000)
    host: str = "127.0.0.1"
    public_url: str | None = None
    """Where browsers and platforms reach this server; by default loopback and the port."""
    yardsign_table: Literal["sqlite", "dynamodb"] = "sqlite"
    """The engine of the table."""
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
    redis_url: str | None = None
    """A Redis-compatible server; by default the embedded one, three ports above `port`."""
    log_format: Literal["json", "console"] | None = None
    """How the log is written; by default for programs in production, and for people in development."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is left out of it: whatever matters less."""
    demo: bool = True
    worker_threads: int = Field(default=16, ge=1, le=512)
    worker_lease_seconds: float = Field(default=20, ge=1, le=600)
    """How long a worker may give no sign of life before another takes up its work; the same for all workers."""
    web_drain_seconds: float = Field(default=2, ge=0, le=300)
    """How long `/readyz` says 503 at the end of a web process before it closes what is open."""
    graphql_compiled: bool = True
    """Whether documents are executed by functions generated for them, which takes a fraction of the time."""
    graphql_cost_limit: int = Field(default=COST_LIMIT, ge=0)
    """What a document may cost; 0 for any amount."""
    graphql_cost_per_minute: int = Field(default=COST_PER_MINUTE, ge=0)
    """What a user may spend in a minute; 0 for any amount."""
    graphql_trusted_documents: Path | None = None
    """A JSON file of documents by their ids, which requests may name in place of their text."""
    graphql_trusted_only: bool = False
    """Whether only those may be asked."""
    graphql_operations_per_user: int = Field(default=500, ge=0)
    """How many subscriptions a user may have at once on a web process; 0 for any number."""

    oidc_issuer: str | None = Field(default=None, pattern=_ADDRESS)
    """The issuer of the users' tokens; without it, development signs its own."""
    oidc_audience: str = ""
    """Whom tokens must be meant for, by `aud`, or else by the client they were issued to; separated by commas."""
    oidc_client_id: str = ""
    """The clients that tokens must have been issued to, separated by commas; any of the issuer's if unset."""
    oidc_roles_claim: str = ""
    """The claims in which roles stand, separated by commas, with dots for what lies inside."""
    oidc_jwks_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    """Where the issuer's keys are; by default where its discovery document says."""

    yardsign_sealing_keys: SecretStr | None = None
    """`id:base64 of 32 bytes`, several separated by commas; the first one seals, all open."""
    yardsign_media_key: SecretStr | None = None
    """Signs the URLs of local photos; any long random text."""
    yardsign_tracking_keys: SecretStr | None = None
    """Sign short links and pixels: the first signs, all verify, separated by commas; any long random texts. Made
    from the key of local photos if unset."""
    listing_page_url: str | None = None
    """Where short links lead: `{id}`, `{mlsNumber}` and `{mlsProvider}` stand for a listing's; else to its tour."""
    short_links_in_posts: bool = False
    """Whether the texts that are proposed for posts end with a short link."""
    forwarded_allow_ips: str = "127.0.0.1"
    """The proxies whose X-Forwarded-For is believed: addresses and networks, separated by commas."""
    cron_secret: SecretStr | None = None
    """Bearer of `/cron/…`; two separated by a comma during rotation."""
    metrics_token: SecretStr | None = None
    """Bearer of `/metrics`; two separated by a comma during rotation. Without it, production shows none."""
    metrics_port: int | None = Field(default=None, ge=1, le=65_535)
    """Where a worker or a clock serves `/metrics`, on `host`; the web server does so beside the graph."""

    yardsign_allow_loopback: bool | None = None
    """Whether MLSs and photos may lie on this machine; by default in development only."""

    smtp_host: str | None = None
    """The mail server for notifications; without it no e-mail is sent."""
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_sender: str = "Yardsign <yardsign@localhost>"
    """The address that e-mail comes from."""

    oauth_redirect_uris: str = ""
    """The pages of frontends to which platforms may send browsers back after consent, separated by commas."""

    facebook_app_id: str | None = None
    facebook_app_secret: SecretStr | None = None
    facebook_graph_url: str = "https://graph.facebook.com"
    facebook_dialog_url: str = "https://www.facebook.com"
    facebook_graph_version: str = Field(default="v26.0", pattern=r"^v\d+\.\d+$")
    """The version of Meta's Graph API, for Facebook and Instagram."""
    facebook_webhook_token: SecretStr | None = None
    """What Meta is told when our webhook is registered there; without it, Meta tells nothing by itself."""

    linkedin_client_id: str | None = None
    linkedin_client_secret: SecretStr | None = None
    linkedin_api_url: str = "https://api.linkedin.com"
    linkedin_oauth_url: str = "https://www.linkedin.com"
    linkedin_version: str = Field(default="202607", pattern=r"^\d{4}(0[1-9]|1[0-2])$")
    """Of the API, YYYYMM; each lives about a year."""
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
        """The bearers that `/metrics` accepts."""
        return _parts(_text(self.metrics_token))

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
    def _mail_can_be_sent(self) -> "Settings":
        if (self.smtp_username is None) != (self.smtp_password is None):
            raise ValueError("SMTP_USERNAME and SMTP_PASSWORD belong together")
        if self.smtp_password is not None and self.smtp_security == "none":
            raise ValueError("SMTP_SECURITY=none would send SMTP_PASSWORD for everybody to read")
        return self

    @model_validator(mode="after")
    def _something_may_be_asked(self) -> "Settings":
        if self.graphql_trusted_only and self.graphql_trusted_documents is None:
            raise ValueError("GRAPHQL_TRUSTED_ONLY needs GRAPHQL_TRUSTED_DOCUMENTS")
        return self

    @model_validator(mode="after")
    def _production_is_complete(self) -> "Settings":
        if not self.production:
            return self
        needed = {
            "OIDC_ISSUER": self.oidc_issuer,
            "OIDC_AUDIENCE": self.oidc_audiences,
            "YARDSIGN_SEALING_KEYS": self.yardsign_sealing_keys,
            "YARDSIGN_MEDIA_KEY": self.yardsign_media_key,
            "PUBLIC_URL": self.public_url,
            "REDIS_URL": self.redis_url,
        }
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise ValueError(f"production needs {', '.join(missing)}")
        if self.allow_loopback:
            raise ValueError("production refuses YARDSIGN_ALLOW_LOOPBACK")
        if self.metrics_port is not None and not self.metrics_tokens:
            raise ValueError("production needs METRICS_TOKEN for METRICS_PORT")
        return self

    @model_validator(mode="after")
    def _tokens_can_be_good(self) -> "Settings":
        if self.oidc_issuer and not self.oidc_audiences:
            raise ValueError("OIDC_ISSUER needs OIDC_AUDIENCE: whom its tokens have to be meant for")
        return self
