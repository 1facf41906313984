"""Uploaded files that nobody came back for: deleted after a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from annotation import audit, jobs, storage
from annotation.ingest.imports import request
from annotation.models import Import

KEPT = timedelta(days=1)


def drop_abandoned(*, now: datetime) -> int:
    """Cancel what was checked and not started within a day, and delete each file that no import needs: one that failed
    may be tried again for a day."""
    abandoned = Import.objects.filter(status=Import.Status.CHECKED, heartbeat_at__lt=now - KEPT)
    for one in abandoned.select_related("feature"):
        request.cancel(one=one, actor=audit.FLYWHEEL, now=now)
    failed = Import.objects.filter(status=Import.Status.FAILED, file_removed_at=None)
    failed.filter(finished_at__lt=now - KEPT).update(file_removed_at=now)
    unfinished = Import.objects.filter(status__in=(*jobs.UNFINISHED, Import.Status.CHECKED))
    needed = set((unfinished | failed).values_list("public_id", flat=True))
    old = [name for name in storage.folders(request.FOLDER, older_than=now - KEPT) if name not in needed]
    for name in old:
        storage.remove(f"{request.FOLDER}/{name}")
    return len(old)
