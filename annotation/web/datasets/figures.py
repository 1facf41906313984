"""The manifest of a dataset as small tables and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from annotation.exports import wanted
from annotation.exports.select import Preview
from annotation.web.datasets import words


@dataclass(frozen=True, kw_only=True)
class Line:
    name: str
    rows: int
    share: float


@dataclass(frozen=True, kw_only=True)
class Table:
    title: str | Promise
    lines: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Seconds from `occurred_at`, as the manifest has them."""

    title: str | Promise
    count: int
    p50: float | None
    p90: float | None


def tables(manifest: dict[str, Any]) -> list[Table]:
    counts = manifest["rows"]
    return [_table(name, counts[name]) for name in words.COUNTED if counts.get(name)]


def of_preview(found: Preview) -> list[Table]:
    return [_table("split", found.splits), _table("outcome", found.outcomes), _table("reason", found.reasons)]


def stages(manifest: dict[str, Any]) -> list[Stage]:
    reached = manifest["closure"]
    return [Stage(title=title, **reached[stage]) for stage, title in words.STAGES.items() if stage in reached]


def asked(request: dict[str, Any]) -> list[tuple[str, str]]:
    """What was asked for, without what was left as it is: name and value."""
    filters = {name: value for name, value in request["filters"].items() if value not in ([], None)}
    said = [(name.replace("_", " "), _value(value)) for name, value in filters.items()]
    ratios = request["splits"]
    splits = ", ".join(f"{name} {ratios[name]:g}" for name in wanted.SPLITS if name in ratios)
    if request["format"] != "reasons" and request["purpose"] == "training":
        said.append((_("splits"), splits))
        said.append((_("dealt by"), _("%(group)s, seed %(seed)s") % _dealt(request)))
    return [*said, (_("purpose"), str(words.PURPOSES[request["purpose"]]))]


def _dealt(request: dict[str, Any]) -> dict[str, Any]:
    return {"group": words.GROUPINGS.get(request["group_by"], request["group_by"]), "seed": request["seed"]}


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _table(name: str, counts: dict[str, int]) -> Table:
    total = sum(counts.values())
    order = wanted.SPLITS if name == "split" else sorted(counts, key=lambda key: -counts[key])
    found = [key for key in order if key in counts]
    lines = [Line(name=_name(name, key), rows=counts[key], share=100 * counts[key] / total) for key in found]
    return Table(title=words.COUNTED[name], lines=lines)


def _name(counted: str, key: str) -> str:
    known: dict[str, Any] = {"outcome": words.OUTCOMES, "label_source": words.SOURCES}
    return str(known.get(counted, {}).get(key, key))
