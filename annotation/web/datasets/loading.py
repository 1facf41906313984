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

HUGGING_FACE = """\
from datasets import load_dataset

dataset = load_dataset("json", data_files={{
{files}
}})
"""

# Pandas would take ids that look like numbers for numbers.
PANDAS = """\
from pathlib import Path

import pandas as pd

files = sorted(Path("{name}/data").glob("{split}-*.jsonl"))
{split} = pd.concat((pd.read_json(file, lines=True, dtype=False) for file in files), ignore_index=True)
"""


def fetch(*, name: str, archive: str) -> str:
    """Shell lines that fetch all files from the address `archive` and unpack them into a folder `name`."""
    return FETCH.format(name=name, archive=archive)


def hugging_face(*, name: str, splits: dict[str, int]) -> str:
    lines = [f'    "{split}": "{name}/data/{split}-*.jsonl",' for split in wanted.SPLITS if split in splits]
    return HUGGING_FACE.format(files="\n".join(lines))


def pandas(*, name: str, splits: dict[str, int]) -> str:
    """Of the first split that has rows; the others are read alike."""
    return PANDAS.format(name=name, split=next(split for split in wanted.SPLITS if split in splits))


def pretty(value: dict[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
