"""`python -m tests.realdata NAME... > file.jsonl`: real data as records, one a line, to send or to open a demo with."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from tests import realdata
from tests.realdata import sources


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.realdata", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="+", choices=sources.SOURCES, help=", ".join(sources.SOURCES))
    names = parser.parse_args(arguments).names
    for name in names:
        if not realdata.folder(name).is_dir():
            parser.error(f"{realdata.folder(name)} is missing. Set FLYWHEEL_REAL_DATA to the folder that holds {name}.")
    for name in names:
        for record in sources.records(name):
            # In bytes: JSON is UTF-8, whatever the locale says.
            sys.stdout.buffer.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")


if __name__ == "__main__":
    main()
