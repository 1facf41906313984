"""What is asked for: checked against what is known here, and written down as a job."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from annotation import audit, jobs
from annotation.errors import Refusal
from annotation.exports.selection import gate
from annotation.exports.series import since
from annotation.exports.wanted import (
    CONTAINERS,
    DECIDING_SOURCES,
    FORMATS,
    GROUPINGS,
    OUTCOMES,
    SOURCES,
    SPLIT_BY,
    SPLITS,
    ExportRequest,
    containers,
)
from annotation.lib import public_ids
from annotation.models import Export, Feature, Reason, Recipe, SignalKind, SplitPlan


class Unknown(Refusal):
    """{what} “{given}” is not known here. Known: {known}."""

    code = "unknown_value"
    status = 422


class NotThisContainer(Refusal):
    """The format {format} is not written as {given}: ask for {fit}."""

    code = "container_does_not_fit"
    status = 422
    loc = ("container",)


class NotDeciding(Refusal):
    """Only people and gold decide, so no row of {format} has the source “{given}”. Ask for human, gold or both, or
    for the format reasons, which holds every label."""

    code = "source_never_decides"
    status = 422


class SplitsDontSum(Refusal):
    """The splits must be shares of train, validation and test that sum to 1, such as 0.8, 0.1 and 0.1; these sum to
    {total:g}."""

    code = "invalid_splits"
    status = 422
    loc = ("splits",)


class OtherRatios(Refusal):
    """The first export of this feature with seed {seed} and group_by {group_by} fixed its splits at {fixed}, and
    rows never move between splits. Ask for those, or choose another seed."""

    code = "splits_are_fixed"
    status = 409
    loc = ("splits",)


class DealtOtherwise(Refusal):
    """The first export of this feature with seed {seed} and group_by {group_by} dealt its groups by {fixed}, and rows
    never move between splits. Ask for split_by {fixed}, or choose another seed."""

    code = "splits_are_fixed"
    status = 409
    loc = ("split_by",)


class EmptyPeriod(Refusal):
    """The period ends before it begins: `to` must be later than `from`."""

    code = "empty_period"
    status = 422
    loc = ("filters", "to")


class KeyUsedOtherwise(Refusal):
    """This Idempotency-Key was used for another request, which made the export {export}. Send a new key with a new
    request."""

    code = "idempotency_key_reused"
    status = 409


class Ended(Refusal):
    """This export has already ended ({status}); there is nothing to cancel."""

    code = "export_ended"
    status = 409


def check(*, feature: Feature, request: ExportRequest) -> None:
    """Refuse in words what can't be made: unknown names, splits that don't add up or were fixed otherwise, an export
    that this one can't go on from."""
    _check_names(request)
    _check_filters(request)
    if request.is_split:
        _check_splits(feature, request)
    since.find(feature=feature, request=request)


@transaction.atomic
def create(
    *,
    feature: Feature,
    request: ExportRequest,
    actor: audit.Actor,
    idempotency_key: str | None,
    now: datetime,
    asks_why: bool = False,
    recipe: Recipe | None = None,
) -> tuple[Export, bool]:
    """Write the job down. With a key that this actor has used for the same request: its export, and False.

    `asks_why`: refuse a dataset that leans on signals that aren't valid and doesn't say why it is made, instead of
    warning of them.
    """
    known = _known(request, actor, idempotency_key)
    if known is not None:
        return known, False
    check(feature=feature, request=request)
    judged = gate.of_request(feature=feature, request=request)
    if asks_why:
        gate.check(judged=judged, request=request)
    try:
        with transaction.atomic():
            export = _new(feature, request, actor, idempotency_key, judged, recipe, now)
    except IntegrityError:
        # The same key, at the same moment.
        known = _known(request, actor, idempotency_key)
        if known is None:
            raise
        return known, False
    _record(export, request, judged, actor, now)
    return export, True


@transaction.atomic
def cancel(*, export: Export, actor: audit.Actor, now: datetime) -> Export:
    """Ask a job to end. A waiting one ends here; a running one ends, and removes its files, within seconds."""
    locked = Export.objects.select_for_update().get(pk=export.pk)
    if jobs.cancel(locked, ended=Ended, now=now):
        target = ("export", locked.public_id)
        audit.record(actor=actor, verb="export.cancelled", target=target, feature=locked.feature, now=now)
    return locked


def _check_names(request: ExportRequest) -> None:
    _one_of("The format", request.format, FORMATS, loc=("format",))
    _one_of("The container", request.container, CONTAINERS, loc=("container",))
    if request.container not in containers(request.format):
        raise NotThisContainer(
            format=request.format, given=request.container, fit=", ".join(containers(request.format))
        )
    _one_of("Grouping by", request.group_by, GROUPINGS, loc=("group_by",))
    _one_of("Splitting by", request.split_by, SPLIT_BY, loc=("split_by",))


def _one_of(what: str, given: str, known: tuple[str, ...], *, loc: tuple[str | int, ...]) -> None:
    if given in known:
        return
    raise Unknown(what=what, given=given, known=", ".join(known) or "none yet", loc=loc)


def _check_filters(request: ExportRequest) -> None:
    filters = request.filters
    kinds = SignalKind.objects.values_list("kind", flat=True).distinct().order_by("kind")
    codes = Reason.objects.values_list("code", flat=True).distinct().order_by("code")
    _all_known("The signal kind", filters.signal_kinds, tuple(kinds), "signal_kinds")
    _all_known("The reason", filters.reasons, tuple(codes), "reasons")
    _all_known("The outcome", filters.outcomes, OUTCOMES, "outcomes")
    _all_known("The source", filters.sources, SOURCES, "sources")
    if request.format != "reasons":
        for source in filters.sources:
            if source not in DECIDING_SOURCES:
                raise NotDeciding(format=request.format, given=source, loc=("filters", "sources"))
    if filters.from_ and filters.to and filters.to <= filters.from_:
        raise EmptyPeriod()


def _all_known(what: str, given: list[str], known: tuple[str, ...], name: str) -> None:
    for one in given:
        _one_of(what, one, known, loc=("filters", name))


def _check_splits(feature: Feature, request: ExportRequest) -> None:
    for name in request.splits:
        _one_of("The split", name, SPLITS, loc=("splits", name))
    shares = request.splits.values()
    if not all(math.isfinite(share) and share >= 0 for share in shares) or not math.isclose(sum(shares), 1):
        raise SplitsDontSum(total=sum(shares))
    plan = SplitPlan.objects.filter(feature=feature, seed=request.seed, group_by=request.group_by).first()
    if plan is not None:
        check_plan(plan, request)


def check_plan(plan: SplitPlan, request: ExportRequest) -> None:
    """Refuse ratios, and a way of dealing, other than those that the first export fixed."""
    if plan.split_by != request.split_by:
        raise DealtOtherwise(seed=plan.seed, group_by=plan.group_by, fixed=plan.split_by)
    if plan.ratios != request.ratios():
        fixed = ", ".join(f"{name} {share:g}" for name, share in plan.ratios.items())
        raise OtherRatios(seed=plan.seed, group_by=plan.group_by, fixed=fixed)


def _known(request: ExportRequest, actor: audit.Actor, idempotency_key: str | None) -> Export | None:
    if idempotency_key is None:
        return None
    own = Export.objects.filter(token=actor.token, requested_by=actor.user)
    known = own.filter(idempotency_key=idempotency_key).first()
    if known is not None and known.request != request.normal():
        raise KeyUsedOtherwise(export=known.public_id)
    return known


def _record(export: Export, request: ExportRequest, judged: gate.Judged, actor: audit.Actor, now: datetime) -> None:
    """What was asked for; and where it goes on against a verdict, that a reason was given, without its text."""
    target = ("export", export.public_id)
    data: dict[str, Any] = {"format": request.format, "container": request.container}
    data["warnings"] = len(judged.warnings)
    audit.record(actor=actor, verb="export.requested", target=target, feature=export.feature, now=now, data=data)
    if judged.warnings and gate.reason(request):
        verdicts = {f"{one.signal_kind} {one.model_version}": one.verdict for one in judged.signals}
        data = {"verdicts": verdicts}
        audit.record(actor=actor, verb="export.overridden", target=target, feature=export.feature, now=now, data=data)


def _new(
    feature: Feature,
    request: ExportRequest,
    actor: audit.Actor,
    idempotency_key: str | None,
    judged: gate.Judged,
    recipe: Recipe | None,
    now: datetime,
) -> Export:
    return Export.objects.create(
        public_id=public_ids.new("exp", now_ms=int(now.timestamp() * 1000)),
        feature=feature,
        since=since.find(feature=feature, request=request),
        recipe=recipe,
        request=request.normal(),
        signal_validity=judged.rows,
        warnings=judged.warnings,
        requested_by=actor.user,
        token=actor.token,
        idempotency_key=idempotency_key,
        created_at=now,
    )
