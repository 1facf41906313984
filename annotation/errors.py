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
