"""LinkedIn's consent: where it is given, whose accounts it opens, and how it is renewed."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from adapters.social.linkedin_api import Json, LinkedInApi, certain, urn_path
from adapters.social.tools import Tools
from domain.entities.social_account import FoundAccount, Renewed, SocialTokens
from domain.errors import ActionRequired

MEMBER_SCOPES = ("openid", "profile", "w_member_social")
ORGANIZATION_SCOPES = ("w_organization_social", "r_organization_social", "rw_organization_admin")
"""Given only to apps that LinkedIn has reviewed."""
ORGANIZATION = "urn:li:organization:"
"""How the ids of organizations begin; all other accounts are members."""
_MAY_POST = frozenset({"ADMINISTRATOR", "CONTENT_ADMINISTRATOR"})
_PAGES_OF_ROLES = 5


class Login:
    """The logins of one app.

    Args:
        organizations: whether to ask for the scopes of organizations too.
    """

    def __init__(self, tools: Tools, api: LinkedInApi, *, organizations: bool) -> None:
        self._api = api
        self._now = tools.now
        self._organizations = organizations

    def authorization_url(self, state: str, redirect_uri: str) -> str:
        """Where the user's browser is sent to consent.

        There is no challenge of RFC 7636: LinkedIn has PKCE for native apps only, which it enables one by one and sends
        back to loopback addresses only. An app with a secret proves itself by that.
        https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow-native
        """
        scopes = MEMBER_SCOPES + (ORGANIZATION_SCOPES if self._organizations else ())
        query = {
            "response_type": "code",
            "client_id": self._api.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "scope": " ".join(scopes),
        }
        return f"{self._api.site}/oauth/v2/authorization?{urlencode(query)}"

    async def accounts(self, code: str, redirect_uri: str) -> list[FoundAccount]:
        """The member and the organizations for which they may post; all have the same login.

        Raises `ActionRequired` for a code that is no good.
        """
        with certain():
            answer = await self._api.tokens(
                grant_type="authorization_code", code=code, redirect_uri=redirect_uri
            )
            login = self._login(answer)
            granted = str(answer.get("scope", "")).replace(",", " ").split()
            if "openid" not in granted:
                raise ActionRequired(
                    "Without “openid” LinkedIn does not say who you are: grant all permissions."
                )
            token = login.tokens.access_token
            person = await self._api.userinfo(token)
            accounts = {f"urn:li:person:{person['sub']}": (person.get("name"), MEMBER_SCOPES)}
            if self._organizations and "rw_organization_admin" in granted:
                for urn, name in (await self._organizations_of(token)).items():
                    accounts[urn] = (name, ORGANIZATION_SCOPES)
        return [
            FoundAccount(
                remote_id=urn,
                name=str(name or urn),
                tokens=login.tokens,
                login_id=str(person["sub"]),
                expires_at=login.expires_at,
                renewable_until=login.renewable_until,
                missing_scopes=tuple(scope for scope in needed if scope not in granted),
            )
            for urn, (name, needed) in accounts.items()
        ]

    async def renew(self, tokens: SocialTokens) -> Renewed:
        """A new access token for the refresh token, which ends a year after the consent whatever is done.

        Raises `ActionRequired` if there is none, as with all apps that are no approved partner, or it is refused.
        """
        if tokens.refresh_token is None:
            raise ActionRequired("LinkedIn renews no login of this app: connect the account again.")
        with certain():
            answer = await self._api.tokens(grant_type="refresh_token", refresh_token=tokens.refresh_token)
            return self._login(answer, tokens.refresh_token)

    def _login(self, answer: Json, refresh_token: str | None = None) -> Renewed:
        given = answer.get("refresh_token")
        tokens = SocialTokens(
            access_token=answer["access_token"],
            refresh_token=given if isinstance(given, str) and given else refresh_token,
        )
        return Renewed(
            tokens=tokens,
            expires_at=self._after(answer.get("expires_in")),
            renewable_until=self._after(answer.get("refresh_token_expires_in")),
        )

    def _after(self, seconds: object) -> datetime | None:
        return self._now() + timedelta(seconds=seconds) if isinstance(seconds, int) else None

    async def _organizations_of(self, token: str) -> dict[str, str]:
        """The names of the organizations for which the member may post, by URN."""
        found = self._api.elements("organizationAcls", token, most=_PAGES_OF_ROLES, q="roleAssignee")
        urns = [
            str(acl["organization"])
            async for acl in found
            if acl.get("role") in _MAY_POST and acl.get("state") == "APPROVED"
        ]
        names = {}
        for urn in dict.fromkeys(urns):
            number = urn.removeprefix(ORGANIZATION)
            organization = await self._api.get(f"organizations/{urn_path(number)}", token)
            names[urn] = str(organization.get("localizedName") or urn)
        return names
