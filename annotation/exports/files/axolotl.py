"""`axolotl.yaml`: what a configuration of Axolotl needs to read the dataset, or why it can't.

The keys are those of its own schema (`datasets`, `test_datasets`, `field_messages`, `message_field_training`, `roles`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

NAME: Final = "axolotl.yaml"

_HEAD: Final = """# For Axolotl: copy this into your configuration, or begin one with it.
# `path` is this folder, seen from where Axolotl runs.
"""

# Each reads rows as its files hold them.
_FITS: Final[Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]]] = {
    "openai_sft": (
        "# What the model said in earlier turns weighs 0 and is not trained on.\n",
        {},
        {"type": "chat_template", "field_messages": "messages", "message_field_training": "weight"},
    ),
    "preference": (
        "# Axolotl takes role and text of each message, and of `chosen` and `rejected` the last: it learns no calls\n"
        "# of tools. Versions that want one object there, and no list, don't read these rows.\n",
        {"rl": "dpo"},
        {
            "type": "chat_template.default",
            "field_messages": "prompt",
            "field_chosen": "chosen",
            "field_rejected": "rejected",
        },
    ),
}

_MESSAGES: Final[Mapping[str, Any]] = {
    "message_property_mappings": {"role": "role", "content": "content"},
    "roles": {"user": ["user"], "assistant": ["assistant"], "system": ["system"], "tool": ["tool"]},
}

_DOES_NOT_FIT: Final[Mapping[str, str]] = {
    "sft": "Axolotl reads a conversation from one column, and here question and answer are two, as TRL has them. Ask\n"
    "# for the same dataset as openai_sft: Axolotl reads that as it is.",
    "kto": "Axolotl's KTO reads questions and answers that are one text each, and these are lists of messages. TRL's\n"
    "# own KTOTrainer reads these rows as they are.",
    "openai_dpo": "Axolotl reads the question from a column of its own, and here it stands inside `input`. Ask for\n"
    "# the same dataset as preference: Axolotl reads that.",
    "reasons": "These rows are for analysis. There is nothing in them to train on.",
}


def fits(format: str) -> bool:
    """Whether Axolotl reads rows of this format as they are."""
    return format in _FITS


def text(*, manifest: Mapping[str, Any]) -> bytes:
    """The file, from the manifest."""
    format = manifest["request"]["format"]
    if format not in _FITS:
        return f"# Not for Axolotl. {_DOES_NOT_FIT[format]}\n".encode()
    note, whole, rows = _FITS[format]
    splits = manifest["rows"]["split"]
    lines = [f"{key}: {_value(value)}" for key, value in whole.items()]
    lines += ["chat_template: tokenizer_default"]
    lines += _datasets("datasets", "train", rows) if "train" in splits else []
    tested = "validation" if "validation" in splits else "test"
    lines += _datasets("test_datasets", tested, rows) if tested in splits else []
    return (_HEAD + note + "\n".join(lines) + "\n").encode()


def _datasets(key: str, split: str, rows: Mapping[str, Any]) -> Iterator[str]:
    yield f"{key}:"
    yield f"  - path: {_value('.')}"
    told = {"split": split, **rows, **_MESSAGES}
    yield from (f"    {name}: {_value(value)}" for name, value in told.items())


def _value(value: object) -> str:
    """JSON text is YAML text; a plain word needs no quotes."""
    return value if isinstance(value, str) and value.isidentifier() else orjson.dumps(value).decode()
