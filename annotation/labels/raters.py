"""Who labels: accounts, and the names that senders give their own raters."""

from __future__ import annotations

from annotation.models import Rater, User


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
