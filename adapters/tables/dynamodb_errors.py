"""What DynamoDB's errors and botocore's mean: try again, a refused condition, or a sentence for the user.

Source: "Error handling with DynamoDB" and the errors of each operation in DynamoDB's API reference.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from botocore import exceptions as boto

from adapters.tables.table import Unfit
from domain.errors import Rejected, Unavailable, YardsignError

CONFLICTS = frozenset(
    {
        "TransactionConflictException",
        "TransactionInProgressException",
        "ReplicatedWriteConflictException",
        "TransactionConflict",
    }
)
THROTTLES = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ProvisionedThroughputExceeded",
        "ThrottlingException",
        "ThrottlingError",
        "Throttling",
        "RequestLimitExceeded",
        "TooManyRequestsException",
    }
)
CONDITION_FAILED = frozenset({"ConditionalCheckFailedException", "ConditionalCheckFailed"})

_NETWORK = (boto.HTTPClientError, boto.ConnectionError)
_UNKNOWN_CALLER = frozenset(
    {
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "InvalidClientTokenId",
        "IncompleteSignatureException",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
    }
)
_ACCESS_DENIED = frozenset({"AccessDeniedException", "AccessDenied", "NotAuthorized"})
_EXPIRED = frozenset({"ExpiredTokenException", "ExpiredToken", "RequestExpired"})


def code_of(error: boto.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def message_of(error: boto.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))


def status_of(error: boto.ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def passing(error: boto.ClientError | boto.BotoCoreError) -> bool:
    """Whether the same request may succeed a moment later."""
    if isinstance(error, boto.ClientError):
        return code_of(error) in CONFLICTS | THROTTLES or status_of(error) >= 500
    return isinstance(error, _NETWORK) and not isinstance(error, boto.SSLError)


def may_have_happened(error: boto.ClientError | boto.BotoCoreError) -> bool:
    """Whether the request may have taken effect in spite of this (passing) error."""
    if isinstance(error, boto.ClientError):
        return code_of(error) not in CONFLICTS | THROTTLES | {"TransactionCanceledException"}
    never_sent = isinstance(error.kwargs.get("error"), aiohttp.ClientConnectorError)
    return not (never_sent or isinstance(error, boto.ConnectTimeoutError))


def explain(error: Exception, table: str, region: str) -> YardsignError | Unfit:
    """Say in a sentence what is wrong, and by its class whether it is worth another try."""
    if isinstance(error, boto.ClientError):
        return _explained(code_of(error), message_of(error), f"the table {table} in {region}")
    if isinstance(error, boto.NoCredentialsError | boto.PartialCredentialsError):
        return Rejected("There are no AWS credentials for DynamoDB.")
    if isinstance(error, boto.CredentialRetrievalError):
        return Unavailable("The AWS credentials cannot be fetched.")
    if isinstance(error, boto.NoRegionError):
        return Rejected("There is no AWS region for DynamoDB: set AWS_REGION.")
    if isinstance(error, boto.SSLError):
        return Rejected("DynamoDB's certificate is not trusted.")
    if isinstance(error, _NETWORK):
        return Unavailable("DynamoDB does not answer.")
    return Rejected(f"DynamoDB cannot be used: {error}")


def _explained(code: str, message: str, where: str) -> YardsignError | Unfit:
    if code == "ResourceNotFoundException" or "specified index" in message:
        if "index" in message.lower():
            return Rejected(f"An index is missing: {where} differs from what this program needs.")
        return Rejected(f"There is no such table for these AWS credentials: {where}.")
    if code in _ACCESS_DENIED:
        return Rejected(f"The AWS credentials do not allow the use of {where}.")
    if code in _UNKNOWN_CALLER:
        return Rejected("AWS does not accept the credentials for DynamoDB.")
    if code in _EXPIRED:
        return Unavailable("The AWS credentials have expired, or this machine's clock is wrong.")
    if code in ("ValidationException", "ValidationError"):
        return Unfit(message or "DynamoDB finds the request invalid")
    return Rejected(f"DynamoDB refuses to use {where}: {code}.")


def reasons_of(error: boto.ClientError) -> list[Mapping[str, Any]]:
    """Why a transaction was cancelled: an entry per write, with `Code`, `Message` and, refused, `Item`."""
    reasons: Sequence[Any] = error.response.get("CancellationReasons", [])
    return list(reasons)
