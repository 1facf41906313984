"""Who labels: accounts, the names that senders give their own raters, and raters of Flywheel's own."""

from __future__ import annotations

from annotation.models import Rater, User

OWN = "flywheel:"
"""What the names of raters begin with that are Flywheel's own: no sender's may."""


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


def own(*, kind: str, name: str) -> Rater:
    """A rule, judge or gold set of Flywheel's own. It is never a sender's, whatever its name."""
    return named(kind=kind, name=f"{OWN}{name}")


def is_own(name: str) -> bool:
    return name.startswith(OWN)


def public_name(rater: Rater) -> str:
    """The name as machines and colleagues read it: an account without one has an email address, the admins' to see."""
    return rater.user.name or f"rater {rater.pk}" if rater.user else rater.name


def shown(rater: Rater) -> str:
    """The name as people read it."""
    return str(rater.user) if rater.user_id else rater.name.removeprefix(OWN)
