"""A look at an MLS account that stores nothing: does the login work, and what would be read from what."""

from dataclasses import fields
from typing import Any

from domain.entities.mls_connection import MlsConnection, MlsCredentials, MlsSource
from domain.errors import ActionRequired, Invalid
from domain.ports import Mls, Ports
from domain.rules.sample_reports import report_of, without
from domain.use_cases.connections import check_provider, check_root, check_vendor
from domain.use_cases.lookup import connection_of, protocol_of

_NO_SECRETS = frozenset({"client_id", "token_url", "scope", "username", "user_agent"})


async def try_mls_connection(
    ports: Ports,
    *,
    user_id: str,
    connection_id: str | None = None,
    provider: str | None = None,
    protocol: str | None = None,
    vendor: str | None = None,
    url: str | None = None,
    credentials: MlsCredentials | None = None,
    settings: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Log in, read the metadata and one row, and report what maps to what; see `report_of`.

    Args:
        connection_id: a stored connection, tried with whatever else is given in place of what it has;
            without it, what `connect_mls` wants. Its provider, protocol and vendor never change.

    Raises:
        Invalid: something that is needed is missing, or cannot be.
        ActionRequired, Rejected, Unavailable: what the MLS answered.
    """
    given = {"provider": provider, "protocol": protocol, "vendor": vendor, "url": url}
    if connection_id is None:
        adapter, source = _of_fields(ports, given, credentials, settings)
    else:
        connection = await connection_of(ports, user_id, connection_id)
        _check_unchanged(connection, given)
        adapter = protocol_of(ports, connection.protocol)
        stored = await ports.mls_connections.credentials(user_id, connection_id)
        source = MlsSource(
            connection_id=connection.id,
            url=connection.url if url is None else url,
            vendor=connection.vendor,
            settings=connection.settings if settings is None else settings,
            credentials=credentials.over(stored) if credentials else stored,
        )
    check_root(source.url, adapter)
    try:
        sample = await adapter.sample(source)
    except ActionRequired as error:
        raise ActionRequired(error.message, field=error.field or ("credentials",)) from error
    return _clean(report_of(sample, source.settings), adapter, source)


def _of_fields(
    ports: Ports,
    given: dict[str, str | None],
    credentials: MlsCredentials | None,
    settings: dict[str, Any] | None,
) -> tuple[Mls, MlsSource]:
    protocol, url = given["protocol"], given["url"]
    if protocol is None or url is None or credentials is None:
        missing = "protocol" if protocol is None else "url" if url is None else "credentials"
        raise Invalid(f"Without a connection, {missing} must be given.", field=(missing,))
    adapter = protocol_of(ports, protocol)
    if given["provider"] is not None:
        check_provider(given["provider"])
    vendor = given["vendor"] or "generic"
    check_vendor(adapter, vendor)
    # No connection has this id: whatever is kept by it, a file or a session, is nobody else's.
    source = MlsSource(
        connection_id=ports.new_id(),
        url=url,
        vendor=vendor,
        settings=settings or {},
        credentials=credentials,
    )
    return adapter, source


def _check_unchanged(connection: MlsConnection, given: dict[str, str | None]) -> None:
    for name in ("provider", "protocol", "vendor"):
        if given[name] not in (None, getattr(connection, name)):
            raise Invalid(f"The {name} of a connection never changes.", field=(name,))


def _clean(report: dict[str, Any], adapter: Mls, source: MlsSource) -> dict[str, Any]:
    """The report without the secrets that were used."""
    secret = {field.name for vendor in adapter.vendors for field in vendor.settings if field.secret}
    named = [field.name for field in fields(MlsCredentials) if field.name not in _NO_SECRETS]
    used = [getattr(source.credentials, name) for name in named]
    used += [source.settings.get(name) for name in secret]
    cleaned: dict[str, Any] = without(report, [text for text in used if isinstance(text, str)])
    return cleaned
