"""The parameters of a GraphQL request over HTTP, checked (GraphQL over HTTP, sections 5.1 to 5.3)."""

from collections.abc import Mapping
from typing import Any

from cross_web import HTTPException
from strawberry.http import GraphQLRequestData, GraphQLRequestProtocol

from schema.trusted import TrustedDocuments


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
    query, name = _text(asked, "query"), _text(asked, "operationName")
    variables, extensions = _object(asked, "variables"), _object(asked, "extensions")
    return GraphQLRequestData(
        query=trusted.text_of(query, asked.get("documentId"), extensions),
        variables=variables,
        operation_name=name or None,
        extensions=extensions,
        protocol=protocol,
    )


def _text(asked: Mapping[str, Any], name: str) -> str | None:
    found = asked.get(name)
    if found is None or isinstance(found, str):
        return found
    raise HTTPException(400, f"The request's `{name}` must be a string or null")


def _object(asked: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    found = asked.get(name)
    if found is None or isinstance(found, dict):
        return found
    raise HTTPException(400, f"The request's `{name}` must be an object or null")
