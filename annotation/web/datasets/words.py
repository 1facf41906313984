"""Codes of datasets as people read them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from annotation.web import shown

OUTCOMES = shown.OUTCOMES

# What trains on it, and what a row is.
FORMATS = {
    "sft": _("To imitate good answers, for TRL's SFTTrainer. One row an answer, as given or as the user edited it."),
    "preference": _(
        "To prefer edits, for TRL's DPOTrainer. One row an edit: the user's text chosen, the draft rejected."
    ),
    "kto": _("To tell good from bad, for TRL's KTOTrainer. One row an answer, with the label true or false."),
    "openai_sft": _("To imitate good answers, for services that fine-tune as OpenAI did. One conversation a line."),
    "openai_dpo": _("To prefer edits, for services that fine-tune as OpenAI did. One pair a line."),
    "reasons": _("To analyze, for pandas and others. One row a label and one a consensus, undecided items included."),
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

PURPOSES = {"training": _("training"), "evaluation": _("evaluation")}

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
