"""The command line: `python -m benchmarks [--small] [NAME …]`, all benchmarks unless some are named."""

import argparse
import platform

from benchmarks import (
    delta_poll,
    dynamodb,
    growth,
    images,
    import_listings,
    import_photos,
    mapping,
    metrics_answers,
    metrics_events,
    subscriptions,
)
from benchmarks.figures import show
from benchmarks.graph import measure as graph

_BENCHMARKS = {
    "import": import_listings.run,
    "photos": import_photos.run,
    "graph": graph.run,
    "growth": growth.run,
    "mapping": mapping.run,
    "poll": delta_poll.run,
    "dynamodb": dynamodb.run,
    "images": images.run,
    "events": metrics_events.run,
    "metrics": metrics_answers.run,
    "subscriptions": subscriptions.run,
}


def main() -> None:
    """Run the benchmarks and print a table for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures side by side.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(_BENCHMARKS)}")
    parser.add_argument("--small", action="store_true", help="only see that they run: figures mean nothing")
    options = parser.parse_args()
    unknown = set(options.names) - set(_BENCHMARKS)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    for name in options.names or _BENCHMARKS:
        show(_BENCHMARKS[name](small=options.small))


# Children begin by importing this module again.
if __name__ == "__main__":
    main()
