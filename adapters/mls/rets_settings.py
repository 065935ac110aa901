"""What RETS asks the user for, and how a connection's settings are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.budgets import Budget
from adapters.mls.addresses import check_address
from adapters.mls.field_map import FieldMap, read_field_map
from adapters.mls.reso_forms import SYSTEM, common
from adapters.mls.rets_dmql import is_name
from adapters.mls.shared_settings import read_currency, read_page_size, read_text
from adapters.mls.values import Values
from domain.entities.mls import MlsVendor, SettingField
from domain.entities.mls_connection import MlsSource
from domain.errors import ActionRequired

PAGE_SIZE = 500
LARGEST_PAGE_SIZE = 5000
USER_AGENT = "Yardsign/0.1"
VERSION = "1.7.2"
_VERSIONS = ("1.5", "1.7", "1.7.1", "1.7.2", "1.8")

GENERIC = MlsVendor(
    name="generic",
    title="Any RETS server",
    settings=(
        SettingField(name="username", title="User name", required=True),
        SettingField(name="password", title="Password", required=True, secret=True),
        SettingField(
            name="userAgent",
            title="User agent",
            help=f"If the MLS registered one for you; {USER_AGENT} unless set.",
        ),
        SettingField(
            name="userAgentPassword",
            title="User agent password",
            secret=True,
            help="Only if the MLS gave you one beside your own password.",
        ),
        SettingField(name="retsVersion", title="Version of RETS", help=f"{VERSION} unless set, or 1.8."),
        SettingField(name="resource", title="Resource", help="Where listings are, Property unless set."),
        SettingField(
            name="classes",
            title="Classes",
            help="The classes of listings to read, with commas between them, for example A,B. The test of"
            " the connection names those that there are. Listings without a stamp of their last change are not read:"
            " RETS cannot ask for all there are, only for what was changed since some moment.",
        ),
        SettingField(
            name="timeZone",
            title="Time zone of the server",
            help="As IANA names it, for example America/Chicago. UTC unless set; with a wrong one changes are"
            " found late or not at all.",
        ),
        SettingField(
            name="photoType", title="Type of photos", help="Photo unless set, or for example HiRes."
        ),
        SettingField(
            name="requestsPerMinute",
            title="Requests per minute",
            kind="number",
            help="The most that the MLS allows this account; not limited unless set.",
        ),
        SettingField(
            name=SYSTEM,
            title="Name of the MLS in its listings",
            help="OriginatingSystemName of rows that do not name one. Never change it afterwards.",
        ),
        *common(PAGE_SIZE, LARGEST_PAGE_SIZE),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who logs in, where, and how often it may ask; equal accounts share a session."""

    url: str
    username: str
    password: str = field(repr=False)
    user_agent: str
    user_agent_password: str = field(repr=False)
    version: str
    budgets: tuple[Budget, ...] = ()

    @property
    def name(self) -> str:
        """What its budgets are kept by."""
        return f"rets {self.url} {self.username}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not appear in an error."""
        return (self.password, self.user_agent_password)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A connection's settings, read and checked.

    Attributes:
        classes: none if the user named none.
        zone: of the server's stamps that name none.
    """

    account: Account
    resource: str
    classes: tuple[str, ...]
    zone: ZoneInfo
    fields: FieldMap
    photo_type: str
    page_size: int
    currency: str
    originating_system: str | None


def read_settings(source: MlsSource) -> Settings:
    """The settings of a connection. Raises `ActionRequired` for what the user has to mend, `Rejected` for an
    address that is none."""
    given = source.settings
    return Settings(
        account=_account(source),
        resource=_name(given, "resource", "Property"),
        classes=_classes(given),
        zone=_zone(given),
        fields=read_field_map(given),
        photo_type=_photo_type(given),
        page_size=read_page_size(given, PAGE_SIZE, LARGEST_PAGE_SIZE),
        currency=read_currency(given),
        originating_system=read_text(given, SYSTEM) or None,
    )


def _account(source: MlsSource) -> Account:
    check_address(source.url)
    known = source.credentials
    named = {"user name": known.username, "password": known.password}
    absent = [name for name, value in named.items() if not value]
    if absent:
        raise ActionRequired(f"This MLS needs a user name and a password; not given: {' and '.join(absent)}.")
    user_agent = (known.user_agent or USER_AGENT).strip()
    if not user_agent.isascii() or not user_agent.isprintable():
        raise ActionRequired("The user agent has characters that no user agent has. Was it copied whole?")
    per_minute = _whole(source.settings, "requestsPerMinute", 100_000)
    return Account(
        url=source.url,
        username=known.username or "",
        password=known.password or "",
        user_agent=user_agent,
        user_agent_password=known.user_agent_password or "",
        version=_version(source.settings),
        budgets=(Budget(per_minute, 60),) if per_minute else (),
    )


def _version(given: Mapping[str, Any]) -> str:
    number = read_text(given, "retsVersion").upper().removeprefix("RETS/") or VERSION
    if number not in _VERSIONS:
        raise ActionRequired(
            f"The setting retsVersion must be one of {', '.join(_VERSIONS)}.", field=("settings",)
        )
    return f"RETS/{number}"


def _classes(given: Mapping[str, Any]) -> tuple[str, ...]:
    value = given.get("classes")
    items = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ActionRequired(
            "The setting classes must name classes, with commas between them.", field=("settings",)
        )
    names = tuple(dict.fromkeys(item.strip() for item in items if item.strip()))
    for name in names:
        if not is_name(name):
            raise ActionRequired(
                f"The setting classes names {name[:40]!r}, which cannot be a class.", field=("settings",)
            )
    return names


def _zone(given: Mapping[str, Any]) -> ZoneInfo:
    name = read_text(given, "timeZone") or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ActionRequired(
            f"The setting timeZone names {name[:40]!r}, which is no zone; America/Chicago is one.",
            field=("settings",),
        ) from None


def _photo_type(given: Mapping[str, Any]) -> str:
    name = read_text(given, "photoType") or "Photo"
    if not name.isprintable() or len(name) > 64 or "/" in name:
        raise ActionRequired(
            "The setting photoType must be a type of object, such as Photo or HiRes.", field=("settings",)
        )
    return name


def _name(given: Mapping[str, Any], setting: str, default: str) -> str:
    name = read_text(given, setting) or default
    if not is_name(name):
        raise ActionRequired(f"The setting {setting} must be a name such as {default}.", field=("settings",))
    return name


def _whole(given: Mapping[str, Any], setting: str, high: int) -> int | None:
    if given.get(setting) in (None, ""):
        return None
    number = Values({setting: given[setting]}).whole(setting, low=1, high=high)
    if number is None:
        raise ActionRequired(
            f"The setting {setting} must be a whole number from 1 to {high}.", field=("settings",)
        )
    return number
