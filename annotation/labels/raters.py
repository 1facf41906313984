"""Who labels: accounts, and the names that senders give their own raters."""

from __future__ import annotations

from collections.abc import Iterable

from annotation.models import JudgeVersion, Rater, User


def for_user(user: User) -> Rater:
    """The rater behind an account."""
    if hasattr(user, "rater"):
        return user.rater
    rater, _ = Rater.objects.get_or_create(user=user, defaults={"kind": Rater.Kind.HUMAN, "name": user.email})
    return rater


def named(*, kind: str, name: str) -> Rater:
    """The rater that a sender calls `name`. It is never an account's, whatever its name."""
    rater, _ = Rater.objects.get_or_create(kind=kind, name=name, user=None)
    return rater


def ours(raters: Iterable[Rater]) -> set[int]:
    """The ids of those that stand for a judge of this installation, for whom no sender speaks."""
    judges = [rater.pk for rater in raters if rater.kind == Rater.Kind.JUDGE]
    return set(JudgeVersion.objects.filter(rater__in=judges).values_list("rater", flat=True)) if judges else set()
