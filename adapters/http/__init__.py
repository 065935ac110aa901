"""The one HTTP client for addresses that others chose: photos, MLS servers, token endpoints, platforms."""

from adapters.http.addresses import Resolve
from adapters.http.client import Reply, WebClient
from adapters.http.waits import retry_after

__all__ = ["Reply", "Resolve", "WebClient", "retry_after"]
