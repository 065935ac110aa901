"""The bucket is made closed and encrypted, and what is not so is named."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.files.s3 import open_s3_files
from adapters.files.s3_bucket import check_bucket, create_bucket
from adapters.files.s3_client import Patience, open_client
from domain.errors import ActionRequired, Unavailable
from tests.contracts.files.s3_proxy import Answer, S3Proxy
from tests.emulators.s3 import s3_session

NO_PATIENCE = Patience(0)


@pytest.fixture
def name(s3_bucket: str, tmp_path: Path) -> str:
    """Of a bucket that is not there yet."""
    return f"bucket-{tmp_path.name.replace('_', '-').lower().strip('-')}"


async def settings(bucket: str) -> dict[str, Any]:
    async with open_client(bucket, session=s3_session()) as opened:
        client = opened.client
        access = await client.get_public_access_block(Bucket=bucket)
        encryption = await client.get_bucket_encryption(Bucket=bucket)
        ownership = await client.get_bucket_ownership_controls(Bucket=bucket)
        place = await client.get_bucket_location(Bucket=bucket)
    [rule] = encryption["ServerSideEncryptionConfiguration"]["Rules"]
    return {
        "closed": set(access["PublicAccessBlockConfiguration"].values()),
        "encrypted": rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
        "owned": ownership["OwnershipControls"]["Rules"],
        "region": place["LocationConstraint"],
    }


MADE = {"closed": {True}, "encrypted": "AES256", "owned": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


async def test_a_bucket_is_made_and_can_be_used(name: str) -> None:
    assert await check_bucket(name) == [f"There is no bucket {name}."]
    await create_bucket(name)
    assert await check_bucket(name) == []
    assert await settings(name) == {**MADE, "region": "eu-west-1"}
    async with open_s3_files(name, now=lambda: datetime.now(UTC)) as files:
        await files.put("a", b"x", content_type="image/jpeg")
        assert (await files.get("a")).data == b"x"


async def test_making_it_again_changes_nothing(name: str) -> None:
    await create_bucket(name)
    await create_bucket(name)
    assert await settings(name) == {**MADE, "region": "eu-west-1"}


async def test_the_first_region_is_not_named(name: str, proxy: S3Proxy) -> None:
    await create_bucket(name, region="us-east-1", endpoint_url=proxy.url)
    assert await check_bucket(name, region="us-east-1") == []
    assert not int(proxy.requests[0].headers.get("Content-Length", "0"))


async def test_what_differs_is_named_and_mended(name: str) -> None:
    async with open_client(name, session=s3_session()) as opened:
        place = {"LocationConstraint": "eu-west-1"}
        await opened.client.create_bucket(Bucket=name, CreateBucketConfiguration=place)
        await opened.client.delete_bucket_encryption(Bucket=name)
    assert await check_bucket(name) == [
        f"The bucket {name} has no full block of public access.",
        f"The bucket {name} has no default encryption.",
        f"The bucket {name} has no ownership by the bucket's owner alone, without ACLs.",
    ]
    await create_bucket(name)
    assert await check_bucket(name) == []


async def test_a_block_with_a_gap_is_none(name: str) -> None:
    await create_bucket(name)
    gap = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True}
    async with open_client(name, session=s3_session()) as opened:
        await opened.client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=gap)
    assert await check_bucket(name) == [f"The bucket {name} has no full block of public access."]


async def test_encryption_by_a_key_stays(name: str) -> None:
    await create_bucket(name)
    rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
    async with open_client(name, session=s3_session()) as opened:
        await opened.client.put_bucket_encryption(
            Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules}
        )
    assert await check_bucket(name) == []
    await create_bucket(name)
    assert (await settings(name))["encrypted"] == "aws:kms"


async def test_a_bucket_of_somebody_else(name: str, proxy: S3Proxy) -> None:
    proxy.always = Answer(409, "BucketAlreadyExists")
    with pytest.raises(ActionRequired, match="somebody else"):
        await create_bucket(name, endpoint_url=proxy.url)
    proxy.always = Answer(403)
    [sentence] = await check_bucket(name, endpoint_url=proxy.url)
    assert "somebody else" in sentence


async def test_a_bucket_in_another_region(name: str, proxy: S3Proxy) -> None:
    proxy.always = Answer(301, headers={"x-amz-bucket-region": "eu-north-1"})
    assert await check_bucket(name, endpoint_url=proxy.url) == [
        f"The bucket {name} is in eu-north-1, and eu-west-1 is set."
    ]


async def test_settings_that_may_not_be_seen(s3_bucket: str, proxy: S3Proxy) -> None:
    proxy.faults.extend([None, Answer(403, "AccessDenied"), None, None])
    assert await check_bucket(s3_bucket, endpoint_url=proxy.url) == [
        f"The AWS credentials may not look at the full block of public access of the bucket {s3_bucket}."
    ]


async def test_no_credentials(aws_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert await check_bucket("homes") == ["There are no AWS credentials, or only a part of them."]
    with pytest.raises(ActionRequired):
        await create_bucket("homes")


async def test_an_s3_that_does_not_answer(name: str, proxy: S3Proxy) -> None:
    proxy.always = Answer(503, "SlowDown")
    for work in (check_bucket, create_bucket):
        with pytest.raises(Unavailable):
            await work(name, endpoint_url=proxy.url, patience=NO_PATIENCE)
