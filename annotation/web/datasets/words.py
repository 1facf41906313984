"""Codes of datasets as people read them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from annotation.web import shown

OUTCOMES = shown.OUTCOMES

# What it is for, and what a row is.
FORMATS = {
    "sft": _("To imitate good answers. One row an answer, as given or as the user edited it."),
    "preference": _("To prefer the better of two answers. One row a pair: one chosen, one rejected."),
    "kto": _("To tell good from bad. One row an answer, with the label true or false."),
    "openai_sft": _("To imitate good answers at a service that fine-tunes. One conversation a line."),
    "openai_dpo": _("To prefer the better of two answers at a service that fine-tunes. One pair a line."),
    "reasons": _("To analyze. One row a label and one a consensus, undecided items included."),
}

READERS = {
    "sft": _("TRL's SFTTrainer, datasets, pandas, polars"),
    "preference": _("TRL's DPOTrainer, Axolotl (DPO), datasets, pandas, polars"),
    "kto": _("TRL's KTOTrainer, datasets, pandas, polars"),
    "openai_sft": _("OpenAI's fine-tuning and services with the same door, Axolotl (chat_template)"),
    "openai_dpo": _("OpenAI's preference fine-tuning and services with the same door"),
    "reasons": _("pandas, polars, a spreadsheet (CSV)"),
}

CONTAINERS = {
    "jsonl": _("lines of JSON"),
    "jsonl.gz": _("lines of JSON, compressed"),
    "parquet": _("Parquet"),
    "csv": _("CSV, for the format reasons"),
}

SOURCES = {"human": _("people"), "gold": _("gold"), "rule": _("rules"), "judge": _("judges")}

GROUPINGS = {
    "conversation": _("conversations"),
    "user": _("users"),
    "component": _("users, conversations and near-duplicates"),
}

# Why one would keep these together.
GROUPED = {
    "conversation": _("The turns of one conversation stay in one split."),
    "user": _("All of one user stays in one split, so a model is tested on users whom it has not seen."),
    "component": _(
        "Whatever shares a user, a conversation or nearly the same text stays in one split: the strictest test, and "
        "one group can get large."
    ),
}

SPLIT_BY = {"group": _("chance"), "time": _("time")}

DEALT = {
    "group": _("Each group is drawn, always into the same split. A model may then be tested on what came before."),
    "time": _("The newest groups are the test, those before them the validation: as it will be used, on what is new."),
}

PURPOSES = {"training": _("training"), "evaluation": _("evaluation")}

SPLITS = {"train": _("train"), "validation": _("validation"), "test": _("test")}

COUNTED = {
    "split": _("Split"),
    "outcome": _("Outcome"),
    "signal_kind": _("Signal"),
    "reason": _("Signal and reason"),
    "model_version": _("Model version"),
    "label_source": _("Who decided"),
}

STAGES = {
    "ingested": _("Ingested"),
    "queued": _("Queued"),
    "labeled": _("Labeled"),
    "resolved": _("Resolved"),
    "exported": _("Exported"),
}

# What would bring in what was left out, by cause.
MENDS = {
    "erased": _("Nothing: what was erased stays away."),
    "filtered": _("Wider filters."),
    "evaluation_set": _("Nothing, for training: it is kept back to measure with. The purpose evaluation holds it."),
    "no_consensus": _("More labels, and agreement where people differ. The queue serves what is missing."),
    "below_confidence": _("Less confidence asked for, or more people for each item of the queue."),
    "use_not_permitted": _("Another format, if it takes that reason; or another use permitted in the taxonomy."),
    "contradicting_signals": _("Nothing, while another signal says that the answer is bad. kto takes it as a bad one."),
    "no_counterpart": _(
        "A second answer: an edit that is neither tiny nor a rewrite, or a better answer written down."
    ),
    "lint": _("The question sent with the answer, and answers that say something."),
    "bridges_splits": _("Another seed, or groups by conversation: rows that are dealt already never move."),
    "duplicate": _("Nothing is lost: the same text twice teaches nothing new."),
}

METHODS = {
    "single": _("one label decided"),
    "majority": _("most of the labels agreed"),
    "dawid_skene": _("labels were weighed by how right each person usually is"),
    "adjudicated": _("an adjudicator decided"),
    "gold": _("it is a known answer"),
    "skipped": _("nobody could judge it"),
}

# Lists of messages in a row, in the order in which a page shows them: title, and the tone of what is in it.
PARTS = {
    "messages": (_("The conversation"), ""),
    "input": (_("What the model is given"), ""),
    "prompt": (_("What the model is given"), ""),
    "completion": (_("What it learns to answer"), "good"),
    "chosen": (_("What it learns to prefer"), "good"),
    "preferred_output": (_("What it learns to prefer"), "good"),
    "rejected": (_("What it learns to avoid"), "bad"),
    "non_preferred_output": (_("What it learns to avoid"), "bad"),
}
UNDESIRABLE = (_("What it learns to avoid"), "bad")

# Why an item that an earlier version held is in this one no more.
WITHDRAWN = {
    "erased": _("was erased"),
    "counterpart_erased": _("was compared with an answer that was erased"),
    "moved_to_evaluation": _("is reserved for evaluation now"),
    "item_withdrawn": _("was withdrawn or flagged as broken"),
    "undecided": _("has no consensus any more"),
    "consensus_changed": _("was decided otherwise, so that it is not for this dataset"),
    "contradicted": _("has another signal of the same answer that turned out bad"),
    "stands_elsewhere": _("is left to another item of the same answer"),
    "left_out": _("is left out now: by the filters, as a duplicate, or because it would connect two splits"),
}
