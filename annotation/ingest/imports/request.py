"""Take a file in, change how it is read, start it, end it: what people say about an import."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from annotation import audit, jobs, storage
from annotation.errors import Refusal
from annotation.ingest.files import formats, wishes
from annotation.ingest.files.formats import Plan
from annotation.lib import public_ids
from annotation.lib.foreign.found import Wishes
from annotation.models import Feature, Import

FOLDER = "imports"
MAX_BYTES = 1024**3
MAX_NAME = 200


class FileTooLarge(Refusal):
    """The file is larger than {limit}, which is the most that is taken here. Import it on the server:
    manage.py import_interactions {name} --feature {feature}"""

    code = "too_large"
    status = 413


class EmptyFile(Refusal):
    """The file is empty. Choose the one that the export made."""

    code = "empty_file"
    status = 422


class NotKept(Refusal):
    """The file could not be kept: {reason}, then upload it again."""

    code = "not_kept"
    status = 503


class NotChecked(Refusal):
    """This import is {status}, and only one that is checked can be started or changed. Upload the file again."""

    code = "not_checked"
    status = 409


class Ended(Refusal):
    """This import has ended already: it is {status}. Nothing was changed."""

    code = "ended"
    status = 409


class NotAgain(Refusal):
    """This import can't be tried again: it is {status}, or its file is gone. Nothing was changed. Upload the file
    again: what was taken is not taken twice."""

    code = "not_again"
    status = 409


def folder(one: Import) -> str:
    return f"{FOLDER}/{one.public_id}"


def file(one: Import) -> str:
    """Where the uploaded file is, inside the storage."""
    return f"{folder(one)}/file"


def wished(one: Import) -> Wishes:
    """What was asked for, read. Raises InvalidWish."""
    return wishes.parse(feature=one.feature.slug, **one.wishes)


def create(
    *,
    feature: Feature,
    file_name: str,
    chunks: Iterable[bytes],
    format: str | None,
    asked: dict[str, Any],
    actor: audit.Actor,
    now: datetime,
) -> Import:
    """Keep the file and write down that it is to be checked. `asked`: rules, fields and occurred_at, as lines."""
    wishes.parse(feature=feature.slug, **asked)
    one = Import(
        public_id=public_ids.new("imp", now_ms=int(now.timestamp() * 1000)),
        feature=feature,
        requested_by=actor.user,
        file_name=file_name[-MAX_NAME:],
        wishes=asked,
        created_at=now,
    )
    try:
        one.bytes_total = _kept(one, chunks)
        _look_at(one, format)
        with transaction.atomic():
            one.save(force_insert=True)
            data = {"format": one.format, "bytes": one.bytes_total}
            _record(one, "import.uploaded", actor, now, data)
    except BaseException:
        storage.remove(folder(one))
        raise
    return one


@transaction.atomic
def change(*, one: Import, format: str, asked: dict[str, Any], actor: audit.Actor, now: datetime) -> Import:
    """Read the file in another way, and check it anew."""
    locked = _checked(one)
    wishes.parse(feature=locked.feature.slug, **asked)
    locked.wishes = asked
    _look_at(locked, format)
    _queue(locked, Import.Stage.CHECK)
    _record(locked, "import.changed", actor, now, {"format": locked.format})
    return locked


@transaction.atomic
def start(*, one: Import, actor: audit.Actor, now: datetime) -> Import:
    """Take what was checked."""
    locked = _checked(one)
    _queue(locked, Import.Stage.TAKE)
    _record(locked, "import.started", actor, now, {})
    return locked


@transaction.atomic
def cancel(*, one: Import, actor: audit.Actor, now: datetime) -> Import:
    """End it. One that a worker is at ends at its next batch; what was taken until then stays."""
    locked = Import.objects.select_for_update(of=["self"]).select_related("feature").get(pk=one.pk)
    if locked.status not in (*jobs.UNFINISHED, Import.Status.CHECKED):
        raise Ended(status=locked.status)
    if locked.cancel_asked_at is None:
        locked.cancel_asked_at = now
        if locked.status != Import.Status.RUNNING:
            locked.status = Import.Status.CANCELLED
            locked.finished_at = locked.file_removed_at = now
            transaction.on_commit(lambda: storage.remove(folder(locked)))
        locked.save()
        _record(locked, "import.cancelled", actor, now, {})
    return locked


@transaction.atomic
def again(*, one: Import, actor: audit.Actor, now: datetime) -> Import:
    """Let one that failed go on where it stopped, as long as its file is kept."""
    locked = Import.objects.select_for_update(of=["self"]).select_related("feature").get(pk=one.pk)
    if not may_again(locked):
        raise NotAgain(status=locked.status)
    jobs.go_on(locked)
    _record(locked, "import.retried", actor, now, {})
    return locked


def may_again(one: Import) -> bool:
    return one.status == Import.Status.FAILED and one.file_removed_at is None


def _kept(one: Import, chunks: Iterable[bytes]) -> int:
    try:
        return _written(one, chunks)
    except OSError as error:
        raise NotKept(reason=storage.said(error)) from error


def _written(one: Import, chunks: Iterable[bytes]) -> int:
    with storage.writing(file(one), attempt=0, patient=False) as kept:
        for chunk in chunks:
            kept.write(chunk)
            if kept.bytes > MAX_BYTES:
                raise FileTooLarge(limit="1 GiB", name=one.file_name, feature=one.feature.slug)
        if not kept.bytes:
            raise EmptyFile
        return kept.bytes


def _look_at(one: Import, format: str | None) -> Plan:
    with storage.opened(file(one)) as opened:
        plan = formats.plan(file=opened, name=one.file_name, format=format, wishes=wished(one))
    one.format, one.container = plan.format, plan.container.value
    return plan


def _checked(one: Import) -> Import:
    locked = Import.objects.select_for_update(of=["self"]).select_related("feature").get(pk=one.pk)
    if locked.status != Import.Status.CHECKED:
        raise NotChecked(status=locked.status)
    return locked


def _queue(one: Import, stage: str) -> None:
    """From the start: no count of the stage before counts in this one."""
    one.stage, one.status = stage, Import.Status.PENDING
    one.values_done = one.bytes_done = one.accepted = one.duplicates = one.waiting = one.refused = 0
    one.left_out, one.scores = {}, []
    one.started_at, one.base_attempt, one.base_done = None, one.attempt, 0
    one.refusals.all().delete()
    one.save()


def _record(one: Import, verb: str, actor: audit.Actor, now: datetime, data: dict[str, Any]) -> None:
    audit.record(actor=actor, verb=verb, target=("import", one.public_id), feature=one.feature, now=now, data=data)
