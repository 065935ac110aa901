"""What the sandbox Instagram knows: the accounts of Pages, containers on their way, and media."""

import re
from dataclasses import dataclass
from typing import Any

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request

from sandbox.social.facebook_site import PAGES, Site, timestamp
from sandbox.social.graph import GraphError, Parameters, absent
from sandbox.social.state import Document

CONTAINER_SECONDS = 86_400
QUOTA_SECONDS = 86_400
QUOTA = 100
CONTAINER, MEDIA, SETTINGS = "instagram_container", "instagram_media", "instagram_settings"
"""Kinds of documents."""

_STATUS = {
    "IN_PROGRESS": "In Progress: Media is still being processed.",
    "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
    "PUBLISHED": "Published: Media has been already published.",
    "EXPIRED": "Expired: The container was not published within 24 hours.",
    "ERROR": "Error: Media upload has failed with error code {error}",
}


@dataclass(frozen=True, slots=True)
class Account:
    """A professional account; whoever may act on its Page may act on it."""

    id: str
    username: str
    page_id: str


ACCOUNTS = tuple(
    Account(page.instagram, re.sub(r"\W+", ".", page.name).lower(), page.id)
    for page in PAGES
    if page.instagram is not None
)
_ACCOUNTS = {account.id: account for account in ACCOUNTS}


class InstagramId(Convertor[str]):
    """Ids of accounts, containers and media, which no id of Facebook's looks like."""

    regex = "1[78][0-9]{15}"

    def convert(self, value: str) -> str:
        """As it is."""
        return value

    def to_string(self, value: str) -> str:
        """As it is."""
        return value


register_url_convertor("instagram", InstagramId())


def account_named(account_id: str) -> Account | None:
    """The account with that id, or None."""
    return _ACCOUNTS.get(account_id)


def account_of(page_id: str) -> Account | None:
    """The account that belongs to a Page, or None."""
    return next((account for account in ACCOUNTS if account.page_id == page_id), None)


def acting_account(site: Site, request: Request, params: Parameters, *scopes: str) -> Account:
    """The account of the path if the token sees it and has the scopes."""
    account = account_named(request.path_params["node"])
    if account is None or not sees(site, site.caller(request, params), account.id):
        raise absent(request.method, request.path_params["node"])
    check_scopes(site, *scopes)
    return account


def sees(site: Site, token: Document, account_id: str) -> bool:
    """Whether a token sees the account and all of its media."""
    account = account_named(account_id)
    mine = account is not None and token["page_id"] in (None, account.page_id)
    return mine and not site.lacks("instagram_basic")


def check_scopes(site: Site, *scopes: str) -> None:
    """Raises code 10 if one of them is not granted."""
    if site.lacks(*scopes):
        raise GraphError(10, "(#10) Application does not have permission for this action")


def settings(site: Site) -> dict[str, Any]:
    """How containers fare that are made now, and how many posts a day has room for.

    `seconds` and `polls`: so long, and so many reads, a container is in progress; `error`: the subcode with
    which it then ends, or None; `quota`: posts in any 24 hours.
    """
    default = {"seconds": site.processing_seconds, "polls": 0, "error": None, "quota": QUOTA}
    return default | (site.store.get(SETTINGS, "now") or {})


def change_settings(site: Site, changes: dict[str, Any]) -> None:
    """Change some of the settings."""
    site.store.put(SETTINGS, "now", settings(site) | changes)


def new_container(site: Site, account: Account, **body: Any) -> Document:
    """Keep a container, in progress for as long as the settings say."""
    key = str(17_900_000_000_000_000 + site.store.next_number("instagram_container"))
    now, wanted = site.now(), settings(site)
    container = {
        "id": key,
        "account_id": account.id,
        "created": now,
        "ready_at": now + wanted["seconds"],
        "polls_left": wanted["polls"],
        "error": wanted["error"],
        "media_id": None,
    } | body
    site.store.put(CONTAINER, key, container)
    return container


def state_of(site: Site, container: Document) -> str:
    """IN_PROGRESS, FINISHED, ERROR, EXPIRED or PUBLISHED; of a carousel, the least advanced of its parts."""
    if container["media_id"] is not None:
        return "PUBLISHED"
    if container["created"] + CONTAINER_SECONDS <= site.now():
        return "EXPIRED"
    parts = [site.store.get(CONTAINER, child) for child in container["children"]]
    states = {state_of(site, part) for part in parts if part is not None}
    if container["ready_at"] > site.now() or container["polls_left"] > 0 or "IN_PROGRESS" in states:
        return "IN_PROGRESS"
    for state in ("EXPIRED", "ERROR"):
        if state in states:
            return state
    return "FINISHED" if container["error"] is None else "ERROR"


def polled(site: Site, container: Document) -> Document:
    """A container as the Graph API shows it; reading brings it nearer to its end, and its parts too."""
    state = state_of(site, container)
    for part in (*container["children"], container["id"]):
        found = site.store.get(CONTAINER, part)
        if found is not None and found["polls_left"] > 0:
            site.store.put(CONTAINER, part, found | {"polls_left": found["polls_left"] - 1})
    status = _STATUS[state].format(error=container["error"])
    return {"id": container["id"], "status_code": state, "status": status}


def live_media(site: Site, account_id: str) -> list[Document]:
    """The account's media that have not been removed, newest first."""
    found = reversed(site.store.all(MEDIA))
    return [media for media in found if media["account_id"] == account_id and media["removed_at"] is None]


def quota_usage(site: Site, account_id: str) -> int:
    """How many posts went up in the last 24 hours; removing one gives nothing back."""
    since = site.now() - QUOTA_SECONDS
    return sum(
        media["account_id"] == account_id and media["created"] > since for media in site.store.all(MEDIA)
    )


def put_up(site: Site, container: Document) -> Document:
    """Publish a container; the media's id is another one."""
    number = site.store.next_number("instagram_media")
    media = {
        "id": str(18_000_000_000_000_000 + number),
        "number": number,
        "account_id": container["account_id"],
        "message": container["caption"],
        "photos": container["children"] or [container["id"]],
        "shortcode": f"C{number:010d}",
        "created": site.now(),
        "created_time": timestamp(site.now()),
        "figures": {},
        "removed_at": None,
        "removed_by": None,
    }
    site.store.put(MEDIA, str(media["id"]), media)
    for part in {*container["children"], container["id"]}:
        used = site.store.get(CONTAINER, part)
        if used is not None:
            site.store.put(CONTAINER, part, used | {"media_id": media["id"]})
    return media


def take_down(site: Site, media: Document, by: str) -> None:
    """Remove media with its photos; `by` is "api" or "hand"."""
    site.store.put(MEDIA, media["id"], media | {"removed_at": site.now(), "removed_by": by})
    for photo in media["photos"]:
        site.store.remove_file(f"{photo}.jpg")
