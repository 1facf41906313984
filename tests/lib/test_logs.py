"""Lines of the log: the ids of what they are about, and no text of people's, whoever logs."""

from __future__ import annotations

import logging
from typing import Any

import orjson
import psycopg
import pytest
from django.db import IntegrityError, connection

from annotation.lib import logs

MARKER = "wombat-in-the-pantry"


def line(name: str, message: str, *args: Any, raised: BaseException | None = None, **extra: Any) -> dict[str, Any]:
    info = (type(raised), raised, raised.__traceback__) if raised else None
    record = logging.getLogger(name).makeRecord(name, logging.ERROR, __file__, 1, message, args, info, extra=extra)
    assert MARKER not in logs.formatter("plain").format(record)
    told = logs.formatter("json").format(record)
    assert MARKER not in told
    assert "\n" not in told
    found: dict[str, Any] = orjson.loads(told)
    return found


def test_lines_name_the_ids_of_the_blocks_that_they_stand_in() -> None:
    with logs.about(request_id="abc"):
        with logs.about(job="export 7"):
            logs.add(token="3")
            told = line("annotation.jobs", "taken %s", "up", fields={"ms": 2.5})
        after = line("annotation.jobs", "later")
    assert told["message"] == "taken up"
    assert {name: told[name] for name in ("request_id", "job", "token", "ms")} == {
        "request_id": "abc",
        "job": "export 7",
        "token": "3",
        "ms": 2.5,
    }
    assert (after["request_id"], "job" in after, "token" in after) == ("abc", False, False)
    assert "request_id" not in line("annotation.jobs", "outside")


@pytest.mark.django_db
def test_a_refused_row_is_told_by_its_constraint_and_place() -> None:
    with pytest.raises(IntegrityError) as caught, connection.cursor() as cursor:
        cursor.execute("INSERT INTO annotation_worker (name, started_at, seen_at) VALUES (%s, null, now())", [MARKER])
    assert isinstance(caught.value.__cause__, psycopg.errors.NotNullViolation)
    assert MARKER in str(caught.value)
    told = line("annotation.jobs", "%s failed", "export 7", raised=caught.value)
    assert told["message"] == "export 7 failed"
    assert "django.db.utils.IntegrityError" in told["exception"]
    assert "psycopg.errors.NotNullViolation 23502" in told["exception"]
    assert any("tests/lib/test_logs.py" in place for place in told["exception"])


@pytest.mark.parametrize(
    ("name", "message", "args", "extra", "told"),
    [
        (
            "django.request",
            "%s: %s",
            ("Internal Server Error", f"/x/?q={MARKER}"),
            {"status_code": 500},
            "answered 500",
        ),
        ("django.security.DisallowedHost", f"Invalid {MARKER}", (), {}, "error of django.security.DisallowedHost"),
        (
            "celery.app.trace",
            "Task %(name)s[%(id)s] raised: %(exc)s",
            ({"name": "annotation.tasks.let_go", "id": "7f", "exc": MARKER},),
            {"data": {"name": "annotation.tasks.let_go", "id": "7f"}},
            "annotation.tasks.let_go [7f] failed",
        ),
        ("gunicorn.error", "Error handling request %s", (f"/x/?q={MARKER}",), {}, "Error handling request"),
        ("gunicorn.error", f"Invalid request from ip=127.0.0.1: {MARKER}", (), {}, "Invalid request"),
        ("gunicorn.error", "Listening at: %s", ("http://127.0.0.1:8000",), {}, "Listening at: http://127.0.0.1:8000"),
    ],
)
def test_libraries_that_quote_requests_are_told_without(
    name: str, message: str, args: tuple[Any, ...], extra: dict[str, Any], told: str
) -> None:
    assert line(name, message, *args, **extra)["message"] == told
