"""Makes the bucket for the photos and looks whether it is as it should be, for the operator's command line."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from adapters.files.s3_client import Client, Patience, open_client
from adapters.files.s3_errors import code
from domain.errors import ActionRequired, Rejected

_CLOSED = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
_ENCRYPTED = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
_OWNED = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


@dataclass(frozen=True, slots=True)
class _Setting:
    """One property of a bucket.

    Attributes:
        absent: the code with which S3 says that it was never set.
    """

    name: str
    absent: str
    read: Callable[[], Awaitable[Mapping[str, Any]]]
    is_right: Callable[[Mapping[str, Any]], bool]
    mend: Callable[[], Awaitable[object]]

    async def now(self) -> Mapping[str, Any]:
        """As it is; empty if it was never set."""
        try:
            return await self.read()
        except ClientError as error:
            if code(error) == self.absent:
                return {}
            raise


async def create_bucket(
    bucket: str,
    *,
    region: str | None = None,
    endpoint_url: str | None = None,
    patience: Patience | None = None,
) -> None:
    """Make the bucket: closed to the public, encrypted by default, without ACLs.

    A bucket of our own that is there already is brought into this state; encryption by a KMS key stays as it
    is. Raises `ActionRequired` (somebody else's bucket, missing permissions), `Rejected`, `Unavailable`.
    """
    patience = patience or Patience()
    async with open_client(bucket, region=region, endpoint_url=endpoint_url) as opened:
        wanted: dict[str, Any] = {"Bucket": bucket, "ObjectOwnership": "BucketOwnerEnforced"}
        if opened.region != "us-east-1":  # the one region that S3 does not let us name
            wanted["CreateBucketConfiguration"] = {"LocationConstraint": opened.region}
        await patience.call(lambda: _create(opened.client, wanted), bucket)
        for setting in _settings(opened.client, bucket):
            if not setting.is_right(await patience.call(setting.now, bucket)):
                await patience.call(setting.mend, bucket)


async def check_bucket(
    bucket: str,
    *,
    region: str | None = None,
    endpoint_url: str | None = None,
    patience: Patience | None = None,
) -> list[str]:
    """Sentences on what keeps the bucket from being used, or is not as `create_bucket` makes it; none if all
    is well. Raises `Unavailable`."""
    patience = patience or Patience()
    try:
        async with open_client(bucket, region=region, endpoint_url=endpoint_url) as opened:
            await patience.call(lambda: opened.client.head_bucket(Bucket=bucket), bucket)
            settings = _settings(opened.client, bucket)
            found = [await _difference(setting, bucket, patience) for setting in settings]
    except (ActionRequired, Rejected) as error:
        return [error.message]
    return [sentence for sentence in found if sentence]


async def _create(client: Client, wanted: Mapping[str, Any]) -> None:
    try:
        await client.create_bucket(**wanted)
    except ClientError as error:
        if code(error) != "BucketAlreadyOwnedByYou":
            raise


async def _difference(setting: _Setting, bucket: str, patience: Patience) -> str | None:
    try:
        found = await patience.call(setting.now, bucket)
    except (ActionRequired, Rejected):
        return f"The AWS credentials may not look at the {setting.name} of the bucket {bucket}."
    return None if setting.is_right(found) else f"The bucket {bucket} has no {setting.name}."


def _settings(client: Client, bucket: str) -> tuple[_Setting, ...]:
    return (
        _Setting(
            "full block of public access",
            "NoSuchPublicAccessBlockConfiguration",
            lambda: client.get_public_access_block(Bucket=bucket),
            lambda found: found.get("PublicAccessBlockConfiguration") == _CLOSED,
            lambda: client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=_CLOSED),
        ),
        _Setting(
            "default encryption",
            "ServerSideEncryptionConfigurationNotFoundError",
            lambda: client.get_bucket_encryption(Bucket=bucket),
            lambda found: bool(found.get("ServerSideEncryptionConfiguration", {}).get("Rules")),
            lambda: client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=_ENCRYPTED),
        ),
        _Setting(
            "ownership by the bucket's owner alone, without ACLs",
            "OwnershipControlsNotFoundError",
            lambda: client.get_bucket_ownership_controls(Bucket=bucket),
            lambda found: found.get("OwnershipControls") == _OWNED,
            lambda: client.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=_OWNED),
        ),
    )
