"""Profiles of RESO Web API vendors: what each asks the user for."""

from domain.entities.mls import MlsVendor, SettingField
from domain.rules.statuses import COMING_SOON_PUBLISHABLE, STATUS_MAP, UNPUBLISH_OFF_MARKET

PAGE_SIZE = 200
LARGEST_PAGE_SIZE = 5000

GENERIC = MlsVendor(
    name="generic",
    title="Any RESO Web API server",
    settings=(
        SettingField(
            name="token",
            title="Access token",
            secret=True,
            help="A long-lived bearer token. Leave it empty if the MLS gave you a client id instead.",
        ),
        SettingField(name="clientId", title="Client id", help="For OAuth client credentials."),
        SettingField(name="clientSecret", title="Client secret", secret=True),
        SettingField(
            name="tokenUrl", title="Token URL", kind="url", help="Where the client id gets its tokens."
        ),
        SettingField(name="scope", title="Scope", help="If the MLS names one, for example api."),
        SettingField(
            name="pageSize",
            title="Listings per page",
            kind="number",
            help=f"1 to {LARGEST_PAGE_SIZE}, {PAGE_SIZE} unless set. The MLS may serve fewer.",
        ),
        SettingField(name="currency", title="Currency", help="ISO 4217 code of the prices, USD unless set."),
        SettingField(
            name=COMING_SOON_PUBLISHABLE, title="Publish homes that are Coming Soon", kind="boolean"
        ),
        SettingField(
            name=UNPUBLISH_OFF_MARKET,
            title="Take posts down when a home is off the market",
            kind="boolean",
            help="Expired, canceled, withdrawn or on hold. On unless set; sold homes always come down.",
        ),
        SettingField(
            name=STATUS_MAP,
            title="Meaning of the MLS's own statuses",
            kind="json",
            help='Only for rows without StandardStatus, for example {"A": "Active", "S": "Closed"}.',
        ),
    ),
)
