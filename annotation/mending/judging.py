"""Say which of two answers is better, without knowing which is which; the order that was drawn translates it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from annotation.errors import Refusal
from annotation.mending import taking
from annotation.models import MendedJudgement, MendedLease, MendedPair, Rater

Verdict = MendedJudgement.Verdict


class Said(StrEnum):
    """What a person sees: two answers, one shown first."""

    FIRST = "first"
    SAME = "same"
    SECOND = "second"
    APART = "apart"


class PairTaken(Refusal):
    """Somebody else has judged these two by now, or one of them is gone. Nothing was saved; go on with the next."""

    code = "pair_taken"
    status = 409


class AlreadyJudged(Refusal):
    """You have judged these two already. Undo it, if you meant something else."""

    code = "already_judged"
    status = 409


class NothingToUndo(Refusal):
    """This judgement doesn't stand any more: it was undone before."""

    code = "nothing_to_undo"
    status = 409


@transaction.atomic
def judge(*, pair: MendedPair, rater: Rater, said: Said, submission_id: UUID, now: datetime) -> MendedJudgement:
    """Keep what the rater said of the pair. The same submission twice is one judgement.

    Late, after the pair was given back, it is kept if the pair still needs it. Raises PairTaken, AlreadyJudged.
    """
    locked = MendedPair.objects.select_for_update(of=("self",)).select_related("feature").get(pk=pair.pk)
    known = MendedJudgement.objects.filter(submission_id=submission_id, rater=rater).first()
    if known is not None:
        return known
    if MendedJudgement.objects.filter(pair=locked, rater=rater, undone_at=None).exists():
        raise AlreadyJudged
    if rater.pk not in locked.taken:
        if not taking.is_free(pair=locked, rater=rater):
            raise PairTaken
        taking.hold(pair=locked, rater=rater, now=now)
    MendedLease.objects.filter(pair=locked, rater=rater).delete()
    return MendedJudgement.objects.create(
        pair=locked,
        rater=rater,
        verdict=meant(said, later_first=locked.later_first),
        judged_at=now,
        submission_id=submission_id,
    )


@transaction.atomic
def undo(*, judgement: MendedJudgement, now: datetime) -> MendedPair:
    """Take one's own judgement back. Its pair stands before the rater again. Raises NothingToUndo."""
    pair = MendedPair.objects.select_for_update().get(pk=judgement.pair_id)
    if not MendedJudgement.objects.filter(pk=judgement.pk, undone_at=None).update(undone_at=now):
        raise NothingToUndo
    return taking.hold(pair=pair, rater=judgement.rater, now=now)


def last(*, rater: Rater) -> MendedJudgement | None:
    """The rater's last judgement that stands."""
    found = MendedJudgement.objects.filter(rater=rater, undone_at=None).select_related("pair", "rater")
    return found.order_by("-judged_at", "-pk").first()


def meant(said: Said, *, later_first: bool) -> str:
    """What it means for the bad answer that the first or the second one is better."""
    if said in (Said.SAME, Said.APART):
        return Verdict.SAME if said is Said.SAME else Verdict.APART
    return Verdict.MENDED if (said is Said.FIRST) is later_first else Verdict.WORSE


def told(verdict: str, *, later_first: bool) -> Said:
    """What the person said, from what it meant."""
    return next(one for one in Said if meant(one, later_first=later_first) == verdict)
