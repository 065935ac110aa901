"""The cost of a page does not grow with its length: edges are read together."""

from collections import Counter

from domain.ports import Ports
from tests.graph import seeds
from tests.graph.client import Client

DOCUMENT = """query($first: Int) { listings(first: $first) { nodes {
  posts { nodes { id listing { id } account { id } } }
  metrics { totalViews } timeline { nodes { id run { id } } }
  connection { id lastRun { id } }
} } }"""


def calls(client: Client, first: int) -> Counter[str]:
    """How often each method, of the repositories and of the table, was called for a page."""
    client.server.calls.clear()
    nodes = client.ask(DOCUMENT, first=first)["listings"]["nodes"]
    assert len(nodes) == first
    assert all(len(node["posts"]["nodes"]) == 1 for node in nodes)
    assert all(len(node["timeline"]["nodes"]) == 1 for node in nodes)
    return Counter(client.server.calls)


def test_two_and_fifty_listings_cost_the_same_calls(alice: Client) -> None:
    async def seed(ports: Ports) -> None:
        connection, _, _ = await seeds.connection_with_run(ports, alice.user)
        page = await seeds.account(ports, alice.user)
        for number in range(50):
            home = await seeds.listing(ports, alice.user, number=f"N{number}", connection_id=connection.id)
            await seeds.post(ports, alice.user, home, page)

    alice.server.do(seed)
    few, many = calls(alice, 2), calls(alice, 50)
    assert few == many
    assert many["posts.of_listings"] == many["changes.of_listings"] == 1
    assert many["metrics.days_of_listings"] == many["listings.page"] == 1
    assert sum(number for name, number in many.items() if name.startswith("table.")) <= 12, many
