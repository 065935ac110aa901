"""An account at a RESO Web API server: the connection's settings and credentials, read by its vendor's profile."""

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from urllib.parse import urljoin

from adapters.http.origins import origin
from adapters.mls.addresses import check_address
from adapters.mls.field_map import FieldMap, read_field_map
from adapters.mls.reso_forms import DELETIONS, SYSTEM
from adapters.mls.reso_profiles import LOGS, Log, Profile
from adapters.mls.reso_vendors import GENERIC, PROFILES
from adapters.mls.shared_settings import read_currency, read_page_size, read_text
from domain.entities.mls_connection import MlsCredentials, MlsSource
from domain.errors import ActionRequired


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the requests of a connection are made of.

    Attributes:
        root: of the OData service, without a slash at its end.
        budget: names whose limits these are: the credentials' at this host, whichever connections use them.
        page_size: the user's choice, or None.
        system: the OriginatingSystemName of every filter, or "".
        log: where deletions are told, or None.
    """

    profile: Profile
    root: str
    credentials: MlsCredentials
    budget: str = field(repr=False)
    currency: str
    page_size: int | None
    system: str
    log: Log | None
    field_map: FieldMap


def account_of(source: MlsSource) -> Account:
    """Read a connection.

    Raises:
        ActionRequired: a setting is missing or makes no sense; the message names it.
        Rejected: the address is none.
    """
    profile = PROFILES.get(source.vendor, GENERIC)
    root = _root(source.url)
    credentials = replace(
        source.credentials,
        token_url=source.credentials.token_url or _token_url(root, profile),
        scope=source.credentials.scope or profile.scope,
    )
    return Account(
        profile=profile,
        root=root,
        credentials=credentials,
        budget=_budget(root, credentials),
        currency=read_currency(source.settings),
        page_size=read_page_size(source.settings, 0, profile.pages.largest) or None,
        system=_system(source.settings, profile),
        log=_log(source.settings, profile),
        field_map=read_field_map(source.settings),
    )


def _root(url: str) -> str:
    check_address(url)
    if "{" in url:
        raise ActionRequired(
            "The address still has a name in braces: put the MLS's own in its place.", field=("settings",)
        )
    return url.rstrip("/")


def _token_url(root: str, profile: Profile) -> str | None:
    return urljoin(root, profile.token_path) if profile.token_path else None


def _budget(root: str, credentials: MlsCredentials) -> str:
    who = credentials.token or credentials.client_id or credentials.username or ""
    return f"{origin(root)} {sha256(who.strip().encode('utf-8', 'replace')).hexdigest()}"


def _system(settings: dict[str, Any], profile: Profile) -> str:
    if not profile.one_system:
        return ""
    name = read_text(settings, SYSTEM)
    if not name:
        title = profile.vendor.title
        raise ActionRequired(
            f"{title} needs the setting {SYSTEM}: the MLS's short name there, for example actris."
        )
    return name


def _log(settings: dict[str, Any], profile: Profile) -> Log | None:
    name = read_text(settings, DELETIONS)
    if name and name not in LOGS:
        raise ActionRequired(
            f"The setting {DELETIONS} must be {' or '.join(LOGS)}, or empty.", field=("settings",)
        )
    return LOGS[name] if name else profile.log
