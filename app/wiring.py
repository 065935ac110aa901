"""Which adapter stands behind which port: the one place that knows them all."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from ulid import ULID

import adapters.mls
import adapters.social
from adapters.budgets import Budgets, RedisBudgets
from adapters.deliveries import SignedDeliveries
from adapters.downloads import WebDownloads
from adapters.http import WebClient
from adapters.images import PillowImages
from adapters.links import SignedLinks
from adapters.mail import SmtpMailer
from adapters.marks import LoggedMarks
from adapters.meter import PrometheusMeter
from adapters.mls.tools import Tools as MlsTools
from adapters.photo_hosts import PhotoHosts
from adapters.progress import RedisProgress
from adapters.social.tools import Tools as SocialTools
from adapters.tables.repositories import repositories
from adapters.tables.table import Table
from adapters.templates import LiquidTemplates
from adapters.traces import Traces, open_traces
from adapters.tracking import SignedTracking, TrackingSettings
from adapters.vault import Vault
from app.secrets import load_secrets
from app.settings import Settings
from app.stores import Stores, open_stores
from domain.entities.listing import Listing
from domain.ports import Bell, Files, Images, Mailer, Marks, Meter, Ports, Progress
from domain.rules.redirects import may_return_to
from domain.use_cases.photo_sweep import keep_sweeping


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the system touches of the world: each of these may fail, and in the tests each does.

    Attributes:
        platforms: the settings of each platform's app, by slug.
        own_url: where browsers reach this installation.
        marks: what is logged meanwhile; by default users are hashed by a key that everybody knows.
        links_key: signs URLs that open without a login.
        redirect_uris: the pages of frontends to which consent may return.
        allow_loopback: whether it may return to any page on this machine too.
    """

    table: Table
    files: Files
    web: WebClient
    images: Images
    progress: Progress
    bell: Bell
    meter: Meter
    marks: Marks = field(default_factory=lambda: LoggedMarks(b"yardsign"))
    budgets: Budgets
    mailer: Mailer
    vault: Vault
    platforms: Mapping[str, Mapping[str, str]]
    own_url: str
    links_key: bytes
    tracking: TrackingSettings
    redirect_uris: tuple[str, ...] = ()
    allow_loopback: bool = False
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    random: Callable[[], float]


def assemble(outside: Outside) -> Ports:
    """Put every adapter behind its port."""
    now, sleep, web = outside.now, outside.sleep, outside.web

    def public_url(path: str) -> str:
        return f"{outside.own_url}{path}"

    def web_of(host_class: str) -> WebClient:
        return web.counted_as(host_class, outside.meter.requested)

    nouns = repositories(outside.table, outside.vault, now)
    hosts = PhotoHosts(outside.budgets, random=outside.random)
    downloads = WebDownloads(web_of("photos"), hosts=hosts, now=now)
    tools = _mls_tools(outside, web_of("mls"), downloads)
    social_tools = SocialTools(web=web_of("other"), budgets=outside.budgets, now=now, sleep=sleep)
    return Ports(
        listings=nouns.listings,
        mls_connections=nouns.mls_connections,
        runs=nouns.runs,
        changes=nouns.changes,
        social_accounts=nouns.social_accounts,
        posts=nouns.posts,
        metrics=nouns.metrics,
        intents=nouns.intents,
        statistics=nouns.statistics,
        notifications=nouns.notifications,
        webhooks=nouns.webhooks,
        mail_boxes=nouns.mail_boxes,
        alerts=nouns.alerts,
        installations=nouns.installations,
        file_sweeps=nouns.file_sweeps,
        deliveries=SignedDeliveries(web_of("webhook"), now=now),
        mailer=outside.mailer,
        files=outside.files,
        downloads=downloads,
        images=outside.images,
        templates=LiquidTemplates(),
        mls=adapters.mls.discover(tools),
        social=adapters.social.discover(social_tools, outside.platforms),
        tracking=SignedTracking(outside.tracking, outside.budgets, now=now, public_id=_public_id),
        links=SignedLinks(outside.links_key, public_url=public_url, now=now),
        progress=outside.progress,
        bell=outside.bell,
        meter=outside.meter,
        marks=outside.marks,
        now=now,
        sleep=sleep,
        new_id=lambda: str(ULID.from_datetime(now())),
        random=outside.random,
        public_url=public_url,
        oauth_callback=lambda slug: f"{outside.own_url}/oauth/callback/{slug}",
        may_return_to=lambda uri: may_return_to(uri, outside.redirect_uris, loopback=outside.allow_loopback),
    )


def _mls_tools(outside: Outside, web: WebClient, downloads: WebDownloads) -> MlsTools:
    return MlsTools(
        web=web,
        downloads=downloads,
        files=outside.files,
        budgets=outside.budgets,
        now=outside.now,
        sleep=outside.sleep,
        random=outside.random,
        refreshed=partial(outside.meter.refreshed, "mls"),
    )


@dataclass(frozen=True, slots=True)
class Wired:
    """The ports, and what only the processes themselves need beside them."""

    ports: Ports
    stores: Stores
    web: WebClient
    meter: PrometheusMeter
    traces: Traces | None

    async def tidy(self) -> None:
        """What whoever keeps the time calls now and then."""
        await keep_sweeping(self.ports)
        await self.stores.tidy()


@asynccontextmanager
async def wire(settings: Settings, bell: Bell) -> AsyncIterator[Wired]:
    """Open every adapter on this event loop, and close them all at the end."""
    secrets = load_secrets(settings)
    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(open_stores(settings, secrets.media_key, _now))
        web = WebClient(allow_http=settings.allow_loopback, allow_loopback=settings.allow_loopback)
        stack.push_async_callback(web.aclose)
        images = PillowImages()
        stack.push_async_callback(images.close)
        progress = RedisProgress(settings.broker_url)
        stack.push_async_callback(progress.close)
        meter = PrometheusMeter()
        traces = _traces(settings)
        if traces is not None:
            stack.push_async_callback(asyncio.to_thread, traces.close)
        budgets = RedisBudgets(settings.broker_url)
        stack.push_async_callback(budgets.close)
        ports = assemble(
            Outside(
                table=stores.table,
                files=stores.files,
                web=web,
                images=images,
                progress=progress,
                bell=bell,
                meter=meter,
                marks=LoggedMarks(secrets.logs_key, traces),
                budgets=budgets,
                mailer=SmtpMailer(settings.smtp()),
                vault=secrets.vault,
                platforms=settings.platforms(),
                own_url=settings.own_url,
                links_key=secrets.links_key,
                tracking=TrackingSettings(
                    keys=secrets.tracking_keys,
                    page_url=settings.listing_page_url,
                    links_in_posts=settings.short_links_in_posts,
                ),
                redirect_uris=settings.redirect_uris,
                allow_loopback=settings.allow_loopback,
                now=_now,
                sleep=asyncio.sleep,
                random=random.random,
            )
        )
        for protocol in ports.mls.values():
            stack.push_async_callback(protocol.close)
        for platform in ports.social.values():
            stack.push_async_callback(platform.close)
        yield Wired(ports, stores, web, meter, traces)


def _traces(settings: Settings) -> Traces | None:
    try:
        return open_traces(settings.otel_exporter_otlp_endpoint)
    except ImportError:
        why = "OTEL_EXPORTER_OTLP_ENDPOINT needs the packages of requirements-otel.lock"
        raise SystemExit(f"yardsign: {why}.") from None


def _public_id(listing: Listing) -> str:
    # Imported here because it brings the whole graph with it, which workers seldom need.
    from schema.ids import to_id

    return to_id("Listing", listing.user_id, listing.id)


def _now() -> datetime:
    return datetime.now(UTC)
