"""What a trigger can watch for: three fixed forms, checked before one is kept."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from annotation import taxonomy
from annotation.errors import Refusal
from annotation.models import Reason, SignalKind

MOST_NAMES: Final = 20
MOST_DAYS: Final = 56


class UnknownKind(Refusal):
    """No published taxonomy version asks about signals of the kind {kind}. GET /api/v1/taxonomy lists those that are
    asked about."""

    code = "unknown_kind"
    status = 422
    loc = ("condition",)


class UnknownReason(Refusal):
    """No published taxonomy version has the reason {reason} there. GET /api/v1/taxonomy lists the reasons of each kind
    of signal."""

    code = "unknown_reason"
    status = 422
    loc = ("condition", "reasons")


class NoVerdict(Refusal):
    """Signals of the kind {kind} claim nothing, so there never is a verdict on them. Watch a kind that is positive or
    negative."""

    code = "no_verdict"
    status = 422
    loc = ("condition", "signal_kind")


def _once(names: list[str]) -> list[str]:
    return sorted(set(names))


Code: TypeAlias = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00]+$")]
Codes: TypeAlias = Annotated[list[Code], Field(max_length=MOST_NAMES), AfterValidator(_once)]
SomeCodes: TypeAlias = Annotated[Codes, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Count(_Strict):
    """As many new decisions since it last fired: of any of these reasons (none named: all) on any of these kinds of
    signals (none named: all). An item counts once, when it is first decided so."""

    kind: Literal["count"]
    at_least: int = Field(ge=1, le=1_000_000)
    reasons: Codes = []
    signal_kinds: Codes = []


class Share(_Strict):
    """The share of these reasons among what was decided of the sample of a kind of signal rose by `rise` (0 to 1) or
    more, from the `days` before to the last `days` that have closed, and by more than chance would bring."""

    kind: Literal["share"]
    signal_kind: Code
    reasons: SomeCodes
    days: int = Field(default=7, ge=1, le=MOST_DAYS)
    rise: float = Field(default=0.05, ge=0, le=1)


class Verdict(_Strict):
    """The verdict on a kind of signal became one of these, for any model version."""

    kind: Literal["verdict"]
    signal_kind: Code
    verdicts: Annotated[
        list[Literal["valid", "inverted", "noise"]], Field(min_length=1, max_length=3), AfterValidator(_once)
    ]


Condition: TypeAlias = Annotated[Count | Share | Verdict, Field(discriminator="kind")]

_READER: Final[TypeAdapter[Count | Share | Verdict]] = TypeAdapter(Condition)


def read(kept: Any) -> Condition:
    """The condition that was kept."""
    return _READER.validate_python(kept)


def check(condition: Condition) -> None:
    """Refuse what could never come true. Raises UnknownKind, UnknownReason, NoVerdict."""
    kinds = condition.signal_kinds if isinstance(condition, Count) else [condition.signal_kind]
    known = set(
        SignalKind.objects.filter(
            taxonomy_version__published_at__isnull=False, is_queued=True, kind__in=kinds
        ).values_list("kind", flat=True)
    )
    for kind in kinds:
        if kind not in known:
            raise UnknownKind(kind=kind)
    if isinstance(condition, Verdict):
        _check_claim(condition.signal_kind)
    else:
        _check_reasons(condition.reasons, kinds)


def _check_claim(kind: str) -> None:
    claims = SignalKind.objects.filter(taxonomy_version=taxonomy.current(), kind=kind)
    if not claims.exclude(polarity=SignalKind.Polarity.NONE).exists():
        raise NoVerdict(kind=kind)


def _check_reasons(reasons: list[str], kinds: list[str]) -> None:
    rows = Reason.objects.filter(taxonomy_version__published_at__isnull=False, code__in=reasons)
    known = set((rows.filter(signal_kind__in=kinds) if kinds else rows).values_list("code", flat=True))
    for reason in reasons:
        if reason not in known:
            raise UnknownReason(reason=reason)
