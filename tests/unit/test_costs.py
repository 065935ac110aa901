"""What operations cost: pages, lists within lists, variables, fragments and what weighs more."""

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    parse,
    specified_rules,
    validate,
)

from app.graphql_app import build_schema
from app.settings import COST_LIMIT
from schema.cost_table import LISTS, LISTS_BY_IDS, WEIGHTS
from schema.costs import BOUNDLESS, Costs
from schema.limits import RULES

SCHEMA = build_schema()._schema
COSTS = Costs(SCHEMA)


def cost(document: str, **variables: Any) -> int:
    parsed = parse(document)
    assert validate(SCHEMA, parsed) == []
    return COSTS.of(parsed, None, variables)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{ __typename }", 1),
        ("{ viewer { userId roles } }", 1),
        ("{ listings { nodes { id } } }", 1 + 20),
        ("{ listings(first: 50) { nodes { id } } }", 1 + 50),
        ("{ listings(first: 50) { edges { cursor node { id } } pageInfo { hasNextPage } } }", 1 + 50 + 1),
        ("{ listings(first: 5) { nodes { price { amount } photos { id } } } }", 1 + 5 * (1 + 1 + 25)),
        (
            "{ listings(first: 5) { nodes { posts(first: 3) { nodes { id } } } } }",
            1 + 5 * (1 + 1 + 3),
        ),
        ("{ listings(first: 5) { nodes { metrics { totalViews } } } }", 1 + 5 * (1 + 1)),
        (
            "{ listings(first: 5) { nodes { metrics(period: WEEKLY) { days { views } } } } }",
            1 + 5 * (1 + 1 + 7),
        ),
        (
            '{ aggregatedMetrics(listingId: "x", range: {from: "2026-01-01", to: "2026-12-31"})'
            " { days { views } previous { totalViews } } }",
            (1 + 365 // 30) + 365 + (1 + 365 // 30),
        ),
        ('{ nodes(ids: ["a", "b", "c"]) { id ... on Listing { price { amount } } } }', 3 * 2),
        ('{ node(id: "a") { ... on Listing { photos { id } } ... on Post { photos { id } } } }', 1 + 25),
        ("{ __schema { types { name fields { name } } } }", WEIGHTS["Query.__schema"]),
        ('mutation { deleteListing(input: {listingId: "a"}) { deletedId userErrors { message } } }', 11),
        ("subscription { notificationAdded { id subject { id } } }", 2),
    ],
)
def test_objects_count_one_and_lists_multiply(document: str, expected: int) -> None:
    assert cost(document) == expected


def test_the_largest_page_with_photos_and_posts_can_be_asked_for() -> None:
    edges = "photos { url } posts(first: 50) { nodes { id account { name } } }"
    assert cost(f"{{ listings(first: 100) {{ nodes {{ id {edges} }} }} }}") < COST_LIMIT


def test_variables_and_their_defaults_count() -> None:
    document = (
        "query($n: Int = 10, $m: Int) { listings(first: $n) { nodes { posts(first: $m) { nodes { id } } } } }"
    )
    assert cost(document) == 1 + 10 * (2 + 20)
    assert cost(document, n=30, m=2) == 1 + 30 * (2 + 2)
    assert cost(document, n=None) == 1 + 20 * (2 + 20)


@pytest.mark.parametrize("wrong", ["x", [], {}, -1, 0, 101, 10**30, float("inf"), True, float("nan")])
def test_what_is_no_page_size_counts_as_the_largest_or_less(wrong: Any) -> None:
    assert 1 + 1 <= cost("query($n: Int) { listings(first: $n) { nodes { id } } }", n=wrong) <= 1 + 100


@pytest.mark.parametrize("wrong", ["x", 5, [], {}, {"from": 1, "to": 2}, {"from": "2026-01-01"}])
def test_a_malformed_range_counts_as_the_longest(wrong: Any) -> None:
    document = 'query($r: DateRange) { aggregatedMetrics(listingId: "x", range: $r) { days { views } } }'
    assert cost(document, r=wrong) == 1 + 732 // 30 + 732
    assert cost(document, r={"from": "2026-01-01", "to": "2026-02-09"}) == 1 + 1 + 40


def test_parts_of_an_input_may_be_variables() -> None:
    document = (
        "query($to: Date!, $ids: [ID!]!, $one: ID!) {"
        ' aggregatedMetrics(listingId: "x", range: {from: "2026-01-01", to: $to}) { days { views } }'
        " all: nodes(ids: $ids) { id } some: nodes(ids: [$one, $one]) { id } }"
    )
    assert cost(document, to="2026-02-09", ids=["a"] * 7, one="b") == (1 + 1 + 40) + 7 + 2


def test_what_is_left_out_costs_nothing() -> None:
    document = "query($x: Boolean!) { viewer { userId } listings { nodes { id } @HERE } }"
    included = "nodes { photos { id } } ".join(("", ""))
    with_photos = document.replace("@HERE", f"... @include(if: $x) {{ {included} }}")
    assert cost(with_photos, x=False) == 1 + 1 + 20
    assert cost(with_photos, x=True) == 1 + 1 + 20 + 20 * (1 + 25)
    assert cost(with_photos.replace("@include(if: $x)", "@skip(if: $x)"), x=True) == 1 + 1 + 20
    assert cost("{ listings @skip(if: true) { nodes { id } } viewer { userId } }") == 1
    assert cost("{ listings @include(if: false) { nodes { id } } viewer { userId } }") == 1


def test_what_is_selected_several_times_counts_once() -> None:
    spread = (
        "{ listings { ...A ...B } } fragment A on ListingConnection { nodes { photos { id } } }"
        " fragment B on ListingConnection { nodes { photos { url } price { amount } } }"
    )
    assert cost(spread) == 1 + 20 * (1 + 25 + 1)


def test_each_operation_of_a_document_has_its_own_cost() -> None:
    document = parse("query A { viewer { userId } } query B { listings { nodes { id } } }")
    assert [COSTS.of(document, name, None) for name in ("A", "B", "C", None)] == [1, 21, 1, 1]


def test_what_was_reckoned_goes_with_its_document() -> None:
    costs = Costs(SCHEMA)
    for number in range(1, 4):
        document = parse(f"query A {{ listings(first: {number}) {{ nodes {{ id }} }} }}")
        assert [costs.of(document, name, None) for name in ("A", None, "B", "C")] == [
            1 + number,
            1 + number,
            1,
            1,
        ]
        assert len(costs.remembered()) == 2
    del document
    assert not costs.remembered()


def test_each_list_of_objects_has_a_length() -> None:
    known = set(LISTS) | set(LISTS_BY_IDS) | {"AggregatedMetrics.days"}
    for kind in SCHEMA.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
            continue
        for name, field in kind.fields.items():
            place = f"{kind.name}.{name}"
            of_objects = is_list_type(get_nullable_type(field.type)) and is_composite_type(
                get_named_type(field.type)
            )
            paged = kind.name.endswith("Connection") and name in ("nodes", "edges")
            assert (place in known or paged or name == "userErrors") == of_objects, place


def test_the_tables_name_fields_that_are_there() -> None:
    for place in [*LISTS, *LISTS_BY_IDS, *(each for each in WEIGHTS if ".__" not in each)]:
        kind, name = place.split(".")
        found = SCHEMA.type_map[kind]
        assert isinstance(found, GraphQLObjectType)
        assert name in found.fields


def test_fragments_that_multiply_end_the_reckoning() -> None:
    chain = [
        f"fragment F{n} on AggregatedMetrics {{ previous {{ ...F{n + 1} }} listing {{ predecessor {{ metrics {{ ...F{n + 1} }} }}"
        f" metrics {{ ...F{n + 1} }} }} }}"
        for n in range(20)
    ]
    document = (
        '{ aggregatedMetrics(listingId: "x") { ...F0 } } '
        + " ".join(chain)
        + " fragment F20 on AggregatedMetrics { from }"
    )
    assert cost(document) == BOUNDLESS


def entered(act: Callable[[], object]) -> int:
    """How many Python functions."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
    return calls


def work(document: str) -> int:
    """To validate a document, and to reckon it if it is valid."""
    parsed = parse(document, max_tokens=1_000)

    def prepare() -> None:
        if not validate(SCHEMA, parsed, (*RULES, *specified_rules)):
            Costs(SCHEMA).of(parsed, None, {})

    return entered(prepare)


def test_a_document_is_reckoned_once() -> None:
    costs = Costs(SCHEMA)
    certain = parse(
        "{ listings(first: 50) { nodes { id photos { id } posts { nodes { photos { id } } } } } }"
    )
    uncertain = parse(
        "query($n: Int) { listings(first: $n) { nodes { id posts(first: $n) { nodes { id } } } } }"
    )
    for document, most in ((certain, 2), (uncertain, 14)):
        first, again = (entered(partial(costs.of, document, None, {"n": size})) for size in (5, 6))
        assert again <= most < first / 5


HOSTILE = {
    "a field, and again": "{ " + "__typename " * 990 + "}",
    "inline fragments": "{ " + "... { viewer { userId } } " * 140 + "}",
    "fragments of the same fields": "{ viewer { "
    + " ".join(f"...F{n}" for n in range(60))
    + " } } "
    + " ".join(f"fragment F{n} on Viewer {{ userId roles __typename }}" for n in range(60)),
    "unknown fields": "{ " + " ".join(f"x{n}" for n in range(900)) + " }",
    "unknown arguments": "{ viewer(" + " ".join(f"x{n}: 1" for n in range(300)) + ") { userId } }",
    "variables": "query(" + " ".join(f"$v{n}: Int" for n in range(240)) + ") { viewer { userId } }",
    "directives": "{ viewer " + "@skip(if: false) " * 140 + "{ userId } }",
    "operations": " ".join(f"query Q{n} {{ viewer {{ userId }} }}" for n in range(120)),
    "fragments that multiply": '{ aggregatedMetrics(listingId: "x") { ...F0 } } '
    + " ".join(
        f"fragment F{n} on AggregatedMetrics {{ previous {{ ...F{n + 1} }} listing {{ metrics {{ ...F{n + 1} }} }} }}"
        for n in range(30)
    )
    + " fragment F30 on AggregatedMetrics { from }",
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_documents_take_bounded_work(document: str) -> None:
    assert work(document) < 250_000
