"""What the documentation names is there: files, tests, settings, commands, keys, types and fields of the graph."""

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate
from typer import Typer

import adapters.tables.keys
from app.__main__ import cli
from app.settings import Settings
from docs.building import graph
from schema import limits
from tests.docs.pages import DOCS, ROOT, blocks, pages

TEXTS = {page: page.read_text() for page in [ROOT / "README.md", *pages()]}
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
_PAGE_OF_OURS = re.compile(r"\]\(((?:docs/)[^)#]+)(?:#[^)]*)?\)")


def _codes(text: str) -> set[str]:
    return set(_CODE.findall(text))


@pytest.fixture(scope="module")
def rooms() -> tuple[str, ...]:
    """How paths within the repository begin."""
    return tuple(f"{entry.name}/" for entry in ROOT.iterdir() if entry.is_dir() and entry.name[0] != ".")


def test_every_file_is_there(rooms: tuple[str, ...]) -> None:
    named = {
        (page.name, code.partition("::")[0])
        for page, text in TEXTS.items()
        for code in _codes(text)
        if code.startswith(rooms) and not re.search(r"[<>*{}… ]", code)
    }
    assert len(named) > 30
    assert {(page, path) for page, path in named if not (ROOT / path).exists()} == set()


def test_every_test_is_there() -> None:
    named = {found.groups() for text in TEXTS.values() for found in _TEST.finditer(text)}
    assert len(named) > 15
    absent = {(path, name) for path, name in named if not _defines(ROOT / path, name)}
    assert absent == set()


def _defines(path: Path, name: str) -> bool:
    return path.exists() and re.search(rf"def {name}\(", path.read_text()) is not None


def test_every_promise_is_told() -> None:
    told = re.findall(r"^\| (G\d+) \|.*tests/.*$", TEXTS[DOCS / "explanation" / "promises.md"], re.MULTILINE)
    assert told == [f"G{number}" for number in range(1, 14)]


def test_readme_links_to_pages_that_are_there() -> None:
    linked = set(_PAGE_OF_OURS.findall(TEXTS[ROOT / "README.md"]))
    assert {path for path in linked if not (ROOT / path).exists()} == set()


def test_every_setting_is_one() -> None:
    known = {name.upper() for name in Settings.model_fields}
    begin = tuple({f"{name.partition('_')[0]}_" for name in known})
    named = {
        (page.name, code.partition("=")[0])
        for page, text in TEXTS.items()
        for code in _codes(text)
        if re.fullmatch(r"[A-Z][A-Z0-9_]+(=\S*)?", code) and code.startswith(begin)
    }
    assert {(page, name) for page, name in named if name not in known | _NO_SETTINGS} == set()


_NO_SETTINGS = {"METRIC_ALERT"}
"""They begin like settings: kinds of the graph."""


def test_every_type_of_the_graph_is_told() -> None:
    types = re.findall(r"^(?:type|input|enum|interface) (\w+)", graph.SDL.read_text(), re.MULTILINE)
    told = graph.page()
    roots = {"Query", "Mutation", "Subscription"}
    assert {name for name in types if f"\n### {name}\n" not in told} == roots


def test_every_limit_is_told_with_its_maximum() -> None:
    maxima = {
        "depth": limits.DEEPEST,
        "aliases": limits.MOST_ALIASES,
        "repetitions": limits.MOST_REPETITIONS,
        "tokens": limits.MOST_TOKENS,
        "operations": limits.MOST_OPERATIONS,
        "directives": limits.MOST_DIRECTIVES,
        "directivesInOnePlace": limits.MOST_DIRECTIVES_HERE,
        "comparisons": limits.MOST_COMPARISONS,
        "errors": limits.MOST_ERRORS,
        "cost": Settings.model_fields["graphql_cost_limit"].default,
        "costPerMinute": Settings.model_fields["graphql_cost_per_minute"].default,
        "operationsOfUser": Settings.model_fields["graphql_operations_per_user"].default,
    }
    rows = [line for line in TEXTS[DOCS / "reference" / "limits.md"].splitlines() if line.startswith("| `")]
    for name, maximum in maxima.items():
        (row,) = (row for row in rows if f"`{name}`" in row.split("|")[1])
        assert f"{maximum:,}" in re.findall(r"\d+(?:,\d{3})*", row), name


def test_every_kind_of_key_is_told() -> None:
    source = Path(adapters.tables.keys.__file__).read_text()
    kinds = set(re.findall(r'joined\("([A-Z_]+)"', source)) - {"USER", "DUE", "DEAD", "STATUS"}
    told = TEXTS[DOCS / "reference" / "keys.md"]
    assert {kind for kind in kinds if not re.search(rf"`{kind}[#`]", told)} == set()


def test_every_command_is_one() -> None:
    known = _commands(cli)
    named = {
        (page.name, " ".join(words))
        for page, text in TEXTS.items()
        for words in re.findall(r"python -m app ((?!user)[a-z][a-z-]*|user [a-z]+)((?: --[a-z]+)?)", text)
    }
    assert len(named) > 10
    assert {(page, words) for page, words in named if words.split(" --")[0].strip() not in known} == set()


def _commands(app: Typer) -> set[str]:
    """The names of all commands, those of groups behind the group's."""
    own = {one.name or one.callback.__name__ for one in app.registered_commands if one.callback}
    return own | {
        f"{group.name} {name}"
        for group in app.registered_groups
        if group.typer_instance
        for name in _commands(group.typer_instance)
    }


def test_every_target_of_make_is_one() -> None:
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        (page.name, target)
        for page, text in TEXTS.items()
        for target in re.findall(r"(?:`|^|\(|0 )make (?:-s )?([a-z]+)", text, re.MULTILINE)
    }
    assert len(named) > 10
    assert {(page, target) for page, target in named if target not in known} == set()


def test_every_alarm_is_told() -> None:
    template = (ROOT / "deploy" / "aws" / "template.yaml").read_text()
    alarms = re.findall(r"^  (\w+):\n    Type: AWS::CloudWatch::Alarm$", template, re.MULTILINE)
    told = TEXTS[DOCS / "how-to" / "deploy-on-aws.md"].partition("## The alarms")[2].partition("\n## ")[0]
    assert re.findall(r"^\| ([A-Z]\w+) \|", told, re.MULTILINE) == alarms


def test_every_document_is_one_of_the_graph() -> None:
    schema = build_schema(graph.SDL.read_text())
    written = [block for page in TEXTS for block in blocks(page) if block.language == "graphql"]
    assert len(written) > 3
    assert {str(block): errors for block in written if (errors := validate(schema, parse(block.text)))} == {}
