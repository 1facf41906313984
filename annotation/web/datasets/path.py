"""The way of a row as a line of stops: pure, from its lineage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from annotation.exports.finished.lineage import Deployed, Lineage, Run, Said, Side
from annotation.labels import raters
from annotation.web import charts, shown
from annotation.web.charts import Part
from annotation.web.datasets import words


@dataclass(frozen=True, kw_only=True)
class Link:
    text: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Stop:
    """`at` is null for what has not happened. `after`: since the stop before, where time ran forward."""

    kind: str
    title: str | Promise
    text: str = ""
    at: datetime | None = None
    after: timedelta | None = None
    links: Sequence[Link] = ()
    labels: Sequence[Said] = ()
    chip: tuple[str, str] | None = None
    is_open: bool = False
    is_bad: bool = False


@dataclass(frozen=True, kw_only=True)
class Leg:
    """A stretch of the way, named by the stop that it leads to; `tone` colors it."""

    tone: str
    title: str | Promise
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Path:
    """`heads` has one line of stops for each answer of the row; `tail` is what all of them share.

    `legs` and `bar` say where the time went, along the first head.
    """

    heads: Sequence[tuple[str, Sequence[Stop]]]
    tail: Sequence[Stop]
    legs: Sequence[Leg] = field(default_factory=list)
    bar: Sequence[Part] = field(default_factory=list)


LEGS = ("signal", "evidence", "label", "consensus", "row", "run", "deployment", "seen-changed")


def of(lineage: Lineage, *, feature: str) -> Path:
    own = _timed(_head(lineage.own, feature, is_label=lineage.row_kind == "label"))
    heads = [(_("What is rejected") if lineage.counterpart else "", own)]
    if lineage.counterpart:
        heads.append((_("What is chosen"), _timed(_head(lineage.counterpart, feature, is_label=False))))
    tail = _timed(_tail(lineage, feature), since=own[-1].at)
    legs = list(_legs([*own, *tail]))
    total = sum(leg.seconds for leg in legs)
    bar = charts.bar([(leg.tone, round(1000 * leg.seconds / total)) for leg in legs], of=1000) if total else []
    return Path(heads=heads, tail=tail, legs=legs if bar else [], bar=bar)


def _head(side: Side, feature: str, *, is_label: bool) -> Iterator[Stop]:
    yield _answered(side, feature)
    evidence = [] if side.erased_at else [Link(text=_("All its evidence"), url=_item(side))]
    derived = _("Flywheel derived it from what the product sent.") if side.derived_by else ""
    yield Stop(kind="signal", title=shown.headline(side.signal_kind), text=derived, at=side.observed_at, links=evidence)
    yield _gathered(side)
    if side.labels:
        judged = [] if side.erased_at else [Link(text=_("What people said of it"), url=f"{_item(side)}#decided")]
        first = side.labels[0].labeled_at
        said = [replace(one, rater=one.rater.removeprefix(raters.OWN)) for one in side.labels]
        yield Stop(kind="label", title=_("Labeled"), at=first, labels=said, links=judged)
    if not is_label:
        yield _decided(side)


def _answered(side: Side, feature: str) -> Stop:
    if side.erased_at or side.interaction_id is None:
        text = _("It was erased since. Its texts and names are gone; times and reasons stay.")
        return Stop(kind="answer", title=_("A user got an answer"), text=text, at=side.occurred_at, is_bad=True)
    text = _("%(version)s answered, as interaction %(id)s.") % {
        "version": side.model_version,
        "id": side.interaction_id,
    }
    link = Link(text=_("Its whole loop"), url=_closure(feature, side.interaction_id))
    return Stop(kind="answer", title=_("A user got an answer"), text=text, at=side.occurred_at, links=[link])


def _gathered(side: Side) -> Stop:
    said = {"queue": side.queue, "version": side.evidence_version}
    text = _("Placed in the queue %(queue)s. Who labeled it first saw version %(version)s of the evidence.") % said
    return Stop(kind="evidence", title=_("Queued with its evidence"), text=text, at=side.queued_at)


def _decided(side: Side) -> Stop:
    made = side.decided
    if made is None:
        return Stop(kind="consensus", title=_("Decided"), text=_("Nothing was decided about it."), is_open=True)
    text = str(words.METHODS.get(made.method, made.method)).capitalize() + "."
    if made.confidence is not None:
        text += " " + _("Confidence %(share).2f.") % {"share": made.confidence}
    if made.superseded_at:
        text += " " + _("People have come to another reason since; a new export holds that one.")
    return Stop(kind="consensus", title=_("Decided"), text=text, at=made.resolved_at, chip=(made.outcome, made.title))


def _tail(lineage: Lineage, feature: str) -> Iterator[Stop]:
    yield _written(lineage)
    if lineage.is_held_out:
        text = _("It stands in %(split)s, so models are measured with it and none is trained on it.")
        said = text % {"split": words.SPLITS.get(lineage.split, lineage.split)}
        yield Stop(kind="run", title=_("Held out of training"), text=said, is_open=True)
        return
    if not lineage.runs:
        text = _("Trainers report their runs at POST /api/v1/training-runs; then the way goes on here.")
        yield Stop(kind="run", title=_("No training run has named this dataset yet"), text=text, is_open=True)
    for run in lineage.runs:
        yield from _trained(run, lineage.export, feature)


def _written(lineage: Lineage) -> Stop:
    place = {"ordinal": f"{lineage.ordinal:,}", "split": words.SPLITS.get(lineage.split, lineage.split)}
    text = _("Row %(ordinal)s, in the split %(split)s.") % place
    if lineage.weight is not None:
        text += " " + _("It weighs %(weight).2f.") % {"weight": lineage.weight}
    links = [Link(text=lineage.export, url=reverse("dataset", args=[lineage.export]))]
    if lineage.file and lineage.line:
        text += " " + _("It is number %(line)s in %(file)s.") % {"line": f"{lineage.line:,}", "file": lineage.file}
    return Stop(kind="row", title=_("Became a row of this dataset"), text=text, at=lineage.exported_at, links=links)


def _trained(run: Run, export: str, feature: str) -> Iterator[Stop]:
    has_made = run.status == "succeeded"
    said = {"name": run.name, "version": run.model_version}
    text = _("%(name)s made %(version)s.") if has_made else _("%(name)s failed, and made nothing.")
    used = [Link(text=_("Runs of this dataset"), url=f"{reverse('dataset', args=[export])}#used-title")]
    yield Stop(
        kind="run", title=_("A model was trained on it"), text=text % said, at=run.finished_at, links=used,
        is_bad=not has_made,
    )  # fmt: skip
    if has_made and not run.deployments:
        text = _("Deployers report at POST /api/v1/deployments.")
        yield Stop(kind="deployment", title=_("%(version)s is not deployed yet") % said, text=text, is_open=True)
    for one in run.deployments:
        yield from _deployed(one, run.model_version, feature)


def _deployed(one: Deployed, version: str, feature: str) -> Iterator[Stop]:
    said = {"version": version, "share": round(100 * one.share)}
    text = _("%(version)s answers %(share)s of 100 users since then.") % said
    link = Link(text=_("The loop of this feature"), url=f"{reverse('closure')}?{urlencode({'feature': feature})}")
    yield Stop(kind="deployment", title=_("The model was deployed"), text=text, at=one.deployed_at, links=[link])
    if one.first_changed is None:
        yield Stop(kind="seen-changed", title=_("No interaction has been answered by it yet"), is_open=True)
        return
    text = _("Interaction %(id)s is the first that it answered.") % {"id": one.first_changed}
    link = Link(text=_("Its whole loop"), url=_closure(feature, one.first_changed))
    title = _("A user saw the changed behavior")
    yield Stop(kind="seen-changed", title=title, text=text, at=one.first_changed_at, links=[link])


def _timed(stops: Iterator[Stop], *, since: datetime | None = None) -> list[Stop]:
    timed = []
    for stop in stops:
        forward = stop.at is not None and since is not None and stop.at >= since
        timed.append(replace(stop, after=stop.at - since) if forward and stop.at and since else stop)
        since = stop.at or since
    return timed


def _legs(stops: Sequence[Stop]) -> Iterator[Leg]:
    """One leg for each kind of stop, at its first: what a second run takes is no part of the way to the first."""
    told = set[str]()
    for stop in stops:
        if stop.after is not None and stop.kind in LEGS and stop.kind not in told:
            told.add(stop.kind)
            yield Leg(tone=stop.kind, title=stop.title, seconds=stop.after.total_seconds())


def _item(side: Side) -> str:
    return reverse("validity_item", args=[side.item_id])


def _closure(feature: str, interaction_id: str) -> str:
    return f"{reverse('closure')}?{urlencode({'feature': feature, 'id': interaction_id})}#one"
