"""All repositories over one table, made at once."""

from dataclasses import dataclass

from adapters.tables.alerts import Alerts
from adapters.tables.changes import Changes
from adapters.tables.file_sweeps import FileSweeps
from adapters.tables.installation import Installations
from adapters.tables.intents import Intents
from adapters.tables.listings import Listings
from adapters.tables.mail_boxes import MailBoxes
from adapters.tables.metrics import Metrics
from adapters.tables.mls_connections import MlsConnections
from adapters.tables.notifications import Notifications
from adapters.tables.posts import Posts
from adapters.tables.runs import Runs
from adapters.tables.social_accounts import SocialAccounts
from adapters.tables.statistics import Statistics
from adapters.tables.table import Table
from adapters.tables.transaction import Now
from adapters.tables.webhooks import Webhooks
from adapters.vault import Vault
from domain import ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    """Every repository, under the name that it has in `domain.ports.Ports`."""

    listings: ports.Listings
    mls_connections: ports.MlsConnections
    runs: ports.Runs
    changes: ports.Changes
    social_accounts: ports.SocialAccounts
    posts: ports.Posts
    metrics: ports.Metrics
    intents: ports.Intents
    statistics: ports.Statistics
    notifications: ports.Notifications
    webhooks: ports.Webhooks
    mail_boxes: ports.MailBoxes
    alerts: ports.Alerts
    installations: ports.Installations
    file_sweeps: ports.FileSweeps


def repositories(table: Table, vault: Vault, now: Now) -> Repositories:
    """The repositories over a table.

    Args:
        now: the time in UTC; it stamps what is written and decides what is due.
    """
    return Repositories(
        listings=Listings(table, now),
        mls_connections=MlsConnections(table, vault, now),
        runs=Runs(table, now),
        changes=Changes(table),
        social_accounts=SocialAccounts(table, vault, now),
        posts=Posts(table, now),
        metrics=Metrics(table, vault, now),
        intents=Intents(table, now),
        statistics=Statistics(table),
        notifications=Notifications(table, now),
        webhooks=Webhooks(table, vault, now),
        mail_boxes=MailBoxes(table, now),
        alerts=Alerts(table, now),
        installations=Installations(table, now),
        file_sweeps=FileSweeps(table, now),
    )
