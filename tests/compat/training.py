"""Run by an environment that has the libraries: two steps of TRL's trainers on the CPU, on each folder as it is.

python training.py TRAINER:FOLDER…

Nothing is downloaded: the model is a tiny one with random weights, the tokenizer is learned from the rows themselves.
Its chat template refuses arguments of tools that are no object, as those of many models do.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TEMPLATE = """
{%- if tools %}<|tools|>{% for tool in tools %}{{ tool.function.name }}{{ tool.function.parameters | tojson }}
{%- endfor %}<|end|>{% endif %}
{%- for message in messages %}<|{{ message.role }}|>
{%- if message.tool_calls %}{% for call in message.tool_calls %}
{%- if call.function.arguments is not mapping %}{{ raise_exception("arguments are no object") }}{% endif %}
{{- call.function.name }}{{ call.function.arguments | tojson }}{% endfor %}{% endif %}
{{- message.content }}<|end|>
{%- endfor %}
{%- if add_generation_prompt %}<|assistant|>{% endif %}"""
MARKS = ("<|end|>", "<|pad|>", "<|tools|>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>")
TRAINERS = {"sft": "SFT", "preference": "DPO", "kto": "KTO"}


def main(wanted: list[str]) -> None:
    from datasets import load_dataset

    told: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as cache:
        for one in wanted:
            format, folder = one.split(":", 1)
            rows = load_dataset(folder, cache_dir=cache)["train"]
            began = time.perf_counter()
            told[Path(folder).name] = trained(format, rows, cache) | {"seconds": time.perf_counter() - began}
    print(json.dumps(told))


def trained(format: str, rows: Any, place: str) -> dict[str, Any]:
    """The steps made, whether every loss is a number, and a text as the trainer was given it."""
    import trl

    name = TRAINERS[format]
    tokenizer = _tokenizer(rows)
    settings = {"max_steps": 2, "per_device_train_batch_size": 2, "logging_steps": 1, "max_length": 1024}
    args = getattr(trl, f"{name}Config")(
        output_dir=place, use_cpu=True, report_to="none", save_strategy="no", bf16=False, **settings
    )
    # The model that others are measured against is loaded by name, unless it is given.
    reference = {} if format == "sft" else {"ref_model": _model(tokenizer)}
    trainer = getattr(trl, f"{name}Trainer")(
        model=_model(tokenizer), args=args, train_dataset=rows, processing_class=tokenizer, **reference
    )
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return {
        "steps": trainer.state.global_step,
        "rows": len(trainer.train_dataset),
        "finite": len(losses) == 2 and all(map(math.isfinite, losses)),
        "texts": [_said(tokenizer, one) for one in trainer.train_dataset],
    }


def _said(tokenizer: Any, row: dict[str, Any]) -> str:
    """All that the trainer made tokens of."""
    ids = [row[name] for name in sorted(row) if name.endswith("_ids")]
    return "\n".join(tokenizer.decode(one) for one in ids)


def _tokenizer(rows: Any) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    learned = trainers.BpeTrainer(vocab_size=600, special_tokens=list(MARKS), initial_alphabet=alphabet)
    made.train_from_iterator(_texts(rows), learned)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, eos_token=MARKS[0], pad_token=MARKS[1])
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def _texts(rows: Any) -> Iterator[str]:
    for row in rows:
        for name in ("prompt", "completion", "chosen", "rejected"):
            yield from (message["content"] for message in row.get(name) or ())


def _model(tokenizer: Any) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    ends = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id}
    return LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), max_position_embeddings=1024, **sizes, **ends))


if __name__ == "__main__":
    main(sys.argv[1:])
