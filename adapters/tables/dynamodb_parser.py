"""DynamoDB's answers by orjson, in place of botocore's walk over the shape of every attribute.

Three quarters of the CPU time of a query go into that walk, and it changes nothing in answers that hold
strings and numbers in strings alone. This leans on private names of botocore and aiobotocore: a test holds it
against their own parser on every operation, and `open_client` can do without it.
"""

from typing import Any

import orjson
from aiobotocore.parsers import AioJSONParser, AioResponseParserFactory

PLAIN = frozenset(
    f"{operation}Output"
    for operation in ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem")
) | {"BatchWriteItemOutput", "TransactWriteItemsOutput"}
"""The answers that are the same after the walk as before; errors and descriptions go the long way."""


class OrjsonParser(AioJSONParser):
    """Parses what `PLAIN` names with orjson alone."""

    def _parse_body_as_json(self, body_contents: bytes) -> Any:
        try:
            return orjson.loads(body_contents)
        except orjson.JSONDecodeError:
            return super()._parse_body_as_json(body_contents)

    def _parse_shape(self, shape: Any, node: Any) -> Any:
        return node if shape.name in PLAIN else super()._parse_shape(shape, node)


class OrjsonParserFactory(AioResponseParserFactory):
    """The component `response_parser_factory` of a session; other protocols keep their own parsers."""

    def create_parser(self, protocol_name: str) -> Any:
        if protocol_name == "json":
            return OrjsonParser(**self._defaults)
        return super().create_parser(protocol_name)
