"""Trusted (persisted) documents: what clients were built with, named by ids in place of their text.

A request names one by `documentId` (GraphQL over HTTP, appendix A) or by `extensions.persistedQuery.sha256Hash`
(Apollo), and the words for what goes wrong are Apollo's, whose clients then send the whole text or stop hashing.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from graphql import GraphQLError

_PREFIX = "sha256:"


class WrongDocument(ValueError):
    """A trusted document, or the file of them, is not right; the message names it."""


class TrustedDocuments:
    """Documents by their ids.

    Args:
        texts: each document by its id, which is its SHA-256 or any other name.
        only: whether nothing else may be asked.
    """

    def __init__(self, texts: Mapping[str, str] | None = None, *, only: bool = False) -> None:
        self.texts = {id.removeprefix(_PREFIX): text for id, text in (texts or {}).items()}
        self.only = only
        self._known = frozenset(self.texts.values())

    def allow(self, text: str) -> bool:
        """Whether this may be asked."""
        return not self.only or text in self._known

    def text_of(
        self, query: str | None, document_id: object, extensions: Mapping[str, object] | None
    ) -> str | None:
        """The document that a request names, or else the one it brings; None if it has neither.

        Raises:
            GraphQLError: nobody knows the id, or the request brings another document than it names.
        """
        named = _hash_in(extensions) if document_id is None else document_id
        if named is None:
            return query
        if not isinstance(named, str) or not named:
            raise _refused("A document's id is a string.")
        id = named.removeprefix(_PREFIX)
        text = self.texts.get(id)
        if query is not None:
            if query != text and hashlib.sha256(query.encode(errors="replace")).hexdigest() != id.lower():
                raise _refused("The document is not the one that its id names.")
            return query
        if text is None:
            raise self._unknown()
        return text

    def _unknown(self) -> GraphQLError:
        if self.texts:
            return GraphQLError("PersistedQueryNotFound", extensions={"code": "PERSISTED_QUERY_NOT_FOUND"})
        code = "PERSISTED_QUERY_NOT_SUPPORTED"
        return GraphQLError("PersistedQueryNotSupported", extensions={"code": code})


def read_trusted(path: Path) -> dict[str, str]:
    """The documents of a file: a JSON object of texts by ids, as graphql-codegen's client preset and Relay's
    compiler write it. Raises `WrongDocument`."""
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise WrongDocument(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise WrongDocument(f"{path} is no JSON: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(text, str) and id for id, text in found.items()):
        raise WrongDocument(f"{path} is no JSON object of documents by their ids")
    return found


def not_trusted() -> GraphQLError:
    """For a document that is none of the trusted ones, where nothing else may be asked."""
    return GraphQLError(
        "Only documents that this server was given beforehand may be asked.",
        extensions={"code": "QUERY_NOT_IN_SAFELIST"},
    )


def _hash_in(extensions: Mapping[str, object] | None) -> object:
    """What `persistedQuery` names; None if there is no such thing."""
    named = (extensions or {}).get("persistedQuery")
    if named is None:
        return None
    if not isinstance(named, dict) or named.get("version", 1) != 1 or "sha256Hash" not in named:
        raise _refused("`extensions.persistedQuery` has the version 1 and a sha256Hash.")
    return named["sha256Hash"]


def _refused(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})
