"""One trace from the mutation through all the work that follows from it to the outside."""

from datetime import UTC, datetime

from structlog.contextvars import get_contextvars

from adapters.marks import LoggedMarks
from app.graphql_app import build_schema
from domain.entities.intent import Intent, IntentKind
from domain.entities.viewer import Viewer
from schema.context import Context
from schema.ids import to_id
from tests.scenarios.hand_mls import a_row, connect_by_hand
from tests.spans import Spans
from tests.world import World
from tests.world.steps import connect, import_all
from tests.world.world import USER

IMPORT = "mutation Private($id: ID!) { importMlsListings(input: {connectionId: $id}) { syncRun { id } } }"
CLIENTS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NAMED_BY_US = {
    IntentKind(name)
    for name in ("SYNC", "RESTORE", "PHOTOS", "ERASE", "PUBLISH", "TAKEDOWN", "UNPUBLISH", "ENGAGEMENT")
}
SECRETS = ("sandbox-token", USER, "Private", "?", "127.0.0.1", "Bearer")


async def test_a_mutation_and_all_that_follows_are_one_trace_that_tells_no_secret(world: World) -> None:
    spans = Spans()
    world.marks.traces = spans.traces
    connection = await connect(world)
    schema = build_schema(traces=spans.traces)
    answer = await schema.execute(
        IMPORT,
        variable_values={"id": to_id("MlsConnection", USER, connection.id)},
        context_value=Context(world.ports, Viewer(user_id=USER), CLIENTS),
    )
    assert answer.errors is None
    await world.work()

    found = {one.context.span_id: one for one in spans.found() if one.context}
    names = {one.name for one in found.values()}
    assert names >= {"graphql importMlsListings", "work SYNC", "work PHOTOS", "HTTP GET"}
    assert {f"{one.context.trace_id:032x}" for one in found.values() if one.context} == {CLIENTS[3:35]}
    for one in found.values():
        if one.name == "HTTP GET":
            assert one.parent is not None
            assert found[one.parent.span_id].name in ("work SYNC", "work PHOTOS")
    classes = {(one.attributes or {}).get("host_class") for one in found.values()}
    assert classes == {None, "mls", "photos"}
    assert not [secret for secret in SECRETS if secret in spans.text()]

    resting = await world.eyes.intents.get(IntentKind.SYNC, connection.id)
    assert resting is not None
    assert resting.trace == ""


async def test_what_is_logged_meanwhile_says_what_it_belongs_to_and_names_nobody(world: World) -> None:
    hand, connection = await connect_by_hand(world, a_row("1"))
    seen: list[dict[str, object]] = []

    async def look() -> None:
        seen.append(get_contextvars())

    hand.before = look
    run = await import_all(world, connection)
    assert seen[0] == {
        "kind": "SYNC",
        "target": connection.id,
        "connection": connection.id,
        "run": run.id,
        "user": world.marks.pseudonym(USER),
    }
    assert get_contextvars() == {}
    assert USER not in str(seen)


def test_targets_that_may_hold_a_users_id_are_hashed() -> None:
    marks = LoggedMarks(b"k" * 32)
    now = datetime(2026, 11, 21, tzinfo=UTC)
    for kind in IntentKind:
        intent = Intent(kind=kind, user_id=USER, target=f"{USER}/x", due=now, created_at=now)
        with marks.work(intent):
            target = get_contextvars()["target"]
        assert target == (f"{USER}/x" if kind in NAMED_BY_US else marks.pseudonym(f"{USER}/x"))
    assert marks.pseudonym(USER) != LoggedMarks(b"l" * 32).pseudonym(USER)
