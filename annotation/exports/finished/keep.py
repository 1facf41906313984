"""How long the files of a finished export are kept: pinned, removed after a while or when asked to, made again.

The export's row, its manifest and its rows stay whatever happens to its files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.db.models.functions import Coalesce
from django.utils.formats import date_format

from annotation import audit, jobs, storage
from annotation.errors import Refusal
from annotation.exports.files import write
from annotation.models import Deployment, Export, Rewriting

SETTLED = timedelta(hours=1)
"""A folder that something was written to since then is left alone."""

WHYS = {Export.Removed.EXPIRED: "because nobody had pinned it", Export.Removed.ASKED: "because somebody asked for it"}


class NotDone(Refusal):
    """This export has no files: it is {status}. Files are there once it is done."""

    code = "export_not_done"
    status = 409


class Erased(Refusal):
    """The files of this export were deleted, because they held what was erased since. Its manifest stays. Ask for the
    export again to get one without, or have the files made again without (“again”)."""

    code = "erased"
    status = 410


class FilesRemoved(Refusal):
    """The files of this export were removed on {day}, {why}. Its manifest stays, and its rows are known: make the files
    again, on its page or by POST to its “again”, and then fetch them."""

    code = "files_removed"
    status = 410


class Pinned(Refusal):
    """This export is pinned, so its files stay. Unpin it first."""

    code = "pinned"
    status = 409


class StillThere(Refusal):
    """The files of this export are there: there is nothing to make again."""

    code = "files_still_there"
    status = 409


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What became of an export: who has its rows still when its files are gone.

    `deployed`: each model version that was trained on it, and since when it answers, if it does. `versions`: the
    exports that say what changed since this one.
    """

    training_runs: tuple[str, ...]
    model_versions: tuple[str, ...]
    deployed: tuple[tuple[str, datetime], ...]
    versions: tuple[str, ...]

    @property
    def sentence(self) -> str:
        if not self.training_runs:
            return "No training run has named this export. Copies that somebody fetched are out of Flywheel's reach."
        runs, models = ", ".join(self.training_runs), ", ".join(self.model_versions)
        return (
            f"Training runs named it: {runs}. Deleting its files changes nothing about the models made by them "
            f"({models}), and copies that somebody fetched are out of Flywheel's reach."
        )


def check_files(export: Export) -> None:
    """Raises NotDone, Erased, FilesRemoved where there are no files to hand out."""
    if export.status != Export.Status.DONE:
        raise NotDone(status=export.status)
    if export.files_erased_at is not None:
        raise Erased
    if export.files_removed_at is not None:
        day = date_format(export.files_removed_at, "Y-m-d")
        raise FilesRemoved(day=day, why=WHYS[Export.Removed(export.files_removed_why)])


def has_files(export: Export) -> bool:
    is_done = export.status == Export.Status.DONE
    return is_done and export.files_erased_at is None and export.files_removed_at is None


def record(export: Export) -> dict[str, Any] | None:
    """The manifest of the files that are handed out; None while it isn't done."""
    return export.manifest if export.rewriting is None else export.rewriting.manifest


def expires_at(export: Export) -> datetime | None:
    """When its files are removed; None where nothing will remove them, or where there are none."""
    since = export.rewriting.finished_at if export.rewriting else export.finished_at
    is_kept = export.pinned_at is not None or not settings.EXPORTS_KEPT_DAYS or not has_files(export)
    return None if is_kept or since is None else since + timedelta(days=settings.EXPORTS_KEPT_DAYS)


@transaction.atomic
def pin(*, export: Export, actor: audit.Actor, now: datetime) -> Export:
    """Keep its files until it is unpinned. Raises what `check_files` does."""
    locked = _locked(export)
    check_files(locked)
    if locked.pinned_at is None:
        locked.pinned_at = now
        locked.save(update_fields=["pinned_at"])
        _audit(locked, "export.pinned", actor, now, {})
    return locked


@transaction.atomic
def unpin(*, export: Export, actor: audit.Actor, now: datetime) -> Export:
    locked = _locked(export)
    if locked.pinned_at is not None:
        locked.pinned_at = None
        locked.save(update_fields=["pinned_at"])
        _audit(locked, "export.unpinned", actor, now, {})
    return locked


def expire(*, now: datetime) -> int:
    """Remove the files of the exports that are older than they are kept, and say how many that were."""
    if not settings.EXPORTS_KEPT_DAYS:
        return 0
    kept = Export.objects.filter(
        status=Export.Status.DONE, pinned_at=None, files_removed_at=None, files_erased_at=None
    ).annotate(written_at=Coalesce("rewriting__finished_at", "finished_at"))
    old = kept.filter(written_at__lt=now - timedelta(days=settings.EXPORTS_KEPT_DAYS)).order_by("pk")
    return sum(_expire(export, now) for export in old)


@transaction.atomic
def remove(*, export: Export, actor: audit.Actor, now: datetime) -> Meaning:
    """Delete its files, and say what that means. Again, it changes nothing. Raises NotDone, Pinned."""
    locked = _locked(export)
    if locked.status != Export.Status.DONE:
        raise NotDone(status=locked.status)
    if locked.pinned_at is not None:
        raise Pinned
    for rewriting in locked.rewritings.select_for_update(no_key=True).filter(status__in=jobs.UNFINISHED):
        jobs.cancel(rewriting, ended=StillThere, now=now)
    if has_files(locked):
        _remove(locked, Export.Removed.ASKED, actor, now)
    return meaning(locked)


def meaning(export: Export) -> Meaning:
    """What `remove` would mean."""
    runs = list(export.training_runs.order_by("finished_at"))
    models = sorted({run.model_version for run in runs if run.retracted_at is None})
    made = Deployment.objects.filter(feature=export.feature, model_version__in=models)
    first = made.values_list("model_version").annotate(Min("deployed_at")).order_by("model_version")
    later = Export.objects.filter(since=export, status=Export.Status.DONE).order_by("pk")
    return Meaning(
        training_runs=tuple(run.name for run in runs),
        model_versions=tuple(models),
        deployed=tuple(first),
        versions=tuple(later.values_list("public_id", flat=True)),
    )


@transaction.atomic
def again(*, export: Export, actor: audit.Actor, now: datetime) -> Rewriting:
    """Ask for its files again, from the rows that were fixed then; whoever calls rings. One that is under way is
    returned. What was erased since is left out, and the new manifest says so. Raises NotDone, StillThere."""
    locked = _locked(export)
    if locked.status != Export.Status.DONE:
        raise NotDone(status=locked.status)
    if has_files(locked):
        raise StillThere
    known = locked.rewritings.filter(status__in=jobs.UNFINISHED, cancel_asked_at=None).first()
    if known is not None:
        return known
    _audit(locked, "export.asked_again", actor, now, {})
    return Rewriting.objects.create(
        export=locked, requested_by=actor.user, token=actor.token, rows_total=locked.rows_total or 0, created_at=now
    )


def tidy(*, now: datetime) -> int:
    """Remove the folders of exports that are to have no files: left by a process that died as it ended, or by a storage
    that was away. Says how many that were. Folders of exports that are not known here stay."""
    found = storage.folders(write.FOLDER, older_than=now - SETTLED)
    names = {name: name.partition(".")[0] for name in found}
    known = Export.objects.filter(public_id__in=set(names.values())).prefetch_related("rewritings")
    needed = {export.public_id: _needed(export) for export in known}
    useless = [name for name, public_id in names.items() if public_id in needed and name not in needed[public_id]]
    for name in useless:
        storage.remove(f"{write.FOLDER}/{name}")
    return len(useless)


def _needed(export: Export) -> set[str]:
    own = {export.public_id} if export.status in jobs.UNFINISHED else set()
    files = {write.folder(export).rpartition("/")[2]} if has_files(export) else set()
    made = {f"{export.public_id}.{one.pk}" for one in export.rewritings.all() if one.status in jobs.UNFINISHED}
    return own | files | made


@transaction.atomic
def _expire(export: Export, now: datetime) -> bool:
    locked = _locked(export)
    if locked.pinned_at is not None or not has_files(locked):
        return False
    _remove(locked, Export.Removed.EXPIRED, audit.FLYWHEEL, now)
    return True


def _remove(locked: Export, why: Export.Removed, actor: audit.Actor, now: datetime) -> None:
    """First nobody is handed them any more, then they go."""
    locked.files_removed_at, locked.files_removed_why = now, why
    locked.save(update_fields=["files_removed_at", "files_removed_why"])
    _audit(locked, "export.files_removed", actor, now, {"why": why.value})
    transaction.on_commit(lambda: storage.remove(write.folder(locked)))


def _locked(export: Export) -> Export:
    rows = Export.objects.select_for_update(no_key=True, of=("self",)).select_related("feature", "rewriting")
    return rows.get(pk=export.pk)


def _audit(export: Export, verb: str, actor: audit.Actor, now: datetime, data: dict[str, Any]) -> None:
    target = ("export", export.public_id)
    audit.record(actor=actor, verb=verb, target=target, feature=export.feature, now=now, data=data)
