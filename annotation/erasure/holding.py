"""What an erasure tells: before it, what would be forgotten; after it, which exports and models held it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from annotation.erasure import forget
from annotation.erasure.run import Subject
from annotation.exports import erased
from annotation.exports.series import chains
from annotation.models import (
    Deployment,
    Erasure,
    Export,
    Feature,
    Interaction,
    Item,
    Label,
    Signal,
    TrainingRun,
    WaitingSignal,
)

MATES_NAMED = 100


@dataclass(frozen=True, kw_only=True)
class Learned:
    """Where it went: finished exports that held it, runs that used those or what goes on from them, and where what they
    made answers. A run may name an increment alone: what it trained on, or goes on training, began with what is whole.
    """

    exports: list[Export]
    training_runs: list[TrainingRun]
    deployments: list[Deployment]

    @property
    def model_versions(self) -> list[str]:
        """What succeeded runs made of it."""
        made = (run.model_version for run in self.training_runs if run.status == TrainingRun.Status.SUCCEEDED)
        return sorted(set(made))


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What would be forgotten now. `was_erased_at`: it was asked for before, and this is what came since."""

    interactions: int
    signals: int
    waiting_signals: int
    open_items: int
    labels: int
    was_erased_at: datetime | None
    learned: Learned


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was forgotten, all askings together. `mates` are the ids of interactions that stay and may repeat it."""

    erasure: Erasure
    labels_kept: int
    mates: list[str]
    mates_total: int
    learned: Learned

    @property
    def sentence(self) -> str:
        """What became of it, in words."""
        if self.erasure.finished_at is None:
            return "It is being erased; a worker goes on. Ask again to see when it is done."
        if not self.erasure.interactions:
            return "Nothing of it is stored here. If it is sent later, it is refused."
        versions = ", ".join(self.learned.model_versions)
        return f"It is erased. Models made of it, which remember what they learned: {versions or 'none reported'}."


def preview(*, subject: Subject) -> Preview:
    meant = _meant(subject)
    there = meant.filter(erased_at=None).values("pk")
    known = Erasure.objects.filter(feature=subject.feature, subject=subject.kind, subject_hash=subject.hash).first()
    waiting = WaitingSignal.objects.filter(feature=subject.feature, interaction_external_id=subject.name)
    items = Item.objects.filter(interaction__in=there)
    held = erased.holding(list(meant.values_list("pk", flat=True)))
    return Preview(
        interactions=there.count(),
        signals=Signal.objects.filter(interaction__in=there).count(),
        waiting_signals=waiting.count() if subject.name is not None else 0,
        open_items=items.exclude(status__in=[Item.Status.RESOLVED, Item.Status.WITHDRAWN]).count(),
        labels=Label.objects.filter(item__in=items, superseded_at=None).count(),
        was_erased_at=known.asked_at if known else None,
        learned=learned(subject.feature, Export.objects.filter(pk__in=held)),
    )


def answer(erasure: Erasure) -> Answer:
    mates = Interaction.objects.filter(pk__in=erasure.mates, erased_at=None).order_by("pk")
    exports = Export.objects.filter(erasures=erasure)
    return Answer(
        erasure=erasure,
        labels_kept=erasure.labels_kept,
        mates=list(mates.values_list("external_id", flat=True)[:MATES_NAMED]),
        mates_total=mates.count(),
        learned=learned(erasure.feature, exports),
    )


def learned(feature: Feature, exports: QuerySet[Export]) -> Learned:
    """Of these exports the finished ones, and what came of them. What was reported since is there too."""
    done = list(exports.filter(status=Export.Status.DONE).order_by("pk"))
    held = [export.pk for export in done]
    runs = list(
        TrainingRun.objects.filter(exports__in=[*held, *chains.onward(held)])
        .distinct()
        .prefetch_related("exports")
        .order_by("finished_at", "pk")
    )
    made = {run.model_version for run in runs if run.status == TrainingRun.Status.SUCCEEDED}
    deployments = Deployment.objects.filter(feature=feature, model_version__in=made)
    return Learned(exports=done, training_runs=runs, deployments=list(deployments.order_by("deployed_at", "pk")))


def _meant(subject: Subject) -> QuerySet[Interaction]:
    if subject.name is None:
        return Interaction.objects.filter(feature=subject.feature, user_hash=subject.hash)
    # By its stand-in, it was erased before: its rows are still told.
    return Interaction.objects.filter(
        Q(external_id=subject.name) | Q(external_id=forget.stand_in(subject.hash)), feature=subject.feature
    )
