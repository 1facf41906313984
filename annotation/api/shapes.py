"""Types that the shapes of all endpoints share: strict, so that nothing is taken for what it isn't."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from annotation.lib import rfc3339
from annotation.lib.documented import STORABLE, Documented


def named(name: str) -> dict[str, Any]:
    """As JSON Schema: an object in which this text is given; null would not be."""
    return {"required": [name], "properties": {name: {"type": "string", "minLength": 1}}}


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("holds the character U+0000, which no database text can hold: leave it out")
    return value


def _time(value: Any) -> datetime:
    return value if isinstance(value, datetime) else rfc3339.parse(value)


Time = Annotated[datetime, BeforeValidator(_time), WithJsonSchema({"type": "string", **rfc3339.SCHEMA})]
"""RFC 3339 with an offset; a time without one, or a number, is refused."""

Text = Annotated[str, AfterValidator(_no_nul), Documented({"pattern": STORABLE})]
Name = Annotated[Text, Field(min_length=1, max_length=200)]
Slug = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]
Share = Annotated[float, Field(ge=0, le=1)]


class ShareShown(Schema):
    """A share in 0..1 with its interval of 95 %."""

    value: float
    low: float
    high: float


class Sent(Schema):
    """The base of what is posted: no field that isn't known, no number as text and no text as number."""

    model_config = ConfigDict(strict=True, extra="forbid")


def without_defaults(schema: dict[str, Any]) -> None:
    """For what changes something: what is left out stays as it is, so a default would be untrue, and a client that
    fills it in would change it."""
    for field in schema["properties"].values():
        field.pop("default", None)
