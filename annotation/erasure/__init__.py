"""Forget a user or an interaction, everywhere: in the tables, in the files of datasets, and after a restore again."""

from annotation.erasure.holding import Answer, Preview, answer, preview
from annotation.erasure.run import Busy, Subject, erase, go_on, interaction, unfinished, user

__all__ = [
    "Answer",
    "Busy",
    "Preview",
    "Subject",
    "answer",
    "erase",
    "go_on",
    "interaction",
    "preview",
    "unfinished",
    "user",
]
