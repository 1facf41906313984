"""The manifest of a dataset, and the count before there is one, as small tables with bars, and as sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from annotation.exports import wanted
from annotation.exports.selection import causes
from annotation.exports.selection.select import Preview
from annotation.models import Reason
from annotation.web import charts
from annotation.web.charts import Part
from annotation.web.datasets import words


@dataclass(frozen=True, kw_only=True)
class Line:
    """`bar` is as long as its rows are many, beside the longest of its table; its name is the class that colors it."""

    name: str
    rows: int
    share: float
    bar: Sequence[Part]


@dataclass(frozen=True, kw_only=True)
class Table:
    """`whole` is one bar of all lines; of a table without one each line has its own."""

    title: str | Promise
    lines: Sequence[Line]
    whole: Sequence[Part] = ()


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why items were left out, and what would change that."""

    text: str
    mend: str | Promise
    bar: Sequence[Part]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Seconds from `occurred_at`, as the manifest has them."""

    title: str | Promise
    count: int
    p50: float | None
    p90: float | None


def tables(manifest: dict[str, Any]) -> list[Table]:
    counts = manifest["rows"]
    outcomes = _outcomes(counts.get("reason", {}))
    return [_table(name, counts[name], outcomes) for name in words.COUNTED if counts.get(name)]


def of_preview(found: Preview) -> list[Table]:
    outcomes = _outcomes(found.reasons)
    counted = {"split": found.splits, "outcome": found.outcomes, "reason": found.reasons}
    return [_table(name, counts, outcomes) for name, counts in counted.items()]


def left_out(counts: Mapping[str, int]) -> list[Cause]:
    """By cause, most first."""
    most = max(counts.values(), default=0)
    return [
        Cause(
            text=causes.sentence({cause: count}),
            mend=words.MENDS[cause],
            bar=charts.bar([("left", count)], of=most),
        )
        for cause, count in sorted(counts.items(), key=lambda pair: -pair[1])
    ]


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
        said.append((_("kept together"), _("%(group)s, seed %(seed)s") % _dealt(request)))
        if request.get("split_by") == "time":
            said.append((_("dealt by"), str(words.SPLIT_BY["time"])))
    if request.get("since"):
        said.append((_("only what is new since"), request["since"]))
    return [*said, (_("purpose"), str(words.PURPOSES[request["purpose"]]))]


def _dealt(request: dict[str, Any]) -> dict[str, Any]:
    return {"group": words.GROUPINGS.get(request["group_by"], request["group_by"]), "seed": request["seed"]}


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _table(name: str, counts: Mapping[str, int], outcomes: Mapping[str, str]) -> Table:
    total, most = sum(counts.values()), max(counts.values())
    order = wanted.SPLITS if name == "split" else sorted(counts, key=lambda key: -counts[key])
    found = [key for key in order if key in counts]
    tones = {key: _tone(name, key, outcomes) for key in found}
    lines = [
        Line(
            name=_name(name, key),
            rows=counts[key],
            share=100 * counts[key] / total,
            bar=charts.bar([(tones[key], counts[key])], of=most),
        )
        for key in found
    ]
    whole = charts.bar([(tones[key], counts[key]) for key in found], of=total) if name == "split" else ()
    return Table(title=words.COUNTED[name], lines=lines, whole=whole)


def _tone(counted: str, key: str, outcomes: Mapping[str, str]) -> str:
    """A split and an outcome have colors of their own; a reason has that of its outcome."""
    if counted in ("split", "outcome"):
        return key
    return outcomes.get(key, "rows-of") if counted == "reason" else "rows-of"


def _outcomes(reasons: Mapping[str, int]) -> dict[str, str]:
    """The outcome of each reason that is spelled `kind: code`, by the newest version of the taxonomy that has it."""
    codes = {name.partition(": ")[2] for name in reasons}
    found = Reason.objects.filter(code__in=codes).order_by("taxonomy_version__number")
    return {f"{kind}: {code}": outcome for kind, code, outcome in found.values_list("signal_kind", "code", "outcome")}


def _name(counted: str, key: str) -> str:
    known: dict[str, Any] = {"outcome": words.OUTCOMES, "label_source": words.SOURCES, "split": words.SPLITS}
    return str(known.get(counted, {}).get(key, key))
