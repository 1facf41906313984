"""Hypothesis strategies for bodies near the contract's shape: good records among bad ones, as bytes on the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as some
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.ingest.sent import interaction, later, signal

JSON, NDJSON = "application/json", "application/x-ndjson"
NONCE = "NONCE"
"""Stands in ids where the test puts something new for each body, so that no body meets the records of another."""


@dataclass(frozen=True)
class Raw:
    """JSON text as it stands, for what no Python value becomes: halves of surrogate pairs, numbers beyond doubles."""

    text: str


@dataclass(frozen=True)
class Pairs:
    """An object whose names may come twice."""

    pairs: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Element:
    """One record of a body. `good`: the record that has to be stored, whatever stands beside it."""

    raw: bytes
    good: dict[str, Any] | None = None


@dataclass(frozen=True)
class Body:
    path: str
    raw: bytes
    elements: list[Element]
    content_type: str
    is_packed: bool


def dumps(value: Any, *, ascii_only: bool = False) -> str:
    match value:
        case Raw():
            return value.text
        case Pairs():
            return _object(value.pairs, ascii_only)
        case dict():
            return _object(tuple(value.items()), ascii_only)
        case list():
            return "[" + ",".join(dumps(one, ascii_only=ascii_only) for one in value) + "]"
        case _:
            # Half of a surrogate pair stands in no UTF-8, but in an escape it does.
            is_whole = not isinstance(value, str) or value.encode("utf-8", "replace").decode() == value
            return json.dumps(value, ensure_ascii=ascii_only or not is_whole)


def _object(pairs: tuple[tuple[str, Any], ...], ascii_only: bool) -> str:
    named = (f"{dumps(name, ascii_only=ascii_only)}:{dumps(one, ascii_only=ascii_only)}" for name, one in pairs)
    return "{" + ",".join(named) + "}"


# --- Values

TEXTS = some.text(some.characters(exclude_categories=["Cs"]), max_size=40)
EDGES = some.sampled_from(
    [
        "",
        " ",
        "\u3000",
        "\0",
        "a\0b",
        "é",
        "e\u0301",
        "\ufeff",
        "\U0010ffff",
        "no_signal",
        "\ud800",
        "a\udfffb",
        "x" * 256,
        "x" * 257,
        "🙂" * 256,
    ]
)
RAW = some.sampled_from(
    [
        *('"\\ud800"', '"a\\udfffb"', '"\\ud83d\\ude42"', '"\\u0000"', '{"\\ud800":1}', '{"\\u0000":1}'),
        *("1e400", "-1e400", "1e-400", "-0", "-0.0", "0.1e1", "9" * 25, "-" + "9" * 25, "18446744073709551616"),
        *('{"a":1,"a":2}', "123456789012345678", "1.7976931348623157e308", "5e-324", '"\\/"'),
    ]
).map(Raw)
NESTED = some.tuples(
    some.sampled_from(["[{}]", '{{"a":{}}}']), some.sampled_from([1, 31, 32, 33, 34, 199, 260, 500])
).map(lambda drawn: Raw(_nested(*drawn)))
TIMES = some.sampled_from(
    [
        *("2026-03-02T08:00:00Z", "2026-03-02T08:00:00", "2026-03-02 08:00:00z", "2026-03-02T08:00:00+14:00"),
        *(
            "2026-03-02T08:00:00.123456789+00:00",
            "2026-02-30T08:00:00Z",
            "2026-03-02T23:59:60Z",
            "2026-03-02T24:00:00Z",
        ),
        *(
            "1969-12-31T23:59:59Z",
            "9999-12-31T23:59:59-14:00",
            "0001-01-01T00:00:00+14:00",
            "2026-03-02T08:00:00+99:99",
        ),
        *("٢٠٢٦-03-02T08:00:00Z", "2026-W10-1T08:00:00Z", "20260302T080000Z", "now", "2026-03-02T08:00:00-00:00"),
    ]
)
LEAVES = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(),
    some.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
    EDGES,
    TIMES,
    RAW,
    NESTED,
)
VALUES = some.recursive(
    LEAVES,
    lambda inside: some.lists(inside, max_size=4) | some.dictionaries(TEXTS | EDGES, inside, max_size=4),
    max_leaves=6,
)
MESSAGES = some.lists(
    some.fixed_dictionaries(
        {"role": some.sampled_from(["user", "assistant", "tool", "martian"])},
        optional={
            "content": TEXTS
            | some.lists(some.fixed_dictionaries({"type": some.just("text"), "text": TEXTS}), max_size=2)
            | LEAVES,
            "name": LEAVES,
            "tool_calls": some.lists(
                some.fixed_dictionaries({"function": some.just({"name": "f"}) | LEAVES}), max_size=2
            ),
        },
    ),
    max_size=3,
)
EXPOSURES = some.fixed_dictionaries(
    {}, optional={name: LEAVES | some.integers(0, 5) for name in ("set_id", "rank", "of", "propensity", "more")}
)
SIGNALS = some.lists(
    some.fixed_dictionaries(
        {
            "kind": some.sampled_from(["accepted", "edited", "no_signal", "made-up"]) | LEAVES,
            "observed_at": TIMES | LEAVES,
        },
        optional={"id": some.sampled_from(["s-1", "s-2"]) | LEAVES, "details": VALUES, "more": LEAVES},
    ),
    max_size=4,
)

# --- Records


FIELDS = (
    *(
        "feature",
        "id",
        "conversation_id",
        "user_key",
        "occurred_at",
        "model_version",
        "request_model",
        "response_model",
    ),
    *("input", "output", "final_text", "exposure", "replaces", "metadata", "signals", "interaction_id", "kind"),
    *("observed_at", "details", "unknown", "", "\0", "\ud800", "__proto__"),
)
OWN: dict[str, SearchStrategy[Any]] = {
    "occurred_at": TIMES,
    "observed_at": TIMES,
    "input": MESSAGES,
    "output": MESSAGES,
    "exposure": EXPOSURES,
    "signals": SIGNALS,
}


@some.composite
def _change(draw: DrawFn) -> tuple[str, Any]:
    """A field and what stands in it: half of the time what is near to what it takes."""
    name = draw(some.sampled_from(FIELDS))
    return name, draw(OWN[name] | VALUES if name in OWN else VALUES)


@some.composite
def _bad(draw: DrawFn, base: dict[str, Any]) -> Element:
    """A record with a few fields changed, left out, or there twice. It may happen to be a good one."""
    changes = draw(some.lists(_change(), min_size=1, max_size=4))
    left_out = draw(some.sets(some.sampled_from(tuple(base)), max_size=1))
    kept = [(name, value) for name, value in base.items() if name not in left_out]
    is_twice = draw(some.booleans())
    pairs = [*kept, *changes] if is_twice else list((dict(kept) | dict(changes)).items())
    return Element(dumps(Pairs(tuple(pairs)), ascii_only=draw(some.booleans())).encode())


@some.composite
def _other(draw: DrawFn) -> Element:
    """Any JSON value, where a record is due."""
    return Element(dumps(draw(LEAVES | VALUES)).encode())


@some.composite
def _good(draw: DrawFn, base: dict[str, Any]) -> Element:
    texts = draw(some.dictionaries(some.sampled_from(["output", "final_text"]), _storable(), max_size=2))
    details = draw(some.dictionaries(_storable(), _storable() | some.integers(-(2**53), 2**53), max_size=3))
    if "interaction_id" in base:
        record = base | {"details": details}
    else:
        record = base | texts | {"metadata": details, "signals": [signal(id="s-1", details=details)]}
    return Element(dumps(record, ascii_only=draw(some.booleans())).encode(), good=record)


def _storable() -> SearchStrategy[str]:
    """Text that a record may hold: whole characters, and no U+0000."""
    return some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


def _not_blank(line: bytes) -> bytes:
    return line if line.removeprefix(b"\xef\xbb\xbf").strip() else b"?"


# Lines that are no JSON at all; none is blank or only a byte order mark, which counts as nothing where a body begins,
# and none holds the byte that would make two of one.
GARBAGE = some.one_of(
    some.binary(max_size=40),
    some.sampled_from(
        [
            *(
                b"{",
                b"[",
                b'"',
                b"\xff",
                b"\xed\xa0\x80",
                b"NaN",
                b"-Infinity",
                b"{'a':1}",
                b"\xef\xbb\xbf{}",
                b"01",
                b"[" * 3000,
            )
        ]
    ),
).map(lambda raw: Element(_not_blank(raw.replace(b"\n", b" ").strip())))

# --- Bodies


@some.composite
def bodies(draw: DrawFn) -> Body:
    """A batch of 1 to 8 records in one of the forms that the door takes; good ones and bad ones in any order."""
    path = draw(some.sampled_from(["/interactions", "/interactions", "/interactions", "/signals"]))
    is_lines = draw(some.booleans())
    kinds = draw(some.lists(some.sampled_from(["good", "bad", "bad", "other", "garbage"]), min_size=1, max_size=8))
    elements = []
    for number, kind in enumerate(kinds):
        base = interaction(f"{NONCE}-{number}") if path == "/interactions" else later(f"{NONCE}-{number}", id="s-1")
        by_kind = {
            "good": _good(base),
            "bad": _bad(base),
            "other": _other(),
            "garbage": GARBAGE if is_lines else _other(),
        }
        elements.append(draw(by_kind[kind]))
    raw = b"\n".join(one.raw for one in elements) if is_lines else b"[" + b",".join(one.raw for one in elements) + b"]"
    return Body(path, raw, elements, NDJSON if is_lines else JSON, is_packed=draw(some.integers(0, 3)) == 0)


def _nested(around: str, levels: int) -> str:
    text = "1"
    for _ in range(levels):
        text = around.format(text)
    return text
