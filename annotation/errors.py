"""The base of every anticipated "no"."""

from __future__ import annotations

import inspect
from collections.abc import Mapping


class Refusal(Exception):
    """The request was refused.

    A subclass's docstring is the sentence that people read: it says what is wrong and what to do. It may hold
    `{placeholders}`, filled from the keyword arguments. Edges translate the class once: `status` to HTTP, `code` to
    machines, `headers` beside an answer to machines. What is not a Refusal is a defect and crashes loudly.
    """

    code: str = "refused"
    status: int = 400
    headers: Mapping[str, str] = {}
    loc: tuple[str | int, ...] | None = None

    def __init__(self, *, loc: tuple[str | int, ...] | None = None, **details: object) -> None:
        self.details = details
        if loc is not None:
            self.loc = loc
        sentence = " ".join(inspect.cleandoc(type(self).__doc__ or "Refused.").split())
        super().__init__(sentence.format(**details) if details else sentence)

    @property
    def message(self) -> str:
        return str(self)


class UnstorableText(Refusal):
    """This address or form holds the character U+0000, which no database text can hold. Remove it and try again."""

    code = "unstorable_text"
    status = 400


def of_database(error: Exception) -> Refusal | None:
    """What is to be told where the database refused a value (`DataError`); None where that is our own defect."""
    return UnstorableText() if "NUL (0x00)" in str(error) else None
