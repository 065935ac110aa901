"""LinkedIn's “little text”: what is sent is what people read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.social.linkedin_text import even, little, plain
from sandbox.social.linkedin_text import shown

RESERVED = "\\|{}@[]()<>#*_~"


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Plain – ü 🏡, 50 % & more!", "Plain – ü 🏡, 50 % & more!"),
        (RESERVED, "".join("\\" + character for character in RESERVED)),
        ("12 Juniper Ln (back) [new]", "12 Juniper Ln \\(back\\) \\[new\\]"),
        ("#forsale", "{hashtag|\\#|forsale}"),
        ("(#Hütte_am_See)", "\\({hashtag|\\#|Hütte\\_am\\_See}\\)"),
        ("#a #b", "{hashtag|\\#|a} {hashtag|\\#|b}"),
        ("Unit #12", "Unit \\#12"),
        ("C# and ##x", "C\\# and \\#\\#x"),
        ("https://home.example/#photos", "https://home.example/\\#photos"),
        ("me@home.example", "me\\@home.example"),
    ],
)
def test_there(text: str, sent: str) -> None:
    assert little(text) == sent
    assert shown(sent)[0] == text


PIECES = st.sampled_from([*RESERVED, "a", "1", " ", "\n", "ü", "{hashtag|", "#tag", "@[a](urn:li:person:1)"])


@given(st.lists(PIECES, max_size=20).map("".join))
def test_nothing_is_ever_cut_and_all_comes_back(text: str) -> None:
    assert shown(little(text))[0] == text
    assert plain(little(text)) == even(text)


@pytest.mark.parametrize(
    ("commentary", "read"),
    [
        ("Hello @[Acme \\(Corp\\)](urn:li:organization:1234)!", "Hello Acme (Corp)!"),
        ("{hashtag|#|Technology}\n#word", "#Technology #word"),
        ("a\u00a0 b\r\n", "a b"),
    ],
)
def test_back_from_what_others_wrote(commentary: str, read: str) -> None:
    assert plain(commentary) == read


@pytest.mark.parametrize("character", [character for character in RESERVED if character != "\\"])
def test_the_sandbox_cuts_where_linkedin_does(character: str) -> None:
    assert shown(f"Before {character} after")[0] == "Before "
    assert shown(f"Before \\{character} after")[0] == f"Before {character} after"


def test_the_sandbox_knows_hashtags() -> None:
    assert shown("{hashtag|\\#|Lake\\_home} and #view")[1] == ["Lake_home", "view"]
    assert shown("\\#none")[1] == []
