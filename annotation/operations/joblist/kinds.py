"""What is to be known of each kind of job: how far it is, what it is about, and the verbs of its room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from annotation import recipes
from annotation.audit import Actor
from annotation.consensus.runs import request as consensus_runs
from annotation.exports import request as exports
from annotation.exports.finished import keep
from annotation.exports.wanted import ExportRequest
from annotation.ingest.imports import request as imports
from annotation.labels.judge import request as judge_runs
from annotation.labels.remap import request as remaps
from annotation.labels.rules import backfill
from annotation.models import (
    ConsensusRun,
    Export,
    Feature,
    Firing,
    Import,
    ItemMove,
    Job,
    JudgeRun,
    Redecision,
    Remap,
    Rewriting,
    RuleRun,
)

End = Callable[[Any, Actor, datetime], object]
Anew = Callable[[Any, Actor, datetime], Job]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`done`, `of`: how far it is, and of how much (None: not known); what they count is `unit`.

    `end` asks it to end, and records it; one that `ends_plainly` needs no verb of its room's for that. `anew` asks for
    what is left as a new job; one that `goes_on` is taken up again itself, from where it stopped, unless `check` raises
    a refusal. Where there is none of these, or what it needs is gone (`is_there`), it can't be done.
    """

    model: type[Job]
    related: tuple[str, ...]
    unit: str
    done: Callable[[Any], int]
    of: Callable[[Any], int | None]
    feature: Callable[[Any], Feature | None]
    about: Callable[[Any], str]
    asked_by: str | None = "requested_by"
    end: End | None = None
    anew: Anew | None = None
    goes_on: bool = False
    check: Callable[[Any], None] = lambda job: None
    is_there: Callable[[Any], bool] = lambda job: True
    ends_plainly: bool = False

    @property
    def name(self) -> str:
        return str(self.model._meta.model_name)

    def rows(self) -> QuerySet[Any]:
        return self.model._default_manager.select_related(*self.related, *([self.asked_by] if self.asked_by else []))


def _export_anew(job: Export, actor: Actor, now: datetime) -> Job:
    """Of its files none was left, so it is made from the start, of what is there now."""
    request = ExportRequest.model_validate(job.request)
    made, _ = exports.create(
        feature=job.feature, request=request, actor=actor, idempotency_key=None, recipe=job.recipe, now=now
    )
    return made


def _check_rule(job: RuleRun) -> None:
    if job.version.rule.current_id != job.version_id:
        raise backfill.SwitchedOff


def _recipe_anew(job: Firing, actor: Actor, now: datetime) -> Job:
    cause = recipes.Cause(kind=Firing.Cause.PAGE, about={"instead_of": job.pk})
    made = recipes.fire(recipe=job.recipe, cause=cause, actor=actor, now=now)
    return made.export or made


_ALL = (
    Kind(
        model=Export,
        related=("feature", "token", "recipe"),
        unit="rows",
        done=lambda job: job.rows_done,
        of=lambda job: job.rows_total,
        feature=lambda job: job.feature,
        about=lambda job: f"{job.public_id}, {job.request.get('format', '')}",
        end=lambda job, actor, now: exports.cancel(export=job, actor=actor, now=now),
        anew=_export_anew,
    ),
    Kind(
        model=Rewriting,
        related=("export__feature", "token"),
        unit="rows",
        done=lambda job: job.rows_done,
        of=lambda job: job.rows_total,
        feature=lambda job: job.export.feature,
        about=lambda job: job.export.public_id,
        ends_plainly=True,
        anew=lambda job, actor, now: keep.again(export=job.export, actor=actor, now=now),
    ),
    Kind(
        model=Firing,
        related=("recipe__feature", "token"),
        unit="",
        done=lambda job: 0,
        of=lambda job: None,
        feature=lambda job: job.recipe.feature,
        about=lambda job: job.recipe.name,
        anew=_recipe_anew,
    ),
    Kind(
        model=Import,
        related=("feature",),
        unit="bytes",
        done=lambda job: job.bytes_done,
        of=lambda job: job.bytes_total,
        feature=lambda job: job.feature,
        about=lambda job: job.file_name,
        end=lambda job, actor, now: imports.cancel(one=job, actor=actor, now=now),
        anew=lambda job, actor, now: imports.again(one=job, actor=actor, now=now),
        is_there=imports.may_again,
    ),
    Kind(
        model=JudgeRun,
        related=("feature", "version__judge"),
        unit="items",
        done=lambda job: job.answered + job.failed + job.skipped,
        of=lambda job: job.items_total if job.selected_at else None,
        feature=lambda job: job.feature,
        about=lambda job: str(job.version),
        end=lambda job, actor, now: judge_runs.cancel(run=job, actor=actor, now=now),
        goes_on=True,
    ),
    Kind(
        model=RuleRun,
        related=("version__rule__feature",),
        unit="items",
        done=lambda job: job.items_done,
        of=lambda job: job.items_total,
        feature=lambda job: job.version.rule.feature,
        about=lambda job: str(job.version),
        end=lambda job, actor, now: backfill.cancel(run=job, actor=actor, now=now),
        goes_on=True,
        check=_check_rule,
    ),
    Kind(
        model=ConsensusRun,
        related=("queue__feature",),
        unit="items",
        done=lambda job: job.items_done,
        of=lambda job: job.items_total,
        feature=lambda job: job.queue.feature,
        about=lambda job: str(job.queue.name),
        end=lambda job, actor, now: consensus_runs.cancel(run=job, actor=actor, now=now),
        anew=lambda job, actor, now: consensus_runs.ask(queue=job.queue, actor=actor, now=now),
    ),
    Kind(
        model=Remap,
        related=("taxonomy_version",),
        unit="labels",
        done=lambda job: job.mapped + job.again,
        of=lambda job: job.labels_total,
        feature=lambda job: None,
        about=lambda job: f"v{job.taxonomy_version.number}",
        end=lambda job, actor, now: remaps.cancel(remap=job, actor=actor, now=now),
        anew=lambda job, actor, now: remaps.start(actor=actor, now=now),
    ),
    Kind(
        model=ItemMove,
        related=("feature", "source", "target"),
        unit="items",
        done=lambda job: job.items_moved,
        of=lambda job: None,
        feature=lambda job: job.feature,
        about=lambda job: f"{job.source.name} → {job.target.name}",
        asked_by="asked_by",
        goes_on=True,
        ends_plainly=True,
    ),
    Kind(
        model=Redecision,
        related=("rater",),
        unit="items",
        done=lambda job: job.items_done,
        of=lambda job: job.items_total,
        feature=lambda job: None,
        about=lambda job: str(job.rater),
        asked_by=None,
        goes_on=True,
    ),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
"""Every kind of job there is, by the name of its table."""
