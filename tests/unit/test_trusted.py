"""Documents that requests name in place of their text."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLError

from app.graphql_app import build_schema
from schema.limits import MOST_TOKENS
from schema.trusted import TrustedDocuments, WrongDocument, read_trusted

TEXT = "query Mine { viewer { userId } }"
HASH = hashlib.sha256(TEXT.encode()).hexdigest()
TRUSTED = TrustedDocuments({HASH: TEXT, "sha256:other": "{ __typename }", "mine": TEXT})


def apollo(hash: object, **more: Any) -> dict[str, object]:
    return {"persistedQuery": {"version": 1, "sha256Hash": hash, **more}}


@pytest.mark.parametrize(
    ("document_id", "extensions"),
    [
        (HASH, None),
        (f"sha256:{HASH}", None),
        ("mine", {}),
        (None, apollo(HASH)),
        (None, {"persistedQuery": {"sha256Hash": HASH}}),
    ],
)
def test_a_document_has_several_names(document_id: str | None, extensions: dict[str, object] | None) -> None:
    assert TRUSTED.text_of(None, document_id, extensions) == TEXT


def test_a_prefix_is_no_part_of_an_id() -> None:
    assert TRUSTED.text_of(None, "other", None) == TRUSTED.text_of(None, "sha256:other", None)


def test_a_text_that_comes_with_its_hash_is_asked_though_nobody_knows_it() -> None:
    text = "{ other: __typename }"
    hash = hashlib.sha256(text.encode()).hexdigest()
    assert TRUSTED.text_of(text, None, apollo(hash)) == text
    assert TRUSTED.text_of(TEXT, "mine", None) == TEXT
    assert TRUSTED.text_of(text, None, {"tracing": True}) == text
    assert TRUSTED.text_of(None, None, None) is None


@pytest.mark.parametrize(
    ("query", "document_id", "extensions", "code"),
    [
        (None, "unknown", None, "PERSISTED_QUERY_NOT_FOUND"),
        (None, None, apollo("0" * 64), "PERSISTED_QUERY_NOT_FOUND"),
        (TEXT, None, apollo("0" * 64), "BAD_USER_INPUT"),
        ("{ __typename }", "mine", None, "BAD_USER_INPUT"),
        (None, 5, None, "BAD_USER_INPUT"),
        (None, "", None, "BAD_USER_INPUT"),
        (None, None, {"persistedQuery": HASH}, "BAD_USER_INPUT"),
        (None, None, {"persistedQuery": {"version": 1}}, "BAD_USER_INPUT"),
        (None, None, apollo(HASH, version=2), "BAD_USER_INPUT"),
        (None, None, apollo([HASH]), "BAD_USER_INPUT"),
    ],
)
def test_names_that_name_nothing(
    query: str | None, document_id: object, extensions: dict[str, object] | None, code: str
) -> None:
    with pytest.raises(GraphQLError) as refused:
        TRUSTED.text_of(query, document_id, extensions)
    assert (refused.value.extensions or {})["code"] == code


def test_a_server_without_documents_says_that_it_knows_none() -> None:
    with pytest.raises(GraphQLError) as refused:
        TrustedDocuments().text_of(None, None, apollo(HASH))
    assert refused.value.extensions == {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}


def test_a_file_of_documents_is_read(tmp_path: Path) -> None:
    path = tmp_path / "persisted-documents.json"
    path.write_text(json.dumps({HASH: TEXT}))
    assert read_trusted(path) == {HASH: TEXT}
    for content in ("[]", '{"a": 1}', '{"": "{ a }"}', "{", "\ud800"):
        path.write_bytes(content.encode(errors="surrogatepass"))
        with pytest.raises(WrongDocument, match=r"persisted-documents\.json"):
            read_trusted(path)
    with pytest.raises(WrongDocument, match=r"No such file"):
        read_trusted(tmp_path / "missing.json")


@pytest.mark.parametrize(
    ("text", "fault"),
    [("{ nothing }", "not valid: Cannot query field 'nothing'"), ("{ viewer", "cannot be parsed")],
)
def test_a_wrong_document_is_named_before_anything_is_served(text: str, fault: str) -> None:
    with pytest.raises(WrongDocument, match=f"the document wrong .*{fault}"):
        build_schema(trusted=TrustedDocuments({"mine": TEXT, "wrong": text}))


async def test_what_is_trusted_may_be_long_and_nothing_else_is_asked() -> None:
    cities = " ".join(['"Austin"'] * MOST_TOKENS)
    long = f"{{ listings(filter: {{ cities: [{cities}] }}) {{ nodes {{ id }} }} }}"
    trusted = TrustedDocuments({"long": long, "mine": "{ __typename }"}, only=True)
    closed = build_schema(trusted=trusted)
    for text, code in (
        ("{ a: __typename }", "QUERY_NOT_IN_SAFELIST"),
        ("{ nothing }", "QUERY_NOT_IN_SAFELIST"),
    ):
        for _ in range(2):
            [error] = (await closed.execute(text)).errors or []
            assert (error.extensions or {})["code"] == code
    open_schema = build_schema(trusted=TrustedDocuments({"mine": "{ __typename }"}))
    assert "tokens" in str((await open_schema.execute(long)).errors)
