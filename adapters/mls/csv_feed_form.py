"""What a connection to a CSV file asks the user for."""

from collections.abc import Mapping
from typing import Any

from adapters.mls.csv_feed_columns import DATE_ORDER, PHOTO_COLUMNS, PHOTO_SEPARATOR, SEPARATORS
from adapters.mls.csv_feed_table import DELIMITERS
from adapters.mls.reso_forms import common
from adapters.mls.shared_settings import read_page_size
from domain.entities.mls import UPLOADED, MlsVendor, SettingField
from domain.errors import ActionRequired

DELIMITER = "delimiter"
PAGE_SIZE, LARGEST_PAGE_SIZE = 500, 5000

_READING = (
    SettingField(
        name=DELIMITER,
        title="Delimiter",
        help=f"What stands between the columns: {', '.join(DELIMITERS)}. Found by itself unless set.",
    ),
    SettingField(
        name=PHOTO_COLUMNS,
        title="Columns of photos",
        help="The names of the columns with web addresses of photos, with commas between them. Columns that are"
        " called Photos, Images, Photo 1 and the like are found by themselves.",
    ),
    SettingField(
        name=PHOTO_SEPARATOR,
        title="Between the photos of a cell",
        help=f"One character, or one of {', '.join(SEPARATORS)}. Found by itself unless set.",
    ),
    SettingField(
        name=DATE_ORDER,
        title="Order of dates",
        help="MDY or DMY: whether 3/4/2026 is in March, which it is unless set, or in April.",
    ),
    *common(PAGE_SIZE, LARGEST_PAGE_SIZE),
)

AT_URL = MlsVendor(
    name="generic",
    title="A CSV file at a web address",
    settings=(
        SettingField(name="username", title="User name", help="If the file is not open to everybody."),
        SettingField(name="password", title="Password", secret=True),
        SettingField(name="token", title="Access token", secret=True, help="Instead of a user name."),
        *_READING,
    ),
)

SENT = MlsVendor(name="upload", title="A CSV file that you send", url=UPLOADED, settings=_READING)


def read_delimiter(given: Mapping[str, Any]) -> str | None:
    """The delimiter of the settings, None to find it. Raises `ActionRequired` if it is none."""
    value = given.get(DELIMITER)
    if value in (None, ""):
        return None
    delimiter = DELIMITERS.get(value.strip().lower(), value) if isinstance(value, str) else None
    if delimiter not in DELIMITERS.values():
        raise ActionRequired(
            f"The setting {DELIMITER} must be one of {', '.join(DELIMITERS)}.", field=("settings",)
        )
    return delimiter


def read_size(given: Mapping[str, Any]) -> int:
    """Lines per page. Raises `ActionRequired` for an impossible setting."""
    return read_page_size(given, PAGE_SIZE, LARGEST_PAGE_SIZE)
