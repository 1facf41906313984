"""README.md of a dataset: what it is, in a form that people and the Hugging Face hub both read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from annotation.exports.files import measures
from annotation.exports.rows.columns import COLUMNS, NESTED
from annotation.exports.wanted import OPENAI

SHAPES = {
    "sft": "`prompt` and `completion`, each a list of messages: TRL's `SFTTrainer` reads them as they are.",
    "preference": "`prompt`, `chosen` and `rejected`, each a list of messages: TRL's `DPOTrainer` reads them as they "
    "are. `chosen` is preferred to the draft `rejected`.",
    "kto": "`prompt`, `completion` (lists of messages) and `label`: TRL's `KTOTrainer` reads them as they are.",
    "openai_sft": "`messages`, as services that fine-tune read them; what the model said in earlier turns weighs 0. "
    "`provenance.jsonl` says of each line where it comes from, by file and line.",
    "openai_dpo": "`input`, `preferred_output` and `non_preferred_output`, as services that fine-tune read them. What "
    "is preferred is not the draft. `provenance.jsonl` says of each line where it comes from, by file and line.",
    "reasons": "Flat, for analysis: one row a current label and one a current consensus (`row_kind`), also of items "
    "that are not decided.",
}

CONTAINERS = {
    "parquet": "Times are timestamps. `tools` and the arguments of a tool call are JSON in a text; the library "
    "`datasets` reads them as objects.",
    "csv": "A null is an empty cell. A text that a spreadsheet would take for a formula has an apostrophe before it.",
}

TOOLS = "\n`tools` holds what the model could call, where the product said so."
TARGETS = """
`target_by` says who wrote what is to be learned: the `model`, the `user` who edited its answer, or an `annotator` who
wrote a better one."""
MADE_OF = {
    "edit": "what the user made of the draft",
    "correction": "what somebody who labeled it wrote instead",
    "regeneration": "an answer that was made instead and found good",
}

CARD = """---
pretty_name: {name}
license: other
size_categories:
- {size}
configs:
- config_name: default
  data_files:
{files}
dataset_info:
  features:
{features}
---

# {title}

Made by Flywheel {version} from the labeled signals of the feature {feature}.

{shape}

| split | rows |
| --- | --- |
{splits}

Each row says where it comes from: `interaction_id`, `item_id`, `signal_id`, `signal_kind`, the `reason` that people
gave the signal with its `outcome`, `label_source`, `confidence` (null where one label decided), `taxonomy_version`,
`model_version`, and when each stage of the loop was reached, from `occurred_at` to `exported_at`.

`sample_weight` undoes the queue's choice of what to label: the inverse of the item's chance to be in the sample, at
most 20, mean 1 over a split. It is null where that chance isn't known. Trainers don't read it by themselves.
{told}
`axolotl.yaml` holds what Axolotl needs to read these files, or says why it can't.

## Can its signals be trusted?

{signals}

## What is not in it

{left_out}

{personal}

## Check it

`manifest.json` has the SHA-256 of each file. `content_sha256` {digest} is over the rows as canonical JSON (RFC 8785)
in order, a line end after each, without `exported_at`: the same request over the same data gives it again.
"""

TEXT = {
    "messages": "list: json",
    "json": "dtype: json",
    "text": "dtype: string",
    "float": "dtype: float64",
    "integer": "dtype: int64",
    "boolean": "dtype: bool",
    "time": "dtype: string",
}
PARQUET = TEXT | {
    "messages": """list:
    - name: role
      dtype: string
    - name: content
      dtype: string
    - name: name
      dtype: string
    - name: tool_calls
      list:
      - name: type
        dtype: string
      - name: function
        struct:
        - name: name
          dtype: string
        - name: arguments
          dtype: json""",
    "time": "dtype: timestamp[us, tz=UTC]",
}
"""As the library `datasets` spells types, in its YAML."""

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def text(*, feature: str, manifest: dict[str, Any], left_out: str) -> bytes:
    """The card, from the manifest. `feature` is the feature's name, `left_out` a sentence."""
    rows = manifest["rows"]
    splits = rows["split"]
    container = manifest["request"]["container"]
    title = f"{feature}: {manifest['request']['format']}"
    return CARD.format(
        name=_yaml(title),
        title=" ".join(title.split()),
        feature=" ".join(feature.split()),
        size=next((name for limit, name in SIZES if rows["total"] < limit), "n>1M"),
        files="\n".join(f"  - split: {split}\n    path: data/{split}-*.{container}" for split in splits) or "  []",
        features="\n".join(_features(manifest["request"]["format"], container)),
        version=manifest["flywheel_version"],
        shape=" ".join(filter(None, (SHAPES[manifest["request"]["format"]], CONTAINERS.get(container)))),
        splits="\n".join(f"| {split} | {count:,} |" for split, count in splits.items()),
        told="\n".join(_told(manifest)),
        signals=_signals(manifest),
        personal=_personal(manifest["redaction"]),
        left_out=f"{left_out}." if left_out else "Nothing was left out.",
        digest=f"`{manifest['content_sha256']}`",
    ).encode()


def _features(format: str, container: str) -> Iterator[str]:
    """What each column holds, as `datasets` spells it: a file whose values are all null doesn't tell."""
    for name in NESTED.get(format, ()):
        kind = "dtype: json" if name == "input" else "list: json"
        yield f"  - name: {name}\n    {kind}"
    for name, kind in COLUMNS.get(format, {}).items():
        told = (PARQUET if container == "parquet" else TEXT)[kind]
        yield f"  - name: {name}\n    {told}"


def _told(manifest: dict[str, Any]) -> Iterator[str]:
    """What single formats have to say of their rows."""
    name = manifest["request"]["format"]
    if "tools" in COLUMNS.get(name, {}) or name in NESTED:
        yield TOOLS
    if "target_by" in COLUMNS.get(OPENAI.get(name, name), {}):
        yield TARGETS
    if pairs := manifest.get("pairs"):
        yield from _pairs(pairs)
    if classes := manifest.get("classes"):
        yield from _classes(classes)


def _pairs(pairs: dict[str, Any]) -> Iterator[str]:
    """Of what they are made, and their lengths: a trainer that is shown longer answers learns to write longer ones."""
    counts = [f"{count:,} of {MADE_OF[name]}" for name, count in pairs["made_of"].items()]
    if counts:
        yield f"\nPairs: {', '.join(counts)}. Times, source and reason are those of what is rejected; `confidence` and"
        yield "`label_source` are those of the less sure of two answers."
    if lengths := pairs["length_ratio"]:
        p10, p50, p90 = (lengths[name] for name in ("p10", "p50", "p90"))
        yield f"\nWhat is preferred is {p50:.2f} times as long as what is rejected (median; {p10:.2f} to {p90:.2f} for"
        yield "8 pairs in 10). Far from 1, a model may learn the length and little else."


def _classes(classes: dict[str, dict[str, int]]) -> Iterator[str]:
    """KTO weighs its two classes, so their sizes have to be known."""
    yield "\n| split | desirable | undesirable |\n| --- | --- | --- |"
    for split, count in classes.items():
        yield f"| {split} | {count['desirable']:,} | {count['undesirable']:,} |"
    weights = measures.kto_weights(**next(iter(classes.values()), {"desirable": 0, "undesirable": 0}))
    if weights is None:
        yield "\nOne of the classes is empty, and KTO learns from the difference of both."
        return
    yield f"\n`KTOConfig(desirable_weight={weights[0]:g}, undesirable_weight={weights[1]:g})` brings the first split"
    yield "into the balance that is advised for KTO: 1 to 1.33 times as much weight on desirable rows as on others."


def _signals(manifest: dict[str, Any]) -> str:
    """How each signal stood when the rows were chosen, and what it was warned of."""
    told = [one["sentence"] for one in manifest["signal_validity"] or []]
    warned = [f"**Warned of:** {warning}" for warning in manifest["warnings"]]
    return "\n".join(f"- {' '.join(line.split())}" for line in [*told, *warned])


def _personal(rules: list[str]) -> str:
    if not rules:
        return "Personal data has not been searched for or removed. Texts are as the product sent them."
    named = ", ".join(f"`{rule}`" for rule in rules)
    return (
        f"Searched for and replaced when texts came in, from the day on which each rule was switched on: {named}.\n"
        "The same value has the same stand-in in every row. Names and postal addresses are not found."
    )


def _yaml(value: str) -> str:
    """JSON text is YAML text."""
    return orjson.dumps(value).decode()
