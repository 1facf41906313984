"""Who did what to what: recorded in the same atomic block as the change, and read again (`history`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from annotation.models import ApiToken, AuditEvent, Feature, User


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts: a person, a machine's token, or Flywheel itself (neither)."""

    user: User | None = None
    token: ApiToken | None = None


FLYWHEEL = Actor()


def record(
    *,
    actor: Actor,
    verb: str,
    target: tuple[str, object],
    now: datetime,
    feature: Feature | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Write one event. `target` is (type, id); `data` holds ids, codes and counts, never text that somebody wrote."""
    AuditEvent.objects.create(
        at=now,
        verb=verb,
        user=actor.user,
        token=actor.token,
        feature=feature,
        target_type=target[0],
        target_id=str(target[1]),
        data=data or {},
    )
