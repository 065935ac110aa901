"""One trace from the mutation through all the work that follows from it to the outside."""

from app.graphql_app import build_schema
from domain.entities.intent import IntentKind
from domain.entities.viewer import Viewer
from schema.context import Context
from schema.ids import to_id
from tests.spans import Spans
from tests.world import World
from tests.world.steps import connect
from tests.world.world import USER

IMPORT = "mutation Private($id: ID!) { importMlsListings(input: {connectionId: $id}) { syncRun { id } } }"
CLIENTS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
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
