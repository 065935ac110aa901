"""Where everything of an embedded system listens; all ports follow from the one of the graph."""

from typing import Any

from app.settings import Settings

MLS, FACEBOOK, REDIS, RETS, SIMPLYRETS, CSV, LINKEDIN, WORKER, UNPUBLISHER, CLOCK = range(1, 11)
"""Distances from the graph's port."""


def ports(settings: Settings) -> dict[str, int]:
    """Every port that this system takes, by who listens there."""
    distances = {
        "graph": 0,
        "sandbox MLS": MLS,
        "sandbox Facebook": FACEBOOK,
        "Redis": REDIS,
        "sandbox RETS": RETS,
        "sandbox SimplyRETS": SIMPLYRETS,
        "sandbox CSV": CSV,
        "sandbox LinkedIn": LINKEDIN,
        "metrics of the worker": WORKER,
        "metrics of the unpublisher": UNPUBLISHER,
        "metrics of the clock": CLOCK,
    }
    if settings.redis_url:
        del distances["Redis"]
    return {name: settings.port + distance for name, distance in distances.items()}


def endpoints(settings: Settings) -> dict[str, Any]:
    """What `endpoints.json` holds: URLs, the sandbox's credentials, and its control calls."""
    mls, facebook = _at(settings, MLS), _at(settings, FACEBOOK)
    return {
        "graph": {
            "url": f"{settings.own_url}/graphql",
            "websocket": f"{settings.own_url}/graphql".replace("http", "ws", 1),
            "health": f"{settings.own_url}/healthz",
            "ready": f"{settings.own_url}/readyz",
            **({"cron": f"{settings.own_url}/cron/sync-mls-status"} if settings.cron_secrets else {}),
            "token": "make token USER=demo",
        },
        "metrics": {
            "web": f"{settings.own_url}/metrics",
            "worker": f"{_at(settings, WORKER)}/metrics",
            "unpublisher": f"{_at(settings, UNPUBLISHER)}/metrics",
            "clock": f"{_at(settings, CLOCK)}/metrics",
        },
        "sandboxMls": {
            "protocol": "reso-web-api",
            "url": f"{mls}/odata",
            "credentials": {"token": "sandbox-token"},
            "clientCredentials": {
                "clientId": "sandbox-client",
                "clientSecret": "sandbox-secret",
                "tokenUrl": f"{mls}/oauth/token",
            },
            "control": _control(mls),
        },
        "sandboxRets": _rets(_at(settings, RETS)),
        "sandboxSimplyRets": _simplyrets(_at(settings, SIMPLYRETS)),
        "sandboxCsv": _csv(_at(settings, CSV)),
        "sandboxFacebook": {
            "graphUrl": facebook,
            "dialogUrl": facebook,
            "appId": "sandbox-app",
            "appSecret": "sandbox-app-secret",
            "webhookToken": "sandbox-webhook-token",
            "control": _platform_control(facebook)
            | {
                name.partition("/")[2] or name: f"{facebook}/_control/{name}"
                for name in ("limits", "deauthorize", "webhook", "webhook/redeliver")
            },
        },
        "sandboxInstagram": {"control": _instagram_control(facebook)},
        "sandboxLinkedIn": _linkedin(_at(settings, LINKEDIN)),
        **({} if settings.redis_url else {"redis": {"url": settings.broker_url}}),
    }


def _at(settings: Settings, distance: int) -> str:
    return f"http://127.0.0.1:{settings.port + distance}"


def _control(base: str) -> dict[str, str]:
    return {
        "homes": f"{base}/_control/homes",
        "home": f"POST {base}/_control/homes/{{ListingKey}}",
        "faults": f"{base}/_control/faults",
        "log": f"{base}/_control/log",
        "reset": f"{base}/_control/reset",
    }


def _platform_control(base: str) -> dict[str, str]:
    names = ("posts", "staged", "faults", "log", "reset", "scopes", "tokens/revoke", "tokens/expire")
    return {name.partition("/")[2] or name: f"{base}/_control/{name}" for name in names}


def _instagram_control(base: str) -> dict[str, str]:
    """It is one server with Facebook, by whose settings it is reached and whose other calls concern both."""
    names = ("posts", "staged", "containers", "settings")
    return {name: f"{base}/_control/instagram/{name}" for name in names}


def _linkedin(base: str) -> dict[str, Any]:
    return {
        "apiUrl": base,
        "oauthUrl": base,
        "clientId": "sandbox-linkedin-app",
        "clientSecret": "sandbox-linkedin-secret",
        "control": {**_platform_control(base), "app": f"{base}/_control/app"},
    }


def _rets(base: str) -> dict[str, Any]:
    """Its fields and statuses have names of their own: `testMlsConnection` proposes the two maps."""
    return {
        "protocol": "rets",
        "url": f"{base}/rets/login",
        "credentials": {"username": "agent", "password": "secret"},
        "settings": {"classes": ["RES", "CND"], "timeZone": "America/Chicago"},
        "control": _control(base),
    }


def _simplyrets(base: str) -> dict[str, Any]:
    return {
        "protocol": "simplyrets",
        "vendor": "simplyrets",
        "url": f"{base}/properties",
        "credentials": {"username": "simplyrets", "password": "simplyrets"},
        "control": _control(base),
    }


def _csv(base: str) -> dict[str, Any]:
    return {
        "protocol": "csv",
        "url": f"{base}/files/homes.csv",
        "credentials": {"username": "office", "password": "csv-secret"},
        "control": _control(base),
    }
