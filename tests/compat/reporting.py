"""Run by an environment that has the libraries, beside flywheel_callback.py: two steps of TRL on a dataset.

python reporting.py TRAIN.PY FOLDER

TRAIN.PY is what somebody adds to a script that has a `trainer`: here its model is a tiny one with random weights.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import training  # type: ignore[import-not-found]


def main(lines: str, folder: str) -> None:
    import trl
    from datasets import load_dataset

    rows = load_dataset(folder)["train"]
    tokenizer = training._tokenizer(rows)
    args = trl.SFTConfig(
        output_dir="out",
        max_steps=2,
        per_device_train_batch_size=2,
        use_cpu=True,
        report_to="none",
        save_strategy="no",
        bf16=False,
        max_length=1024,
        eval_strategy="steps",
        eval_steps=1,
        eval_on_start=True,
    )
    trainer = trl.SFTTrainer(
        model=training._model(tokenizer), args=args, train_dataset=rows, eval_dataset=rows, processing_class=tokenizer
    )
    sys.path.insert(0, ".")
    exec(compile(lines, "copied", "exec"), {"trainer": trainer})
    print(json.dumps({"steps": trainer.state.global_step}))


if __name__ == "__main__":
    main(Path(sys.argv[1]).read_text(), sys.argv[2])
