"""Which use case carries out which kind of intent."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol

from domain.entities.intent import Intent, IntentKind, Outcome
from domain.ports import Ports
from domain.use_cases.alerting import look
from domain.use_cases.hearing import act_on_news, listen
from domain.use_cases.mailing import send_mail
from domain.use_cases.measuring import measure
from domain.use_cases.notifying import tell
from domain.use_cases.photo_removal import erase_photos
from domain.use_cases.photo_sweep import sweep_photos
from domain.use_cases.photos import fetch_photos
from domain.use_cases.removing import remove_post, take_down_listing
from domain.use_cases.renewing import keep_login
from domain.use_cases.runs import restore_listing
from domain.use_cases.sending import publish
from domain.use_cases.syncing import work_on_connection
from domain.use_cases.webhooks import deliver


class Work(Protocol):
    """Works on what an intent owes until it is done or `until` has come, and says what is left."""

    def __call__(self, ports: Ports, *, intent: Intent, until: datetime) -> Awaitable[Outcome]: ...


WORK: dict[IntentKind, Work] = {
    IntentKind.SYNC: work_on_connection,
    IntentKind.RESTORE: restore_listing,
    IntentKind.PHOTOS: fetch_photos,
    IntentKind.ERASE: erase_photos,
    IntentKind.FILES: sweep_photos,
    IntentKind.PUBLISH: publish,
    IntentKind.TAKEDOWN: take_down_listing,
    IntentKind.UNPUBLISH: remove_post,
    IntentKind.RENEW: keep_login,
    IntentKind.LISTEN: listen,
    IntentKind.NEWS: act_on_news,
    IntentKind.ENGAGEMENT: measure,
    IntentKind.ALERT: look,
    IntentKind.NOTIFY: tell,
    IntentKind.DELIVER: deliver,
    IntentKind.MAIL: send_mail,
}
