"""Is the signal valid? So far: whether enough is resolved to ask the question."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F

from annotation.models import Feature, Item

# Fewer resolved items on either side of a comparison carry no judgement.
ENOUGH = 100


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """Resolved items of the sample in closed cohorts, by signal kind, most first: what a judgement may be made from."""

    resolved: dict[str, int]

    @property
    def ready(self) -> tuple[str, ...]:
        """The kinds with enough resolved items with the signal and without it."""
        total = sum(self.resolved.values())
        return tuple(kind for kind, items in self.resolved.items() if min(items, total - items) >= ENOUGH)

    @property
    def sentence(self) -> str:
        if self.ready:
            kinds = ", ".join(self.ready)
            return f"Not judged yet: {kinds} could be judged from what is labeled, and no estimate has been made."
        needs = f"each signal needs {ENOUGH} resolved items with it and {ENOUGH} without it, from days that have closed"
        if not self.resolved:
            return f"Not judged yet: {needs}, and there are none so far."
        kind, items = next(iter(self.resolved.items()))
        others = sum(self.resolved.values()) - items
        return f"Not judged yet: {needs}. The nearest is {kind}, with {items:,} and {others:,}."


def readiness(*, feature: Feature) -> Readiness:
    """Count what a judgement of each signal could rest on. Items past the threshold of their cohort don't count."""
    rows = (
        Item.objects.filter(
            feature=feature,
            status=Item.Status.RESOLVED,
            cohort__closed_at__isnull=False,
            key__lt=F("cohort__threshold"),
        )
        .values("signal_kind")
        .annotate(items=Count("pk"))
        .order_by("-items", "signal_kind")
    )
    return Readiness(resolved={row["signal_kind"]: row["items"] for row in rows})
