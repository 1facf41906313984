"""Lines to copy: how to fetch a dataset, and how to load it once it is unpacked."""

from __future__ import annotations

from typing import Any

import orjson

from annotation.exports import wanted

FETCH = """\
curl -fL -H "Authorization: Bearer $FLYWHEEL_TOKEN" -o {name}.zip \\
  {archive}
unzip {name}.zip -d {name}
"""

# Its card says which files make which split.
HUGGING_FACE = """\
from datasets import load_dataset

dataset = load_dataset("./{name}")
"""

PANDAS = """\
from pathlib import Path

import pandas as pd

files = sorted(Path("{name}/data").glob("{split}-*.{container}"))
{split} = pd.concat(({read} for file in files), ignore_index=True)
"""

# Pandas would take ids that look like numbers for numbers.
READS = {
    "jsonl": "pd.read_json(file, lines=True, dtype=False)",
    "jsonl.gz": "pd.read_json(file, lines=True, dtype=False)",
    "parquet": "pd.read_parquet(file)",
    "csv": "pd.read_csv(file, dtype=str)",
}


def fetch(*, name: str, archive: str) -> str:
    """Shell lines that fetch all files from the address `archive` and unpack them into a folder `name`."""
    return FETCH.format(name=name, archive=archive)


def hugging_face(*, name: str) -> str:
    return HUGGING_FACE.format(name=name)


def pandas(*, name: str, splits: dict[str, int], container: str) -> str:
    """Of the first split that has rows; the others are read alike."""
    split = next(split for split in wanted.SPLITS if split in splits)
    return PANDAS.format(name=name, split=split, container=container, read=READS[container])


def pretty(value: dict[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
