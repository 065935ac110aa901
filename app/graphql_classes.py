"""What the class of a value, or the value's identity, says for certain of its GraphQL type."""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType
from strawberry.schema.schema_converter import CustomGraphQLEnumType, GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.union import StrawberryUnion

from schema.fields import UNCHANGING


def names_of(enum: GraphQLEnumType) -> dict[int, str]:
    """The name of each member by its identity: members live as long as their class."""
    if not isinstance(enum, CustomGraphQLEnumType):
        return {}
    members: Any = enum.wrapped_cls
    return {id(member): enum.coerce_output_value(member) for member in members}


def classes_of(schema: GraphQLSchema, inner: Any) -> Iterator[tuple[type, GraphQLObjectType]]:
    """The classes whose instances are of a type for certain, as Strawberry's own checks would find."""
    if isinstance(inner, GraphQLObjectType):
        definition = _definition(inner)
        if definition is not None and definition.is_type_of is None:
            origins = [definition, definition.concrete_of] if definition.concrete_of else [definition]
            yield from ((each.origin, inner) for each in origins if _is_plain(each.origin))
    elif _is_told_by_class(inner):
        for type_ in schema.get_possible_types(inner):
            definition = _definition(type_)
            if (
                definition is not None
                and definition.is_type_of is None
                and definition.concrete_of is None
                and not definition.is_graphql_generic
                and schema.get_type(definition.name) is type_
                and _is_plain(definition.origin)
            ):
                yield definition.origin, type_


def is_unchanging(type_: GraphQLObjectType) -> bool:
    """Whether the type's class says that nobody changes its objects (`schema.fields.unchanging`)."""
    definition = _definition(type_)
    return definition is not None and getattr(definition.origin, UNCHANGING, False) is True


def _is_told_by_class(abstract: Any) -> bool:
    definition = abstract.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if isinstance(abstract, GraphQLInterfaceType):
        return isinstance(definition, StrawberryObjectDefinition) and definition.resolve_type is None
    return isinstance(abstract, GraphQLUnionType) and type(definition) is StrawberryUnion


def _definition(type_: GraphQLObjectType) -> StrawberryObjectDefinition | None:
    found = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return found if isinstance(found, StrawberryObjectDefinition) else None


def _is_plain(class_: type) -> bool:
    return not issubclass(class_, BaseException) and not hasattr(class_, "__await__")
