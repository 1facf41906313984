"""Run by an environment that has the libraries, in a folder where a dataset lies: the code that its page shows.

python copying.py CODE…

Each is Python as it stands, but for the model, which is a tiny one made here, and two steps instead of all.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import training  # type: ignore[import-not-found]

MODEL = "tiny"
FEW = 'output_dir="out", max_steps=2, per_device_train_batch_size=2, use_cpu=True, report_to="none", bf16=False'


def main(texts: list[str]) -> None:
    told: list[Any] = []
    for text in texts:
        found: dict[str, Any] = {}
        if "Trainer(" in text:
            _make_model(text)
            text = re.sub(r"Config\(.*?\)", f"Config({FEW})", text.replace("Qwen/Qwen3-0.6B", MODEL))
        exec(compile(text, "copied", "exec"), found)
        told.append(_rows(found))
    print(json.dumps(told))


def _make_model(text: str) -> None:
    from datasets import load_dataset

    folder = re.search(r'load_dataset\("(.+?)"\)', text)
    assert folder
    rows = next(iter(load_dataset(folder[1]).values()))
    tokenizer = training._tokenizer(rows)
    training._model(tokenizer).save_pretrained(MODEL)
    tokenizer.save_pretrained(MODEL)
    assert Path(MODEL, "config.json").is_file()


def _rows(found: dict[str, Any]) -> Any:
    """What was loaded, in rows; of a trainer, how many steps it took."""
    if "trainer" in found:
        return found["trainer"].state.global_step
    if "dataset" in found:
        return {split: rows.num_rows for split, rows in found["dataset"].items()}
    return len(found["train"])


if __name__ == "__main__":
    main(sys.argv[1:])
