"""What is asked for: checked, put into one normal form, and written down as a job."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

from django.db import IntegrityError, transaction
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from annotation import audit, jobs
from annotation.errors import Refusal
from annotation.lib import public_ids, rfc3339
from annotation.models import Export, Feature, Reason, SignalKind, SplitPlan

FORMATS = ("sft", "preference", "kto", "openai_sft", "openai_dpo", "reasons")
CONTAINERS = ("jsonl", "jsonl.gz", "parquet", "csv")
OPENAI = ("openai_sft", "openai_dpo")
SPLITS = ("train", "validation", "test")
DEFAULT_SPLITS = {"train": 0.8, "validation": 0.1, "test": 0.1}
GROUPINGS = ("conversation", "user")
DECIDING_SOURCES = ("human", "gold")
SOURCES = (*DECIDING_SOURCES, "rule", "judge")


class Unfit(Refusal):
    """The request doesn't fit. {problems}"""

    code = "invalid"
    status = 422


class Unknown(Refusal):
    """{what} “{given}” is not known here. Known: {known}."""

    code = "unknown_value"
    status = 422


class NotAvailable(Refusal):
    """{what} “{given}” is not available in this version. Available: {known}."""

    code = "not_available"
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


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("holds the character U+0000, which no database text can hold: leave it out")
    return value


def _time(value: object) -> datetime:
    return value if isinstance(value, datetime) else rfc3339.parse(value)


def _normal(values: list[str]) -> list[str]:
    return sorted(set(values))


Text: TypeAlias = Annotated[str, AfterValidator(_no_nul)]
Names: TypeAlias = Annotated[list[Text], AfterValidator(_normal)]
Time: TypeAlias = Annotated[datetime, BeforeValidator(_time), WithJsonSchema({"type": "string", "format": "date-time"})]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True)


class Filters(_Strict):
    """Which items are wanted. An empty list asks for all; the period is by `occurred_at`, `to` not included."""

    signal_kinds: Names = []
    outcomes: Names = []
    reasons: Names = []
    sources: Names = []
    model_versions: Names = []
    from_: Time | None = Field(default=None, alias="from")
    to: Time | None = None
    min_confidence: float | None = Field(default=None, ge=0, le=1)


class ExportRequest(_Strict):
    """One dataset, by the contract's names.

    `seed` 0 and `group_by` conversation unless said. `splits` is ignored by the format reasons, which is all train,
    and with `purpose: evaluation`, which is all test.
    """

    feature: Text
    format: Text
    container: Text = "jsonl"
    filters: Filters = Filters()
    splits: dict[str, float] = DEFAULT_SPLITS
    group_by: Text = "conversation"
    seed: int = Field(default=0, ge=-(2**63), lt=2**63)
    purpose: Literal["training", "evaluation"] = "training"
    override: Text | None = Field(default=None, max_length=2000)
    since: Text | None = None

    @property
    def is_split(self) -> bool:
        """Whether rows are dealt to splits by the plan of this seed and grouping."""
        return self.format != "reasons" and self.purpose == "training"

    def ratios(self) -> dict[str, float]:
        """The shares above 0 in the order train, validation, test."""
        return {name: self.splits[name] for name in SPLITS if self.splits.get(name)}

    def normal(self) -> dict[str, Any]:
        """The request as it is kept: every default filled in, lists sorted, times in UTC."""
        data = self.model_dump(mode="json", by_alias=True)
        data["splits"] = self.ratios()
        for edge, time in (("from", self.filters.from_), ("to", self.filters.to)):
            data["filters"][edge] = time.astimezone(UTC).isoformat() if time else None
        return data


def containers(format: str) -> tuple[str, ...]:
    """Those in which a format is written. OpenAI's are lines of JSON, and conversations make no table."""
    if format in OPENAI:
        return ("jsonl",)
    return CONTAINERS if format == "reasons" else ("jsonl", "jsonl.gz", "parquet")


def parse(data: object) -> ExportRequest:
    """The request in a JSON object. Raises Unfit."""
    try:
        return ExportRequest.model_validate(data)
    except ValidationError as error:
        told = [
            f"{'.'.join(map(str, one['loc']))}: {one['msg'].removeprefix('Value error, ')}" for one in error.errors()
        ]
        raise Unfit(problems="; ".join(told)) from error


def check(*, feature: Feature, request: ExportRequest) -> None:
    """Refuse in words what can't be made: unknown names, splits that don't add up or were fixed otherwise."""
    _check_names(request)
    _check_filters(request)
    if request.is_split:
        _check_splits(feature, request)


@transaction.atomic
def create(
    *, feature: Feature, request: ExportRequest, actor: audit.Actor, idempotency_key: str | None, now: datetime
) -> tuple[Export, bool]:
    """Write the job down. With a key that this actor has used for the same request: its export, and False."""
    known = _known(request, actor, idempotency_key)
    if known is not None:
        return known, False
    check(feature=feature, request=request)
    try:
        with transaction.atomic():
            export = _new(feature, request, actor, idempotency_key, now)
    except IntegrityError:
        # The same key, at the same moment.
        known = _known(request, actor, idempotency_key)
        if known is None:
            raise
        return known, False
    data = {"format": request.format, "container": request.container}
    target = ("export", export.public_id)
    audit.record(actor=actor, verb="export.requested", target=target, feature=feature, now=now, data=data)
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
        raise NotThisContainer(format=request.format, given=request.container, fit=", ".join(containers(request.format)))
    _one_of("Grouping by", request.group_by, GROUPINGS, ("component",), loc=("group_by",))
    if request.since is not None:
        raise NotAvailable(what="An export since", given=request.since, known="whole exports", loc=("since",))


def _one_of(
    what: str, given: str, known: tuple[str, ...], later: tuple[str, ...] = (), *, loc: tuple[str | int, ...]
) -> None:
    if given in known:
        return
    refusal = NotAvailable if given in later else Unknown
    raise refusal(what=what, given=given, known=", ".join(known) or "none yet", loc=loc)


def _check_filters(request: ExportRequest) -> None:
    filters = request.filters
    kinds = SignalKind.objects.values_list("kind", flat=True).distinct().order_by("kind")
    codes = Reason.objects.values_list("code", flat=True).distinct().order_by("code")
    _all_known("The signal kind", filters.signal_kinds, tuple(kinds), "signal_kinds")
    _all_known("The reason", filters.reasons, tuple(codes), "reasons")
    _all_known("The outcome", filters.outcomes, tuple(Reason.Outcome.values), "outcomes")
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
    """Refuse ratios other than those that the first export fixed."""
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


def _new(
    feature: Feature, request: ExportRequest, actor: audit.Actor, idempotency_key: str | None, now: datetime
) -> Export:
    return Export.objects.create(
        public_id=public_ids.new("exp", now_ms=int(now.timestamp() * 1000)),
        feature=feature,
        request=request.normal(),
        requested_by=actor.user,
        token=actor.token,
        idempotency_key=idempotency_key,
        created_at=now,
    )
