"""What becomes of requests that are lost, throttled, cut off or refused."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.files.s3 import S3Files, open_s3_files
from adapters.files.s3_client import Patience
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable
from domain.ports import StoredFile
from tests.contracts.files.s3_proxy import Altered, Answer, CutOff, Fault, Lost, Refused, S3Proxy
from tests.emulators.s3 import PAGE, s3_session

JPEG = "image/jpeg"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
SLOW_DOWN = Answer(503, "SlowDown")
EU_NORTH = {"x-amz-bucket-region": "eu-north-1"}


class Time:
    """Moves only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.then: Callable[[], None] = lambda: None

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.then()

    def patience(self, seconds: float = 20.0) -> Patience:
        return Patience(seconds, monotonic=lambda: self.seconds, sleep=self.sleep, random=lambda: 1.0)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def files(proxy: S3Proxy, s3_bucket: str, tmp_path: Path, time: Time) -> AsyncIterator[S3Files]:
    async with open_s3_files(
        s3_bucket,
        endpoint_url=proxy.url,
        prefix=tmp_path.name,
        now=lambda: NOW,
        patience=time.patience(),
        session=s3_session(),
    ) as opened:
        yield opened


async def listed(files: S3Files) -> list[str]:
    return [key async for key in files.list("")]


CALLS: dict[str, Callable[[S3Files], Awaitable[object]]] = {
    "put": lambda files: files.put("a", b"photo", content_type=JPEG),
    "put_all": lambda files: files.put_all([StoredFile("a", b"photo", JPEG, {})]),
    "get": lambda files: files.get("a"),
    "exists": lambda files: files.exists("a"),
    "delete": lambda files: files.delete("a"),
    "list": listed,
}


@pytest.fixture(params=CALLS)
def call(request: pytest.FixtureRequest) -> Callable[[S3Files], Awaitable[object]]:
    return CALLS[request.param]


PASSING = [Lost(), Refused(), SLOW_DOWN, Answer(500, "InternalError"), Answer(502)]
PASSING += [Answer(429, "TooManyRequestsException")]


@pytest.mark.parametrize("fault", PASSING, ids=str)
async def test_what_passes_is_tried_again(
    files: S3Files, proxy: S3Proxy, call: Callable[[S3Files], Awaitable[object]], fault: Fault
) -> None:
    await files.put("a", b"photo", content_type=JPEG)
    expected = await call(files)
    await files.put("a", b"photo", content_type=JPEG)
    proxy.requests.clear()
    proxy.faults.extend([fault, fault])
    assert await call(files) == expected
    assert len(proxy.requests) == 3


async def test_a_put_whose_answer_was_lost_took_effect_once(files: S3Files, proxy: S3Proxy) -> None:
    proxy.faults.append(Lost())
    await files.put("a", b"photo", content_type=JPEG, metadata={"photoIndex": "0"})
    stored = await files.get("a")
    assert (stored.data, dict(stored.metadata)) == (b"photo", {"photoIndex": "0"})
    assert await listed(files) == ["a"]
    assert proxy.methods()[:2] == ["PUT", "PUT"]


async def test_one_that_fails_takes_none_of_the_others_with_it(files: S3Files, proxy: S3Proxy) -> None:
    proxy.faults.append(Answer(403, "AccessDenied"))
    with pytest.raises(ActionRequired):
        await files.put_all([StoredFile(key, b"photo", JPEG, {}) for key in ("a", "b", "c")])
    assert len(proxy.requests) == 3
    assert len(await listed(files)) == 2


@pytest.mark.parametrize("code", ["RequestTimeout", "BadDigest", "OperationAborted"])
async def test_some_of_what_is_our_fault_by_its_status_passes(
    files: S3Files, proxy: S3Proxy, code: str
) -> None:
    proxy.faults.append(Answer(400, code))
    await files.put("a", b"photo", content_type=JPEG)
    assert proxy.methods() == ["PUT", "PUT"]


@pytest.mark.parametrize("fault", [CutOff(), Altered()], ids=str)
async def test_a_photo_that_comes_broken_is_fetched_again(
    files: S3Files, proxy: S3Proxy, fault: Fault
) -> None:
    photo = bytes(range(256)) * 1000
    await files.put("a", photo, content_type=JPEG)
    proxy.faults.extend([fault, fault])
    assert (await files.get("a")).data == photo
    proxy.always = fault
    with pytest.raises(Unavailable):
        await files.get("a")


async def test_a_fault_amid_a_list_loses_no_key(files: S3Files, proxy: S3Proxy) -> None:
    keys = [f"{number:03}" for number in range(2 * PAGE + 1)]
    for key in keys:
        await files.put(key, b"x", content_type=JPEG)
    proxy.faults.extend([None, SLOW_DOWN, CutOff(), None, Refused()])
    assert await listed(files) == keys


async def test_throttling_ends_with_the_patience(
    files: S3Files, proxy: S3Proxy, time: Time, call: Callable[[S3Files], Awaitable[object]]
) -> None:
    proxy.always = SLOW_DOWN
    with pytest.raises(Unavailable, match=r"SlowDown|503") as caught:
        await call(files)
    assert 15 <= time.seconds <= 20
    assert not caught.value.outcome_unknown
    assert 5 < len(proxy.requests) < 20


async def test_a_minute_of_throttling_is_sat_out(proxy: S3Proxy, s3_bucket: str, time: Time) -> None:
    proxy.always = SLOW_DOWN

    def recover() -> None:
        proxy.always = SLOW_DOWN if time.seconds < 60 else None

    time.then = recover
    async with open_s3_files(
        s3_bucket, endpoint_url=proxy.url, now=lambda: NOW, patience=time.patience(90), session=s3_session()
    ) as files:
        await files.put("throttled", b"photo", content_type=JPEG)
        assert (await files.get("throttled")).data == b"photo"
        await files.delete("throttled")
    assert 60 <= time.seconds <= 65


@pytest.mark.parametrize(("fault", "unknown"), [(Lost(), True), (Answer(500, "InternalError"), False)])
async def test_it_is_said_whether_a_put_may_have_taken_effect(
    files: S3Files, proxy: S3Proxy, fault: Fault, unknown: bool
) -> None:
    proxy.always = fault
    with pytest.raises(Unavailable) as caught:
        await files.put("a", b"photo", content_type=JPEG)
    assert caught.value.outcome_unknown is unknown


async def test_a_server_that_is_not_there(s3_bucket: str, time: Time) -> None:
    async with open_s3_files(
        s3_bucket,
        endpoint_url="http://127.0.0.1:1",
        now=lambda: NOW,
        patience=time.patience(1),
        session=s3_session(),
    ) as files:
        with pytest.raises(Unavailable) as caught:
            await files.put("a", b"x", content_type=JPEG)
    assert not caught.value.outcome_unknown


async def test_a_server_that_takes_everything_and_says_nothing(
    s3_bucket: str, call: Callable[[S3Files], Awaitable[object]]
) -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            pass
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with (
        server,
        open_s3_files(
            s3_bucket,
            endpoint_url=url,
            now=lambda: NOW,
            patience=Patience(0, seconds_a_try=0.2),
            session=s3_session(),
        ) as files,
    ):
        with pytest.raises(Unavailable) as caught:
            await call(files)
    assert caught.value.outcome_unknown


FOR_THE_OPERATOR = [
    (Answer(403, "AccessDenied"), "somebody else"),
    (Answer(403), "somebody else"),
    (Answer(403, "InvalidAccessKeyId"), "credentials"),
    (Answer(403, "SignatureDoesNotMatch"), "credentials"),
    (Answer(400, "ExpiredToken"), "credentials"),
    (Answer(403, "RequestTimeTooSkewed"), "clock"),
    (Answer(301, "PermanentRedirect", headers=EU_NORTH), "eu-north-1"),
    (Answer(301, "PermanentRedirect"), "region"),
    (Answer(400, headers=EU_NORTH), "eu-north-1"),
    (Answer(400, "AuthorizationHeaderMalformed", "<Region>eu-north-1</Region>"), "eu-north-1"),
]


@pytest.mark.parametrize(("answer", "words"), FOR_THE_OPERATOR, ids=str)
async def test_what_the_operator_must_mend_is_said_at_once(
    files: S3Files, proxy: S3Proxy, answer: Answer, words: str
) -> None:
    for name in ("put", "put_all", "get", "delete", "list"):
        proxy.requests.clear()
        proxy.always = answer
        with pytest.raises(ActionRequired, match=words):
            await CALLS[name](files)
        assert len(proxy.requests) == 1


@pytest.mark.parametrize(
    ("answer", "words"), [(Answer(403), "somebody else"), (Answer(400, headers=EU_NORTH), "eu-north-1")]
)
async def test_head_says_it_without_a_body(
    files: S3Files, proxy: S3Proxy, answer: Answer, words: str
) -> None:
    proxy.always = answer
    with pytest.raises(ActionRequired, match=words):
        await files.exists("a")
    assert proxy.methods() == ["HEAD"]


async def test_a_bucket_that_is_not_there(
    s3_bucket: str, time: Time, call: Callable[[S3Files], Awaitable[object]]
) -> None:
    async with open_s3_files(
        "no-such-bucket", now=lambda: NOW, patience=time.patience(), session=s3_session()
    ) as files:
        with pytest.raises(ActionRequired, match="no bucket no-such-bucket"):
            await call(files)
    assert time.seconds == 0


async def test_a_name_no_bucket_can_have(
    s3_bucket: str, call: Callable[[S3Files], Awaitable[object]]
) -> None:
    async with open_s3_files("not a name", now=lambda: NOW, session=s3_session()) as files:
        with pytest.raises(ActionRequired, match="not a name"):
            await call(files)


async def test_an_absent_object_is_told_from_an_absent_bucket_once(files: S3Files, proxy: S3Proxy) -> None:
    assert not await files.exists("a")
    assert not await files.exists("a")
    assert len(proxy.requests) == 3
    with pytest.raises(NotFound):
        await files.get("a")


async def test_what_s3_refuses_for_good_is_not_tried_again(files: S3Files, proxy: S3Proxy) -> None:
    proxy.always = Answer(400, "EntityTooLarge")
    with pytest.raises(Rejected, match="EntityTooLarge"):
        await files.put("a", b"x", content_type=JPEG)
    assert len(proxy.requests) == 1


async def test_an_answer_that_says_nothing_is_not_taken_for_absence(files: S3Files, proxy: S3Proxy) -> None:
    proxy.always = Answer(400)
    with pytest.raises(Rejected):
        await files.exists("a")
