"""Consent to Meta: one app, one page of consent and one token for Pages and their Instagram accounts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from adapters.social.graph_api import GraphApi, Json
from adapters.social.meta_errors import GraphFault
from domain.errors import ActionRequired

_PAGES_OF_ACCOUNTS = 20
_BAD_CODE = frozenset({36_007, 36_009})  # subcodes: the code has expired, or is used or none


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person consented to.

    Attributes:
        login_id: of the person.
        pages: the Pages with the fields asked for, each with an `access_token` that has no date.
    """

    login_id: str
    missing_scopes: tuple[str, ...]
    pages: list[Json] = field(repr=False)


class MetaLogin:
    """Facebook Login for an app and some scopes.

    Without PKCE: Meta keeps a challenge only where the scope `openid` is asked for too, which is in testing
    (https://developers.facebook.com/documentation/facebook-login/guides/advanced/oidc-token); of any other
    consent it drops the challenge and then refuses the verifier
    (https://github.com/NangoHQ/nango/pull/7156, https://github.com/better-auth/better-auth/issues/186).
    The code is bound by the app's secret and the state.

    Args:
        dialog_url: where the page of consent is, without the version.
    """

    def __init__(
        self, graph: GraphApi, *, app_id: str, dialog_url: str, version: str, scopes: Sequence[str]
    ) -> None:
        self._graph = graph.urgently()  # a user waits, perhaps to mend a login that removals need
        self._app_id = app_id
        self._dialog = f"{dialog_url.rstrip('/')}/{version}/dialog/oauth"
        self._scopes = tuple(scopes)

    def authorization_url(self, state: str, redirect_uri: str) -> str:
        """Where the user's browser is sent to consent."""
        query = {
            "client_id": self._app_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "scope": ",".join(self._scopes),
            "response_type": "code",
            # Else a permission that was declined once is never asked for again:
            # https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow#reaskperms
            "auth_type": "rerequest",
        }
        return f"{self._dialog}?{urlencode(query)}"

    async def consented(self, code: str, redirect_uri: str, fields: str) -> Consent:
        """Exchange the code; raises `ActionRequired` for one that is no good, and `GraphFault`.

        Args:
            fields: of each Page, besides its token.
        """
        token = await self._user_token(code, redirect_uri)
        person = await self._graph.get("me", token, fields="id")
        missing = await self._missing_scopes(token)
        found = self._graph.pages(
            "me/accounts", token, most=_PAGES_OF_ACCOUNTS, fields=f"{fields},access_token"
        )
        # A Page comes without a token if the user has no role there that an app could act in.
        pages = [page async for page in found if "access_token" in page]
        return Consent(str(person["id"]), missing, pages)

    async def _user_token(self, code: str, redirect_uri: str) -> str:
        """A token of about 60 days, as only such a one gives tokens of Pages without a date."""
        try:
            short = await self._graph.new_token(code=code, redirect_uri=redirect_uri)
        except GraphFault as fault:
            if fault.subcode in _BAD_CODE:
                raise ActionRequired("This consent is used or too old: connect the account again.") from None
            raise
        return await self._graph.new_token(grant_type="fb_exchange_token", fb_exchange_token=short)

    async def _missing_scopes(self, token: str) -> tuple[str, ...]:
        granted = {
            scope["permission"]
            async for scope in self._graph.pages("me/permissions", token, most=1)
            if scope.get("status") == "granted"
        }
        return tuple(scope for scope in self._scopes if scope not in granted)
