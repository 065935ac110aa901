"""The platforms that a run of everything serves by its own sandbox: those of which no app is configured."""

import httpx

from app.endpoints import endpoints
from app.settings import Settings


def sandboxed(settings: Settings) -> frozenset[str]:
    """The slugs of these platforms; nobody else sees what is posted there."""
    meta = () if settings.facebook_app_id else ("facebook", "instagram")
    linkedin = () if settings.linkedin_client_id else ("linkedin",)
    return frozenset((*meta, *linkedin))


def environment(settings: Settings) -> dict[str, str]:
    """The settings under which processes reach them."""
    platforms, served = sandboxed(settings), endpoints(settings)
    env: dict[str, str] = {}
    if "facebook" in platforms:
        facebook = served["sandboxFacebook"]
        env |= {
            "FACEBOOK_APP_ID": facebook["appId"],
            "FACEBOOK_APP_SECRET": facebook["appSecret"],
            "FACEBOOK_GRAPH_URL": facebook["graphUrl"],
            "FACEBOOK_DIALOG_URL": facebook["dialogUrl"],
            "FACEBOOK_WEBHOOK_TOKEN": facebook["webhookToken"],
        }
    if "linkedin" in platforms:
        linkedin = served["sandboxLinkedIn"]
        env |= {
            "LINKEDIN_CLIENT_ID": linkedin["clientId"],
            "LINKEDIN_CLIENT_SECRET": linkedin["clientSecret"],
            "LINKEDIN_API_URL": linkedin["apiUrl"],
            "LINKEDIN_OAUTH_URL": linkedin["oauthUrl"],
            "LINKEDIN_ORGANIZATIONS": "true",
        }
    return env


def register_webhook(settings: Settings) -> None:
    """Have the sandbox Facebook tell what happens there, as a keeper does once in Meta's App Dashboard."""
    if "facebook" not in sandboxed(settings):
        return
    sandbox = endpoints(settings)["sandboxFacebook"]
    address = f"http://127.0.0.1:{settings.port}/webhooks/social/facebook"
    known = {"url": address, "verify_token": sandbox["webhookToken"]}
    httpx.post(sandbox["control"]["webhook"], json=known, timeout=30, trust_env=False).raise_for_status()
