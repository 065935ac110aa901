"""The parameters of a GraphQL request over HTTP, checked (GraphQL over HTTP, sections 5.1 to 5.3)."""

from collections.abc import Mapping
from typing import Any

from cross_web import HTTPException
from strawberry.http import GraphQLRequestData, GraphQLRequestProtocol

from schema.trusted import TrustedDocuments

_OBJECTS = ("variables", "extensions")
_STRINGS = ("query", "operationName")


def read_request(
    asked: Mapping[str, Any] | list[Any], protocol: GraphQLRequestProtocol, trusted: TrustedDocuments
) -> GraphQLRequestData:
    """What is asked, with the text of a document that is named.

    Raises:
        HTTPException: 400, several operations come together, or a parameter is of another type.
        GraphQLError: nobody knows the document that is named.
    """
    if isinstance(asked, list):
        raise HTTPException(400, "Batching is not enabled")
    for name in _STRINGS:
        if not isinstance(asked.get(name), (str, type(None))):
            raise HTTPException(400, f"The request's `{name}` must be a string or null")
    for name in _OBJECTS:
        if not isinstance(asked.get(name), (dict, type(None))):
            raise HTTPException(400, f"The request's `{name}` must be an object or null")
    extensions = asked.get("extensions")
    return GraphQLRequestData(
        query=trusted.text_of(asked.get("query"), asked.get("documentId"), extensions),
        variables=asked.get("variables"),
        operation_name=asked.get("operationName") or None,
        extensions=extensions,
        protocol=protocol,
    )
