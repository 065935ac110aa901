"""What S3 refuses and what befalls a request, in the domain's words."""

from aiohttp import ClientError as BrokenConnection
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    MetadataRetrievalError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.exceptions import (
    ConnectionError as NotConnected,
)

from domain.errors import ActionRequired, NotFound, Rejected, Unavailable, YardsignError

S3_ERRORS = (ClientError, BotoCoreError, BrokenConnection, TimeoutError)
"""Everything that a call of the client and the reading of its answer can raise."""

# A body can break off in aiohttp's own words; aiobotocore translates only some of them.
_TRANSPORT = (
    HTTPClientError,
    NotConnected,
    IncompleteReadError,
    FlexibleChecksumError,
    BrokenConnection,
    TimeoutError,
)
_NEVER_SENT = (EndpointConnectionError, ConnectTimeoutError)
_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, ProfileNotFound)
_CREDENTIALS_LATE = (CredentialRetrievalError, MetadataRetrievalError)

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html: those below 500 that pass.
_PASSING = {
    *("SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"),
    *("RequestTimeout", "OperationAborted", "TemporaryRedirect"),
    *("BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"),
}
_BAD_CREDENTIALS = {
    *("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSecurity", "NotSignedUp"),
    *("ExpiredToken", "InvalidToken", "TokenRefreshRequired"),
}
_FORBIDDEN = {"AccessDenied", "AllAccessDisabled", "AccountProblem", "403"}
_ELSEWHERE = {
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "301",
}


def code(error: Exception) -> str:
    """The code that S3 gave; the status as text for an answer without a body; empty if S3 said nothing."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def is_passing(error: Exception) -> bool:
    """Whether the same request may well succeed in a moment."""
    if not isinstance(error, ClientError):
        return isinstance(error, _TRANSPORT + _CREDENTIALS_LATE)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or status == 429 or code(error) in _PASSING


def in_domain_words(error: Exception, bucket: str) -> YardsignError:
    """The error for the caller. What only the operator can mend is `ActionRequired`, so that no photo is
    given up because of it."""
    if is_passing(error):
        sent = not isinstance(error, (ClientError, *_NEVER_SENT, *_CREDENTIALS_LATE))
        why = code(error) or type(error).__name__
        return Unavailable(f"The store of photos does not answer as it should ({why}).", outcome_unknown=sent)
    if isinstance(error, ClientError):
        return _refusal(error, bucket)
    if isinstance(error, _NO_CREDENTIALS):
        return ActionRequired("There are no AWS credentials, or only a part of them.")
    if isinstance(error, NoRegionError):
        return no_region()
    if isinstance(error, ParamValidationError):
        return ActionRequired(f"S3 cannot have a bucket named {bucket!r}.")
    return ActionRequired(f"The settings for S3 are not usable ({type(error).__name__}).")


def no_region() -> ActionRequired:
    """No region is set, neither by us nor by AWS's own configuration."""
    return ActionRequired("No AWS region is set.")


def other_region(bucket: str, ours: str, theirs: str | None) -> ActionRequired:
    """The bucket is not where we look for it."""
    there = f"in {theirs}" if theirs else "in another region"
    return ActionRequired(f"The bucket {bucket} is {there}, and {ours} is set.")


def _refusal(error: ClientError, bucket: str) -> YardsignError:
    given = code(error)
    # The answer to HEAD has no body that could tell a missing object from a missing bucket.
    if given == "NoSuchKey" or (given == "404" and error.operation_name == "HeadObject"):
        return NotFound("There is no such file.")
    if given in ("NoSuchBucket", "404"):
        return ActionRequired(f"There is no bucket {bucket}.")
    if given in _FORBIDDEN:
        return ActionRequired(
            f"The AWS credentials may not use the bucket {bucket}, or it belongs to somebody else; needed are "
            "s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket."
        )
    if given in _BAD_CREDENTIALS:
        return ActionRequired(f"AWS does not accept the credentials ({given}).")
    if given == "BucketAlreadyExists":
        return ActionRequired(f"The bucket {bucket} belongs to somebody else.")
    if given in _ELSEWHERE:
        return ActionRequired(f"The bucket {bucket} is in another region than the one that is set.")
    if given == "RequestTimeTooSkewed":
        return ActionRequired("This machine's clock and S3's are more than 15 minutes apart.")
    return Rejected(f"The store of photos refused ({given}).")
