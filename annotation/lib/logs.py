"""Log lines: what happened, and the ids of the request, job and token that it was about; never a text of people's.

What other libraries say may hold such text: an address with what somebody searched for, a row that a constraint
refused. Of exceptions only the type and the place are told, and of lines that quote requests only what they are about.
"""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import orjson

NOTHING: Mapping[str, str] = MappingProxyType({})

_about: ContextVar[Mapping[str, str]] = ContextVar("about", default=NOTHING)

# Their messages are made of requests, arguments of tasks and what the database said.
QUOTING = ("django.", "celery.app.trace")


@contextlib.contextmanager
def about(**ids: str) -> Iterator[None]:
    """Each line that is logged within the block names these ids."""
    token = _about.set({**_about.get(), **ids})
    try:
        yield
    finally:
        _about.reset(token)


def begin(**ids: str) -> None:
    """From here on lines name these ids and no others: where one thread does one thing after another."""
    _about.set(ids)


def add(**ids: str) -> None:
    """So does each further line of the block that runs now."""
    _about.set({**_about.get(), **ids})


def formatter(kind: str) -> logging.Formatter:
    """`json` or `plain`."""
    return {"json": Json, "plain": Plain}[kind]()


class Json(logging.Formatter):
    """One object a line: `at`, `level`, `logger`, `message`, ids, the record's own `fields`, and `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        return orjson.dumps(_line(record), default=str).decode()


class Plain(logging.Formatter):
    """The same for eyes: `2026-05-05T10:11:12+00:00 WARNING annotation.jobs: what happened (job=export 7)`."""

    def format(self, record: logging.LogRecord) -> str:
        line = _line(record)
        first = "{} {} {}: {}".format(*(line.pop(name) for name in ("at", "level", "logger", "message")))
        raised = line.pop("exception", [])
        rest = ", ".join(f"{name}={value}" for name, value in line.items())
        return "\n  ".join([f"{first} ({rest})" if rest else first, *raised])


def _line(record: logging.LogRecord) -> dict[str, Any]:
    line: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": _message(record),
        **_about.get(),
        **getattr(record, "fields", {}),
    }
    raised = record.exc_info[1] if record.exc_info else None
    return line | {"exception": list(_told(raised))} if raised else line


def _message(record: logging.LogRecord) -> str:
    if record.name.startswith(QUOTING):
        return _told_apart(record)
    if record.name.startswith("gunicorn.") and record.msg.__class__ is str:
        # “Error handling request %s”, “Invalid request from ip=…: …”
        if record.msg.startswith("Error handling"):
            return record.msg.replace("%s", "").strip()
        if record.msg.startswith("Invalid"):
            return "Invalid request"
    return record.getMessage()


def _told_apart(record: logging.LogRecord) -> str:
    status = getattr(record, "status_code", None)
    if status is not None:
        return f"answered {status}"
    data = getattr(record, "data", None)
    if data is None:
        return f"{record.levelname.lower()} of {record.name}"
    return f"{data['name']} [{data['id']}] {'failed' if record.levelno >= logging.ERROR else 'done'}"


def _told(raised: BaseException | None) -> Iterator[str]:
    """An exception and what caused it: type, SQLSTATE and constraint where it has them; the places, innermost last."""
    while raised is not None:
        diag = getattr(raised, "diag", None)
        told = (getattr(raised, "sqlstate", None), getattr(diag, "constraint_name", None))
        yield " ".join([f"{type(raised).__module__}.{type(raised).__qualname__}", *(one for one in told if one)])
        for frame in traceback.extract_tb(raised.__traceback__):
            yield f"{frame.filename}:{frame.lineno} in {frame.name}"
        raised = raised.__cause__ or (None if raised.__suppress_context__ else raised.__context__)
