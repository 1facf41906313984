"""Uploaded files, in one line each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from annotation.audit import FLYWHEEL
from annotation.ingest.imports import job, request
from annotation.models import Feature, Import
from tests.ingest.files.made import written


def uploaded(feature: Feature, folder: Path, name: str, records: Sequence[Any], **asked: Any) -> Import:
    path = written(folder / name, records)
    return request.create(
        feature=feature,
        file_name=name,
        chunks=[path.read_bytes()],
        format=None,
        asked={"rules": [], "fields": [], "occurred_at": None} | asked,
        actor=FLYWHEEL,
        now=timezone.now(),
    )


def worked(one: Import, *, now: datetime | None = None) -> Import:
    """Its stage brought to its end, here and now."""
    job.run(import_id=one.pk, by="test", clock=lambda: now or timezone.now())
    return Import.objects.get(pk=one.pk)


def started(one: Import) -> Import:
    return request.start(one=one, actor=FLYWHEEL, now=timezone.now())
