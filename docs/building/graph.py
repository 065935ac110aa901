"""The page on the graph: every type and field of `schema/schema.graphql`, with what they mean."""

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)

SDL = Path(__file__).parents[2] / "schema" / "schema.graphql"

_HEAD = """# The graph

Made of `schema/schema.graphql` when this page is built. What a frontend builds on is promised by
`schema/released.graphql`; a change that would break it is refused by `make check`.
[How requests are sent](requests.md), [what is too much](limits.md), [an example of everything](examples.md).
"""


def page() -> str:
    """The page, in Markdown."""
    schema = build_schema(SDL.read_text())
    given = {
        "Queries": schema.query_type,
        "Mutations": schema.mutation_type,
        "Subscriptions": schema.subscription_type,
    }
    roots = {title: root for title, root in given.items() if root is not None}
    sections = [_HEAD, *(f"## {title}\n\n{_fields(root.fields)}" for title, root in roots.items())]
    for title, kind in _KINDS.items():
        found = [one for one in _own(schema) if isinstance(one, kind) and one not in roots.values()]
        sections += [f"## {title}\n", *map(_type, found)]
    scalars = [one for one in _own(schema) if not isinstance(one, tuple(_KINDS.values()))]
    sections += ["## Scalars\n", *map(_type, scalars)]
    return "\n".join(sections)


_KINDS: dict[str, type[GraphQLNamedType]] = {
    "Types": GraphQLObjectType,
    "Inputs": GraphQLInputObjectType,
    "Enums": GraphQLEnumType,
    "Interfaces": GraphQLInterfaceType,
    "Unions": GraphQLUnionType,
}


def _own(schema: GraphQLSchema) -> Iterator[GraphQLNamedType]:
    for name in sorted(schema.type_map):
        kind = schema.type_map[name]
        if not is_introspection_type(kind) and not is_specified_scalar_type(kind):
            yield kind


def _type(kind: GraphQLNamedType) -> str:
    text = f"### {kind.name}\n\n{_sentence(kind.description)}\n"
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        return f"{text}\n{_fields(kind.fields)}"
    if isinstance(kind, GraphQLEnumType):
        rows = (f"| `{name}` | {_cell(value.description)} |\n" for name, value in kind.values.items())
        return f"{text}\n| value | meaning |\n|---|---|\n{''.join(rows)}"
    if isinstance(kind, GraphQLUnionType):
        return f"{text}\nOne of {', '.join(_link(one) for one in kind.types)}.\n"
    return text


def _fields(fields: dict[str, GraphQLField] | dict[str, GraphQLInputField]) -> str:
    rows = []
    for name, field in fields.items():
        rows.append(f"| `{name}` | {_link(field.type)} | {_cell(field.description)}{_given(field)} |\n")
    return f"| field | type | meaning |\n|---|---|---|\n{''.join(rows)}"


def _given(field: GraphQLField | GraphQLInputField) -> str:
    arguments: dict[str, GraphQLArgument] = getattr(field, "args", {})
    told = "".join(
        f"<br>`{name}`: {_link(argument.type)}. {_cell(argument.description)}"
        for name, argument in arguments.items()
    )
    reason = field.deprecation_reason
    return told + (f"<br>**Deprecated**: {_cell(reason)}" if reason else "")


def _link(kind: object) -> str:
    """A type as it is written, leading to where it is described."""
    named = get_named_type(kind)  # type: ignore[call-overload]  # every caller has a type of some kind
    if is_specified_scalar_type(named):
        return f"`{kind}`"
    return f"[`{kind}`](#{named.name.lower()})"


def _cell(text: str | None) -> str:
    return _sentence(text).replace("|", "\\|")


def _sentence(text: str | None) -> str:
    """On one line; what is not code is not taken for HTML."""
    parts = " ".join((text or "").split()).split("`")
    return "`".join(part if number % 2 else part.replace("<", "&lt;") for number, part in enumerate(parts))
