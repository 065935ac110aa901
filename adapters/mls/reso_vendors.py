"""The RESO Web API vendors that are known, one profile each; a new vendor is one more of them."""

from adapters.budgets import Budget, Unit
from adapters.mls.reso_forms import (
    ANY_LOGIN,
    CLIENT_ID,
    CLIENT_SECRET,
    LOG,
    ONE_SYSTEM,
    TOKEN,
    WEBHOOK_SECRET,
    common,
)
from adapters.mls.reso_profiles import DELETED, Bulk, Login, Pages, Photos, Profile, Quota, Trouble
from domain.entities.mls import MlsVendor

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400

# docs.mlsgrid.com, "API Version 2.0" and "Changes to MLS Grid Media Access". ListingKey is not among the fields
# it lists as searchable, so that rows are asked for by key one at a time; `or` is allowed five times. Rows come
# in the order of ModificationTimestamp. MlgCanView false means: delete; such rows stay in the feed for 7 days.
MLS_GRID = Profile(
    vendor=MlsVendor(
        name="mls-grid",
        title="MLS Grid",
        url="https://api.mlsgrid.com/v2",
        settings=(TOKEN, ONE_SYSTEM, *common(500, 1000)),
    ),
    pages=Pages(usual=500, largest=1000, keys=5000),
    top_is_page=True,
    order=None,
    one_system=True,
    first_filter="MlgCanView eq true",
    keys_at_once=1,
    numbers_at_once=5,
    key_fields=("ListingKey", "MlgCanView"),
    photo_stamps=False,
    headers={"Accept-Encoding": "gzip"},
    photos=Photos(shows_token=True, hosts=("mlsgrid.com",), once_in=_HOUR),
    budgets=(
        # Two requests a second, and past that the token is suspended: networks bring requests closer together.
        Budget(2, 1.25),
        Budget(7200, _HOUR),
        Budget(40_000, _DAY),
        Budget(4_000_000_000, _HOUR, Unit.BYTES),
    ),
)

# trestle-documentation.corelogic.com, "Getting Started" and "Quotas and Limits".
TRESTLE = Profile(
    vendor=MlsVendor(
        name="trestle",
        title="Trestle (Cotality)",
        url="https://api.cotality.com/trestle/odata",
        settings=(CLIENT_ID, CLIENT_SECRET, *common(200, 1000)),
    ),
    logins=(Login.CLIENT_CREDENTIALS,),
    token_path="/trestle/oidc/connect/token",  # noqa: S106  a path
    scope="api",
    pages=Pages(usual=200, largest=1000, keys=300_000),
    top_is_page=True,
    # Any further field would make it a query of 1,000 rows a page.
    key_fields=("ListingKey",),
    photos=Photos(budgets=(Budget(480, _MINUTE), Budget(18_000, _HOUR))),
    budgets=(Budget(180, _MINUTE), Budget(7200, _HOUR)),
    quotas=(
        Quota(name="Minute-Quota", seconds=_MINUTE, left="Available", reset="ResetTime"),
        Quota(name="Hour-Quota", seconds=_HOUR, left="Available", reset="ResetTime"),
    ),
)

# bridgedataoutput.com/docs/platform/API/reso-web-api, and "New Per-Minute Burst Rate Limits" (August 2024).
BRIDGE = Profile(
    vendor=MlsVendor(
        name="bridge",
        title="Bridge",
        url="https://api.bridgedataoutput.com/api/v2/OData/{dataset}",
        settings=(TOKEN, *common(200, 200)),
    ),
    pages=Pages(usual=200, largest=200, keys=200, bulk=2000),
    top_is_page=True,
    bulk=Bulk(resource="Property/replication", beyond=10_000),
    # Without an end of its own, an expansion stops at ten.
    expand="Media($top=100)",
    budgets=(Budget(334, _MINUTE), Budget(5000, _HOUR)),
    quotas=(
        Quota(name="Burst-RateLimit", seconds=_MINUTE),
        Quota(name="Application-RateLimit", seconds=_HOUR),
    ),
)

# sparkplatform.com/docs/reso/replication and /docs/supporting_documentation/errors: rows come in the order of
# their keys, and nothing but $count and $select may be asked of an import of everything.
SPARK = Profile(
    vendor=MlsVendor(
        name="spark",
        title="Spark (flexmls)",
        url="https://replication.sparkapi.com/Version/3/Reso/OData",
        settings=(TOKEN, *common(200, 1000)),
    ),
    pages=Pages(usual=200, largest=1000, keys=1000),
    top_is_page=True,
    order=None,
    budgets=(Budget(1500, 5 * _MINUTE),),
    troubles={"1020": Trouble.EXPIRED, "1021": Trouble.WRONG_HOST, "1550": Trouble.THROTTLED},
)

# vendor.utahrealestate.com/webapi/docs/tuts/replication. It tells no limit: the budget is politeness.
UTAH_REAL_ESTATE = Profile(
    vendor=MlsVendor(
        name="utah-real-estate",
        title="UtahRealEstate.com",
        url="https://resoapi.utahrealestate.com/reso/odata",
        settings=(TOKEN, *common(200, 200)),
    ),
    pages=Pages(usual=200, largest=200, keys=200),
    top_is_page=True,
    log=DELETED,
    budgets=(Budget(120, _MINUTE),),
)

GENERIC = Profile(
    vendor=MlsVendor(
        name="generic",
        title="Any RESO Web API server",
        settings=(*ANY_LOGIN, WEBHOOK_SECRET, LOG, *common(200, 5000)),
    ),
    logins=tuple(Login),
    pages=Pages(usual=200, largest=5000, keys=5000),
    links=False,
    quotas=(Quota(name="RateLimit", seconds=_MINUTE), Quota(name="X-RateLimit", seconds=_MINUTE)),
)

PROFILES = {
    profile.vendor.name: profile for profile in (GENERIC, MLS_GRID, TRESTLE, BRIDGE, SPARK, UTAH_REAL_ESTATE)
}
