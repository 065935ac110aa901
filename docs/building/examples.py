"""The page of examples: the documents and variables of `docs/examples`, which the tests send to a server."""

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "examples"

_HEAD = """# Examples

One of every query, mutation and subscription. The words in braces stand for ids of your own. Each file of
`docs/examples` is a document with several operations: send it with the name of one as `operationName`. The tests send
all of them to a server.
"""


def page() -> str:
    """The page, in Markdown."""
    return "\n".join([_HEAD, *map(_section, sorted(FOLDER.glob("*.graphql")))])


def _section(document: Path) -> str:
    variables = document.with_suffix(".json").read_text().rstrip()
    return (
        f"## {document.stem.capitalize()}\n\n```graphql\n{document.read_text().rstrip()}\n```\n\n"
        f"Variables, by the name of the operation:\n\n```json\n{variables}\n```\n"
    )
