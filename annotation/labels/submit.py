"""The one door for what people answer: label, skip, flag, undo, adjudicate.

Each verb locks the item's row first, so that two answers about one item come one after the other; writes the answer,
its audit event where somebody overrules, and the new consensus in one transaction; and answers a repeated
`submission_id` with what the first one did.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import transaction

from annotation import audit, loading, taxonomy
from annotation.consensus import resolve
from annotation.errors import Refusal
from annotation.labels import drafts, gold, locked
from annotation.models import Flag, FlagContent, Item, Label, LabelContent, Lease, Rater, Reason, Skip, TaxonomyVersion
from annotation.queues import lease


class UnknownReason(Refusal):
    """There is no reason {code} for {kind}. The reasons are: {known}. Choose one of them; a page that was opened
    before they changed shows them once it is loaded again."""

    code = "unknown_reason"


class NoLongerNeeded(Refusal):
    """Your label was not saved: your hold on this item had run out, and somebody else has it now or has answered it.
    What you typed is still below; copy what you want to keep, then take the next item."""

    code = "no_longer_needed"
    status = 409


class StaleChange(Refusal):
    """This was not saved: you changed your label of this item in another window since this page was opened.
    Reload the page to see it, then decide again."""

    code = "stale_change"
    status = 409


class SubmissionReused(Refusal):
    """This form was sent before for another item. Reload the page and label again."""

    code = "submission_reused"
    status = 409


class OwnItem(Refusal):
    """You labeled this item yourself, so somebody else settles it. Go on with the next one."""

    code = "own_item"
    status = 403


class Settled(Refusal):
    """This is how you settled a dispute, so it can't be changed here. Ask another adjudicator if it was a mistake."""

    code = "settled"
    status = 409


class NotDisputed(Refusal):
    """This item is no longer disputed: it is {status}. Go on with the next one."""

    code = "not_disputed"
    status = 409


class Erased(Refusal):
    """The interaction of this item was erased, so nothing more is kept about it. Go on with the next one."""

    code = "erased"
    status = 410


Sent = TypeVar("Sent", Label, Skip, Flag)

# An answer ends the person's hold on the item and the draft of it.
_ENDS: Final = """
lease AS (DELETE FROM annotation_lease WHERE item_id = {item} AND rater_id = {rater}),
draft AS (DELETE FROM annotation_draft WHERE item_id = {item} AND rater_id = {rater})
"""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a form holds. `replaces` is the id of one's own current label that the form showed, if it showed one."""

    reason_code: str
    submission_id: UUID
    comment: str = ""
    correction: str = ""
    quote: str = ""
    certainty: int | None = None
    shown_at: datetime | None = None
    duration_ms: int | None = None
    evidence_version: int | None = None
    suggestion_seen: bool = False
    replaces: int | None = None


@transaction.atomic
def label(*, rater: Rater, item: Item, answer: Answer, now: datetime) -> Label:
    """Save one person's label and decide the item anew.

    A label under an expired lease is kept if the item still needs one. Sent again, the same form returns the first
    label. Changing one's own label is always possible, also when the item has its answer or was exported: what differs
    is then a correction. An adjudicator's word about a dispute is no label of this kind.
    """
    return _label(rater, item, answer, now)


@transaction.atomic
def label_and_take(
    *, rater: Rater, item: Item, answer: Answer, now: datetime, wanted: lease.Wanted = lease.ALL
) -> tuple[Label, Item | None]:
    """As `label`, with the item that comes next in its queue (`lease.take_at_once`): the disk is waited for once."""
    saved = _label(rater, item, answer, now)
    return saved, lease.take_at_once(rater=rater, queue=item.queue, now=now, wanted=wanted)


def _label(rater: Rater, item: Item, answer: Answer, now: datetime) -> Label:
    found = locked.row(item.pk)
    sent, own, version, only_id = _standing(found, rater, answer.submission_id)
    if sent is not None:
        return sent
    if own is not None and not _is_shown(own, answer):
        raise StaleChange
    if own is not None and own.role == Label.Role.ADJUDICATOR:
        raise Settled
    if own is None:
        _claim_place(found, rater)
    reason = _reason(found, answer.reason_code, version)
    return _save(found, rater, answer, reason, own, Label.Role.ANNOTATOR, now, only_id=only_id)


@transaction.atomic
def adjudicate(
    *, rater: Rater, item: Item, answer: Answer, now: datetime, settles: Container[str] = (Item.Status.DISPUTED,)
) -> Label:
    """Settle an item whose status is one of `settles`. Nobody settles an item that they labeled."""
    found = locked.item(item.pk)
    if sent := _sent(Label, answer.submission_id, found, rater):
        return sent
    # A word that settled it before, and that no reason of the taxonomy says any more, is no label of one's own.
    if Label.objects.filter(item=found, rater=rater, role=Label.Role.ANNOTATOR).exists():
        raise OwnItem
    if found.status not in settles:
        raise NotDisputed(status=found.get_status_display().lower())
    reason = _reason(found, answer.reason_code, taxonomy.of_queue(found.queue))
    saved = _save(found, rater, answer, reason, None, Label.Role.ADJUDICATOR, now)
    data = {"reason": answer.reason_code, "label": saved.pk}
    audit.record(
        actor=audit.Actor(user=rater.user),
        verb="item.adjudicated",
        target=("item", found.public_id),
        now=now,
        feature=found.feature,
        data=data,
    )
    return saved


@transaction.atomic
def skip(*, rater: Rater, item: Item, reason: str, submission_id: UUID, now: datetime) -> Skip:
    """Give the item back; it isn't offered to this person again. Two skips resolve what nobody labeled."""
    found = locked.item(item.pk)
    if sent := _sent(Skip, submission_id, found, rater):
        return sent
    _leave(found, rater)
    skipped, _ = Skip.objects.get_or_create(
        item=found, rater=rater, defaults={"reason": reason, "skipped_at": now, "submission_id": submission_id}
    )
    resolve.item(item=found, version=taxonomy.of_queue(found.queue), now=now)
    return skipped


@transaction.atomic
def flag(*, rater: Rater, item: Item, reason: str, comment: str, submission_id: UUID, now: datetime) -> Flag:
    """Say that the item itself is broken. It is offered to nobody until an admin has looked."""
    found = locked.item(item.pk)
    if sent := _sent(Flag, submission_id, found, rater):
        return sent
    _leave(found, rater)
    flagged, created = Flag.objects.get_or_create(
        item=found, rater=rater, defaults={"reason": reason, "flagged_at": now, "submission_id": submission_id}
    )
    if created and comment:
        FlagContent.objects.create(flag=flagged, comment=comment)
    if found.status != Item.Status.WITHDRAWN:
        found.status = Item.Status.FLAGGED
        found.save(update_fields=["status"])
    data = {"reason": reason}
    audit.record(
        actor=audit.Actor(user=rater.user),
        verb="item.flagged",
        target=("item", found.public_id),
        now=now,
        feature=found.feature,
        data=data,
    )
    return flagged


@transaction.atomic
def undo(*, rater: Rater, item: Item, now: datetime) -> Label | None:
    """Take back one's own current label of an item, or else one's skip, and hold the item again.

    The label stays in the history and is returned; its text comes back to be edited. None: there was none. A skip is
    refused in words where somebody else has the item by now.
    """
    found = locked.item(item.pk)
    own = Label.objects.filter(item=found, rater=rater, superseded_at=None, role=Label.Role.ANNOTATOR).first()
    if own is None:
        _undo_skip(found, rater, now)
        return None
    _check_not_erased(found)
    own.superseded_at = now
    own.save(update_fields=["superseded_at"])
    if found.purpose == Item.Purpose.GOLD:
        gold.hide(item=found, now=now)
    resolve.item(item=found, version=own.taxonomy_version, now=now)
    if not Lease.objects.filter(item=found, rater=rater).exists():
        lease.hold(item=found, rater=rater, now=now)
    return own


def _undo_skip(item: Item, rater: Rater, now: datetime) -> None:
    skips = Skip.objects.filter(item=item, rater=rater)
    if not skips.exists():
        return
    _check_not_erased(item)
    skips.delete()
    resolve.item(item=item, version=taxonomy.of_queue(item.queue), now=now)
    if item.status not in (Item.Status.OPEN, Item.Status.RESERVE):
        raise lease.NotOpen(status=item.get_status_display().lower())
    if rater.pk not in item.taken and len(item.taken) >= item.needed:
        raise lease.Taken
    lease.hold(item=item, rater=rater, now=now)


# What was read together with the item's lock may be older than it: so this is asked afterwards.
_STANDING: Final = f"""
annotation_interaction n
JOIN annotation_queue q ON q.id = $5
JOIN annotation_taxonomyversion v ON v.id = coalesce(q.taxonomy_version_id, ({taxonomy.CURRENT}))
LEFT JOIN annotation_label s ON s.submission_id = $2
LEFT JOIN annotation_label o ON o.item_id = $3 AND o.rater_id = $4 AND o.superseded_at IS NULL
WHERE n.id = $1
"""


_STANDS: Final = f"""
n.erased_at IS NOT NULL,
CASE WHEN {resolve.IS_FIRST.format(item="$3", rater="$4", queue="$5")} THEN nextval('annotation_label_id_seq') END
"""


def _standing(
    item: Item, rater: Rater, submission_id: UUID
) -> tuple[Label | None, Label | None, TaxonomyVersion, int | None]:
    """What this form did before, the person's label that stands, the version by which the queue asks, and where a
    label would be the first word about the item, its id."""
    models = {"s": Label, "o": Label, "v": TaxonomyVersion}
    parameters = [item.interaction_id, submission_id, item.pk, rater.pk, item.queue_id]
    [(sent, own, version, is_erased, only_id)] = loading.joined(models, _STANDING, parameters, also=_STANDS)
    _check_sent(sent, item, rater, is_erased=is_erased)
    return sent, own, version, only_id


def _sent(model: type[Sent], submission_id: UUID, item: Item, rater: Rater) -> Sent | None:
    """What this form did before; None where it is new, and then there must be something left to judge."""
    found = loading.rows(model, "t.submission_id = $1", [submission_id])
    sent = found[0] if found else None
    _check_sent(sent, item, rater, is_erased=locked.is_erased(item))
    return sent


def _check_sent(sent: Label | Skip | Flag | None, item: Item, rater: Rater, *, is_erased: bool) -> None:
    if sent is None and is_erased:
        raise Erased
    if sent is not None and (sent.item_id, sent.rater_id) != (item.pk, rater.pk):
        raise SubmissionReused


def _check_not_erased(item: Item) -> None:
    if locked.is_erased(item):
        raise Erased


def _is_shown(own: Label, answer: Answer) -> bool:
    """Whether the form showed one's current label, or the one that a new taxonomy version has mapped to it since."""
    return answer.replaces is not None and answer.replaces in (own.pk, own.mapped_from_id)


def _claim_place(item: Item, rater: Rater) -> None:
    """Use one's place on the item, or take a free one where the lease ran out and was given back."""
    if rater.pk in item.taken:
        return
    if item.status not in (Item.Status.OPEN, Item.Status.RESERVE) or len(item.taken) >= item.needed:
        raise NoLongerNeeded
    item.taken = [*item.taken, rater.pk]
    item.save(update_fields=["taken"])


def _leave(item: Item, rater: Rater) -> None:
    drafts.forget(rater=rater, item=item)
    if Lease.objects.filter(item=item, rater=rater).delete()[0]:
        item.taken = [one for one in item.taken if one != rater.pk]
        item.save(update_fields=["taken"])


def _save(
    item: Item,
    rater: Rater,
    answer: Answer,
    reason: Reason,
    own: Label | None,
    role: str,
    now: datetime,
    *,
    only_id: int | None = None,
) -> Label:
    """`only_id`: the label's id, where it is the first word about the item."""
    if own is not None:
        own.superseded_at = now
        own.save(update_fields=["superseded_at"])
    saved = Label(
        item=item,
        rater=rater,
        role=role,
        taxonomy_version=reason.taxonomy_version,
        reason=reason,
        certainty=answer.certainty,
        labeled_at=now,
        received_at=now,
        shown_at=answer.shown_at,
        duration_ms=answer.duration_ms,
        suggestion_seen=answer.suggestion_seen or (own is not None and own.suggestion_seen),
        evidence_version=answer.evidence_version,
        submission_id=answer.submission_id,
    )
    version = reason.taxonomy_version
    if only_id is not None and item.purpose != Item.Purpose.GOLD:  # the known answer is a label too
        saved.pk = only_id
        parts, parameters = resolve.first(item=item, label=saved, version=version, now=now)
        _store(saved, answer, parts, parameters)
        return saved
    _store(saved, answer)
    if item.purpose == Item.Purpose.GOLD:
        gold.tell(item=item, now=now)
    resolve.item(item=item, version=version, now=now)
    return saved


def _store(label: Label, answer: Answer, parts: str = "", parameters: Sequence[Any] = ()) -> None:
    """The label with its texts, in one statement with what its answer ends and with these parts of a WITH."""
    ends = _ENDS.format(item=f"${len(parameters) + 1}", rater=f"${len(parameters) + 2}")
    before = f"{parts}, {ends}" if parts else ends
    loading.insert(label, before=before, parameters=[*parameters, label.item_id, label.rater_id])
    if answer.comment or answer.correction or answer.quote:
        LabelContent.objects.create(
            label=label, comment=answer.comment, correction=answer.correction, quote=answer.quote
        )


def _reason(item: Item, code: str, version: TaxonomyVersion) -> Reason:
    reasons = taxonomy.reasons(version=version, kind=item.signal_kind)
    known = {reason.code: reason for reason in reasons}
    if code not in known:
        raise UnknownReason(code=code or "(empty)", kind=item.signal_kind, known=", ".join(known))
    return known[code]
