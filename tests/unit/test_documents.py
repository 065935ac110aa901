"""Documents are parsed and validated once, and never take more memory than they may."""

import gc
import tracemalloc
from typing import Any

import pytest
import strawberry
from graphql import ASTValidationRule, FieldNode, GraphQLError, NoSchemaIntrospectionCustomRule
from strawberry.types import ExecutionResult

from schema.documents import Documents


@strawberry.type
class Query:
    """Two fields."""

    @strawberry.field
    def doubled(self, of: int = 1) -> int:
        """Twice as much."""
        return 2 * of

    @strawberry.field
    def told(self, text: str = "") -> str:
        """The same."""
        return text


class Counting(ASTValidationRule):
    """Counts the documents that are validated."""

    validated = 0

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        type(self).validated += 1


class NoTold(ASTValidationRule):
    """Forbids one of the fields."""

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """At each field."""
        if node.name.value == "told":
            self.report_error(GraphQLError("not told", node))


def schema_with(*rules: type[ASTValidationRule], most_tokens: int = 1_000) -> strawberry.Schema:
    documents = Documents(rules, most_tokens=most_tokens)
    return strawberry.Schema(query=Query, extensions=[documents.extension])


async def answered(schema: strawberry.Schema, text: str, **more: Any) -> ExecutionResult:
    return await schema.execute(text, **more)


async def test_one_text_is_parsed_and_validated_once_whatever_its_variables_and_operation() -> None:
    class Counted(Counting):
        """Counts for this test."""

    schema = schema_with(Counted)
    text = 'query A($of: Int) { doubled(of: $of) } query B { told(text: "b") }'
    first = await answered(schema, text, variable_values={"of": 1}, operation_name="A")
    second = await answered(schema, text, variable_values={"of": 5}, operation_name="A")
    third = await answered(schema, text, operation_name="B")
    assert [each.data for each in (first, second, third)] == [{"doubled": 2}, {"doubled": 10}, {"told": "b"}]
    assert Counted.validated == 1
    await answered(schema, text + " ", operation_name="B")
    assert Counted.validated == 2


async def test_what_is_wrong_is_known_too_and_said_each_time() -> None:
    class Counted(Counting):
        """Counts for this test."""

    schema = schema_with(Counted)
    for _ in range(3):
        result = await answered(schema, "{ nothing }")
        assert result.errors is not None
        assert len(result.errors) == 1
        result.errors.clear()  # as `Schema.process_errors` may
    assert Counted.validated == 1


async def test_schemas_with_other_rules_know_nothing_of_each_other() -> None:
    open_schema, closed = schema_with(), schema_with(NoTold)
    for _ in range(2):
        assert (await answered(open_schema, "{ told }")).data == {"told": ""}
        assert "not told" in str((await answered(closed, "{ told }")).errors)
    production = schema_with(NoSchemaIntrospectionCustomRule)
    assert (await answered(open_schema, "{ __schema { types { name } } }")).errors is None
    assert (await answered(production, "{ __schema { types { name } } }")).errors


@pytest.mark.parametrize("text", ["{ a: told b: told c: told }", "{ told", "{ told }}", "", "{" * 5_000])
async def test_what_cannot_be_parsed_is_said_by_the_schema_each_time(text: str) -> None:
    schema = schema_with(most_tokens=8)
    if not text:
        with pytest.raises(Exception, match="query"):
            await answered(schema, text)
        return
    for _ in range(2):
        result = await answered(schema, text)
        assert result.errors
        assert result.data is None
    assert (await answered(schema, "{ told }")).data == {"told": ""}


async def test_many_documents_take_a_bounded_memory() -> None:
    documents = Documents((), most_tokens=1_000, most_bytes=400_000)
    schema = strawberry.Schema(query=Query)._schema
    fields = " ".join(f"a{number}: told" for number in range(30))
    documents.known("{ told }", schema)
    tracemalloc.start()
    try:
        for number in range(15):
            documents.known(f"query Q{number} {{ {fields} }}", schema)
            documents.known(f'{{ told(text: "{"x" * 20_000}{number}") }}', schema)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert grown < 800_000
