"""The fields of the forms with which accounts at RESO Web API servers are connected."""

from adapters.mls.field_map import FIELD_MAP
from domain.entities.mls import SettingField
from domain.rules.photos import GRACE_DAYS
from domain.rules.statuses import COMING_SOON_PUBLISHABLE, STATUS_MAP, UNPUBLISH_OFF_MARKET
from domain.rules.sweeps import GRACE_HOURS, SWEEP, SWEEP_LIMIT_PERCENT

PAGE_SIZE = "pageSize"
CURRENCY = "currency"
SYSTEM = "originatingSystemName"
DELETIONS = "deletions"

TOKEN = SettingField(
    name="token",
    title="Access token",
    required=True,
    secret=True,
    help="The long-lived token of your data subscription, copied whole.",
)
CLIENT_ID = SettingField(name="clientId", title="Client id", required=True)
CLIENT_SECRET = SettingField(name="clientSecret", title="Client secret", required=True, secret=True)

ANY_LOGIN = (
    SettingField(
        name="token",
        title="Access token",
        secret=True,
        help="A long-lived bearer token. Leave it empty if the MLS gave you a client id or a user name instead.",
    ),
    SettingField(name="clientId", title="Client id", help="For OAuth client credentials."),
    SettingField(name="clientSecret", title="Client secret", secret=True),
    SettingField(
        name="tokenUrl",
        title="Token URL",
        kind="url",
        help="Where a client id, or a user name, gets its tokens.",
    ),
    SettingField(name="scope", title="Scope", help="If the MLS names one, for example api."),
    SettingField(
        name="username",
        title="User name",
        help="With a token URL it is exchanged for a token; without, it is sent with every request.",
    ),
    SettingField(name="password", title="Password", secret=True),
)

ONE_SYSTEM = SettingField(
    name=SYSTEM,
    title="Originating system",
    required=True,
    help="The MLS's short name as the vendor writes it, in lower case, for example actris or mred.",
)

WEBHOOK_SECRET = SettingField(
    name="webhookSecret",
    title="Secret of the webhook",
    secret=True,
    help="Only if the MLS can push its EntityEvents: what it signs them with, 16 characters at least.",
)

LOG = SettingField(
    name=DELETIONS,
    title="Where deletions are told",
    help="EntityEvent (RESO's), or Deleted with the fields resource, primary_key and ts, if the server has such a"
    " resource. Without it, a daily look at all keys tells.",
)


def common(usual: int, largest: int) -> tuple[SettingField, ...]:
    """What every vendor's form ends with; the numbers are rows of a page."""
    return (
        SettingField(
            name=PAGE_SIZE,
            title="Listings per page",
            kind="number",
            help=f"1 to {largest}, {usual} unless set. The MLS may serve fewer.",
        ),
        SettingField(name=CURRENCY, title="Currency", help="ISO 4217 code of the prices, USD unless set."),
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
        SettingField(
            name=FIELD_MAP,
            title="Meaning of the MLS's own fields",
            kind="json",
            help='Only for fields that are not RESO\'s, for example {"L_AskingPrice": "price"}.',
        ),
        SettingField(
            name=SWEEP,
            title="Look for homes that vanished",
            kind="boolean",
            help="Once a day all keys of the MLS are compared with your homes for sale. On unless set.",
        ),
        SettingField(
            name=GRACE_HOURS,
            title="Hours of grace for homes that vanished",
            kind="number",
            help="So long a home may be missing before it counts as off the market, 24 unless set.",
        ),
        SettingField(
            name=SWEEP_LIMIT_PERCENT,
            title="Most homes that may vanish at once",
            kind="number",
            help="In percent, 20 unless set. If more are missing the MLS is not believed, and nothing is done.",
        ),
        SettingField(
            name=GRACE_DAYS,
            title="Days of grace for photos that were removed",
            kind="number",
            help="So long the files of a photo are kept that the MLS names no more, 7 unless set.",
        ),
    )
