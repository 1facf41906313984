"""Lines to copy: how to fetch a dataset, how to load it once it is unpacked, and how to tell what was trained on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation.exports import wanted
from annotation.exports.files import axolotl

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

TRAINED = """\
from datasets import load_dataset
from trl import {trainer}Config, {trainer}Trainer

dataset = load_dataset("./{name}")
trainer = {trainer}Trainer(
    model="Qwen/Qwen3-0.6B",
    args={trainer}Config(output_dir="{name}-trained"),
    train_dataset=dataset["{split}"],{evaluated}
)
trainer.train()
"""
TRAINERS = {"sft": "SFT", "preference": "DPO", "kto": "KTO"}

# The stanza's path is the folder as Axolotl sees it from where it runs.
AXOLOTL = """\
cat {name}/{file} >> my-run.yaml
sed -i 's|path: "."|path: "./{name}"|' my-run.yaml
axolotl train my-run.yaml
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

POLARS = """\
import polars as pl

{split} = {read}
"""
POLARS_READS = {
    "parquet": 'pl.read_parquet("{name}/data/{split}-*.parquet")',
    "csv": 'pl.read_csv("{name}/data/{split}-*.csv", infer_schema=False)',
}

TUNED = """\
cat {name}/data/{split}-*.jsonl > {split}.jsonl
curl https://api.openai.com/v1/files -H "Authorization: Bearer $OPENAI_API_KEY" \\
  -F purpose=fine-tune -F file=@{split}.jsonl
"""


TOLD = """\
curl -f {runs} \\
  -H "Authorization: Bearer $FLYWHEEL_TOKEN" -H "Content-Type: application/json" -d '{{
    "feature": "{feature}", "name": "my-run", "status": "succeeded", "exports": ["{name}"],
    "model_version": "my-model-2", "finished_at": "'"$(date -u +%FT%TZ)"'"}}'
"""
CALLBACK = "datasets/flywheel_callback.txt"


@dataclass(frozen=True, kw_only=True)
class Snippet:
    title: str | Promise
    text: str


def snippets(manifest: Mapping[str, Any], *, archive: str, runs: str) -> list[Snippet]:
    """For a dataset that is unpacked into a folder named by its id, beside the code. `archive`: its address; `runs`:
    where training runs are reported."""
    name, request = manifest["id"], manifest["request"]
    splits = manifest["rows"]["split"]
    fetch = Snippet(title=_("Fetch it with a token"), text=FETCH.format(name=name, archive=archive))
    if not splits:
        # An increment that only names what was withdrawn: nothing of it is to be loaded.
        return [fetch]
    return [
        fetch,
        *_of_format(name, request["format"], splits),
        *_as_tables(name, request["format"], request["container"], splits),
        *_told(name, request["format"], request["feature"], runs),
    ]


def hugging_face(*, name: str) -> str:
    return HUGGING_FACE.format(name=name)


def trained(*, name: str, format: str, splits: Mapping[str, int]) -> str:
    """TRL's trainer of a format that it reads."""
    evaluated = "validation" if "validation" in splits else "test" if "test" in splits else None
    split = first(splits)
    has_both = evaluated is not None and evaluated != split
    said = f'\n    eval_dataset=dataset["{evaluated}"],' if has_both else ""
    return TRAINED.format(name=name, trainer=TRAINERS[format], split=split, evaluated=said)


def pandas(*, name: str, splits: Mapping[str, int], container: str) -> str:
    """Of the first split that has rows; the others are read alike."""
    return PANDAS.format(name=name, split=first(splits), container=container, read=READS[container])


def polars(*, name: str, splits: Mapping[str, int], container: str) -> str:
    """Of the containers in POLARS_READS: lines of nested JSON have no columns of one type."""
    split = first(splits)
    return POLARS.format(split=split, read=POLARS_READS[container].format(name=name, split=split))


def first(splits: Mapping[str, int]) -> str:
    return next(split for split in wanted.SPLITS if split in splits)


def _of_format(name: str, format: str, splits: Mapping[str, int]) -> Iterator[Snippet]:
    if format in wanted.OPENAI:
        yield Snippet(
            title=_("Send it to a service that fine-tunes"), text=TUNED.format(name=name, split=first(splits))
        )
    yield Snippet(title=_("Load it with datasets"), text=hugging_face(name=name))
    if format in TRAINERS:
        yield Snippet(title=_("Train on it with TRL"), text=trained(name=name, format=format, splits=splits))
    if axolotl.fits(format):
        yield Snippet(title=_("Train on it with Axolotl"), text=AXOLOTL.format(name=name, file=axolotl.NAME))


def _told(name: str, format: str, feature: str, runs: str) -> Iterator[Snippet]:
    """What was trained on it. `reasons` is for analysis alone."""
    if format == "reasons":
        return
    yield Snippet(title=_("Tell what you trained on it"), text=TOLD.format(name=name, feature=feature, runs=runs))
    if format in TRAINERS:
        yield Snippet(title=_("Let TRL's trainer tell it"), text=render_to_string(CALLBACK))


def _as_tables(name: str, format: str, container: str, splits: Mapping[str, int]) -> Iterator[Snippet]:
    yield Snippet(title=_("Load it with pandas"), text=pandas(name=name, splits=splits, container=container))
    if container in POLARS_READS:
        yield Snippet(title=_("Load it with polars"), text=polars(name=name, splits=splits, container=container))
