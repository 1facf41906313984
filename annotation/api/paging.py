"""Lists page by page: a cursor is where the last page ended, so rows that arrive meanwhile move nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Annotated, Final, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from annotation.errors import Refusal
from annotation.lib.documented import Documented

Row = TypeVar("Row", bound=Model)
Shape = TypeVar("Shape")

MAX_LIMIT = 1000

# The 8 bytes of a positive number in 11 letters: the first has no sign bit, the last no bits beyond the 64.
CURSOR: Final = re.compile("[A-Za-f][A-Za-z0-9_-]{9}[AEIMQUYcgkosw048]")
Cursor = Annotated[str, Documented({"pattern": f"^{CURSOR.pattern}$"})]


class InvalidCursor(Refusal):
    """This cursor is not one of ours. Start again without a cursor, and follow `next` as it stands."""

    code = "invalid_cursor"
    status = 422
    loc = ("query", "cursor")


class Page(Schema, Generic[Shape]):
    """`next` is the address of the page that follows, or null on the last one."""

    results: list[Shape]
    next: str | None


class Paging(Schema):
    """The query of every list."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 100
    cursor: Cursor | None = None


def page(
    request: HttpRequest,
    rows: QuerySet[Row],
    paging: Paging,
    *,
    newest_first: bool = False,
    shown: Callable[[Row], object] | None = None,
) -> dict[str, object]:
    """One page of rows in the order in which they were made, in the shape of `Page`.

    `shown` turns a row into what is listed; without it the endpoint's shape reads the row itself.
    """
    ordered = rows.order_by("-pk" if newest_first else "pk")
    if paging.cursor is not None:
        ordered = ordered.filter(**{"pk__lt" if newest_first else "pk__gt": _decoded(paging.cursor)})
    found = list(ordered[: paging.limit + 1])
    listed = found[: paging.limit]
    following = _address(request, listed[-1].pk) if len(found) > len(listed) else None
    return {"results": [shown(row) for row in listed] if shown else listed, "next": following}


def _address(request: HttpRequest, last: int) -> str:
    query = request.GET.copy()
    query["cursor"] = _encoded(last)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _encoded(last: int) -> str:
    # Opaque on purpose: what nobody can read, nobody builds on.
    return base64.urlsafe_b64encode(last.to_bytes(8)).decode("ascii").rstrip("=")


def _decoded(cursor: str) -> int:
    if not CURSOR.fullmatch(cursor):
        raise InvalidCursor
    return int.from_bytes(base64.urlsafe_b64decode(f"{cursor}="))
