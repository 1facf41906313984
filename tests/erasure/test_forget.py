"""What an erasure forgets, what stays, and what it says of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction

from annotation import audit, erasure, tasks
from annotation.erasure import log, run
from annotation.ingest import store
from annotation.labels import drafts, notes, submit
from annotation.models import (
    AuditEvent,
    ConsensusRevision,
    Erasure,
    Evidence,
    EvidenceDue,
    Feature,
    Interaction,
    Item,
    Label,
    LabelContent,
    Lease,
    ReviewNote,
    Signal,
    SignalContent,
    Tombstone,
    WaitingSignal,
)
from annotation.queues import fill, lease
from tests import cast, stock
from tests.cast import NOW
from tests.erasure import world
from tests.erasure.world import LATER, WORD
from tests.exports.world import label
from tests.ingest.sent import later, signal
from tests.labels import world as reviews
from tests.labels.judge import world as judges
from tests.workers import Workers, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path
    return tmp_path


def whole(feature: Feature) -> None:
    """Three interactions of the user with everything that can hang on one, and one of somebody else."""
    stock.queue(feature, overlap=1)
    world.sent(*[world.record(number) for number in (1, 2, 3)], world.plain())
    world.labeled(f"{WORD}-1", comment=WORD, correction=WORD, quote=WORD)
    submit.flag(
        rater=stock.rater(), item=world.item(f"{WORD}-2"), reason="other", comment=WORD, submission_id=uuid4(), now=NOW
    )
    drafts.save(rater=stock.rater(), item=world.item(f"{WORD}-3"), typed=drafts.Typed(comment=WORD), typed_at=NOW)
    world.labeled("gen_1", comment="mine")
    first = Signal.objects.get(external_id=f"{WORD}-1")
    SignalContent.objects.filter(signal=first).update(facts=[["next_words", {"quote": WORD}]])
    judges.failed(first, text=WORD)
    Evidence.objects.create(signal=first, version=2, facts=[["next_words", {"quote": WORD}]], computed_at=NOW)


def test_nothing_of_a_user_is_left_in_any_table(feature: Feature) -> None:
    whole(feature)
    assert len(world.traces()) >= 6
    done = world.erase(feature, user_key=WORD)
    assert world.traces() == {}
    assert (done.interactions, done.signals, done.items_withdrawn) == (3, 3, 2)
    assert (done.labels_kept, done.label_texts) == (1, 1)
    assert done.finished_at == LATER


def test_what_others_sent_stays_as_it_is(feature: Feature) -> None:
    whole(feature)
    before = list(Interaction.objects.filter(external_id="gen_1").values())
    world.erase(feature, user_key=WORD)
    assert list(Interaction.objects.filter(external_id="gen_1").values()) == before
    assert LabelContent.objects.get().comment == "mine"
    assert SignalContent.objects.get().signal.interaction.external_id == "gen_1"


def test_codes_times_and_numbers_stay_so_that_counts_stay_true(feature: Feature) -> None:
    whole(feature)
    kept = ("model_version", "occurred_at", "ingested_at", "random_number", "conversation_rank")
    before = list(Interaction.objects.order_by("pk").values(*kept))
    items = list(Item.objects.order_by("pk").values("public_id", "key", "weight", "cohort", "needed"))
    world.erase(feature, user_key=WORD)
    assert list(Interaction.objects.order_by("pk").values(*kept)) == before
    assert list(Item.objects.order_by("pk").values("public_id", "key", "weight", "cohort", "needed")) == items
    assert Signal.objects.filter(kind="accepted").count() == 4
    assert Label.objects.filter(superseded_at=None).count() == 2
    assert ConsensusRevision.objects.count() == 2
    statuses = Item.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["resolved", "resolved", "withdrawn", "withdrawn"]


def test_a_resend_and_its_signals_are_refused_from_then_on(feature: Feature) -> None:
    world.sent(world.record())
    world.erase(feature, user_key=WORD)
    again = world.sent(world.record(), world.record(user=None), world.plain())
    assert [one.code for one in again.refused] == ["erased", "erased"]
    assert again.accepted == 1
    assert Tombstone.objects.count() == 1


def test_what_a_user_did_before_is_refused_though_it_comes_late_and_what_they_do_later_is_new(feature: Feature) -> None:
    world.sent(world.record(1))
    world.erase(feature, user_key=WORD)
    late = world.record(2, occurred_at=(LATER - timedelta(hours=2)).isoformat())
    new = world.record(3, occurred_at=(LATER + timedelta(minutes=1)).isoformat())
    outcome = world.sent(late, new, world.plain(), now=LATER + timedelta(hours=1))
    assert [(one.index, one.code) for one in outcome.refused] == [(0, "erased")]
    assert outcome.accepted == 2


def test_asked_again_it_answers_the_same_and_erases_what_is_new(feature: Feature) -> None:
    whole(feature)
    first = world.erase(feature, user_key=WORD)
    same = world.erase(feature, user_key=WORD, now=LATER + timedelta(minutes=1))
    assert (same.pk, same.interactions, same.first_asked_at) == (first.pk, 3, first.asked_at)
    at = LATER + timedelta(hours=1)
    world.sent(world.record(4, occurred_at=at.isoformat()), now=at)
    again = world.erase(feature, user_key=WORD, now=at + timedelta(hours=1))
    assert (again.pk, again.interactions) == (first.pk, 4)
    assert world.traces() == {}
    assert AuditEvent.objects.filter(verb="erasure.asked").count() == 3


def test_one_interaction_goes_and_the_user_s_others_stay(feature: Feature) -> None:
    whole(feature)
    done = world.erase(feature, interaction_id=f"{WORD}-1")
    assert (done.interactions, done.labels_kept, done.label_texts) == (1, 1, 1)
    assert set(Interaction.objects.filter(erased_at=None).values_list("external_id", flat=True)) == {
        f"{WORD}-2",
        f"{WORD}-3",
        "gen_1",
    }
    assert world.erase(feature, interaction_id=f"{WORD}-1").interactions == 1


def test_an_interaction_that_never_came_is_refused_when_it_comes_and_its_signals_are_gone(feature: Feature) -> None:
    store.signals(records=[(0, later(f"{WORD}-9", id=WORD, details={"x": WORD}))], now=NOW)
    assert WaitingSignal.objects.exists()
    done = world.erase(feature, interaction_id=f"{WORD}-9")
    assert (done.interactions, done.waiting_signals, done.finished_at) == (0, 1, LATER)
    assert world.traces() == {}
    assert [one.code for one in world.sent(world.record(9)).refused] == ["erased"]


def test_another_interaction_that_names_it_holds_its_id_no_longer(feature: Feature) -> None:
    world.sent(world.record(1), world.plain("gen_2", replaces=f"{WORD}-1"))
    world.erase(feature, user_key=WORD)
    assert world.traces() == {}
    other = Interaction.objects.get(external_id="gen_2")
    assert Interaction.objects.get(external_id=other.replaces).erased_at == LATER


def test_evidence_of_turns_that_stay_forgets_what_it_quoted_and_is_made_anew(feature: Feature) -> None:
    world.sent(
        world.plain("gen_1", conversation_id="c", occurred_at="2026-03-02T07:00:00Z"),
        world.record(2, conversation_id="c"),
    )
    stays = Signal.objects.get(interaction__external_id="gen_1")
    SignalContent.objects.filter(signal=stays).update(facts=[["next_words", {"quote": WORD}]])
    Evidence.objects.create(signal=stays, version=2, facts=[["next_words", {"quote": WORD}]], computed_at=NOW)
    EvidenceDue.objects.all().delete()
    world.erase(feature, user_key=WORD)
    assert world.traces() == {}
    assert Evidence.objects.get().version == 2
    assert EvidenceDue.objects.get().interaction.external_id == "gen_1"


def test_turns_that_stay_and_were_sent_with_what_was_said_are_named(feature: Feature) -> None:
    said = [
        {"role": "user", "content": WORD},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": "?"},
    ]
    world.sent(
        world.record(1, conversation_id="c", occurred_at="2026-03-02T07:00:00Z"),
        world.plain("gen_2", conversation_id="c", input=[*said, {"role": "user", "content": "?"}]),
        world.plain("gen_3", conversation_id="c", input="Only this."),
    )
    done = world.erase(feature, user_key=WORD)
    assert [Interaction.objects.get(pk=pk).external_id for pk in done.mates] == ["gen_2"]
    assert list(world.traces()) == ["annotation_interactioncontent"]


def test_a_lease_ends_and_what_was_being_typed_is_refused_in_words(feature: Feature) -> None:
    world.sent(world.record(1))
    rater, item = stock.rater(), world.item(f"{WORD}-1")
    lease.take_chosen(rater=rater, item=item, now=LATER)
    world.erase(feature, user_key=WORD)
    assert not Lease.objects.exists()
    item.refresh_from_db()
    assert (item.status, item.taken) == (Item.Status.WITHDRAWN, [])
    with pytest.raises(submit.Erased, match="was erased"):
        label(item, "verified", comment=WORD)
    assert world.traces() == {}


def test_what_was_asked_and_answered_about_a_label_goes_and_that_it_was_stays(feature: Feature) -> None:
    stock.queue(feature, overlap=2)
    world.sent(world.record(1), world.record(2))
    asked, answered = (world.item(f"{WORD}-{number}") for number in (1, 2))
    for item in (asked, answered):
        reviews.label(item, "verified", by=1)
        reviews.label(item, "unread", by=2)
    reviews.sent_back(asked, text=WORD)
    note = reviews.sent_back(answered, text=WORD)
    notes.answer(note=note, answer=reviews.answer("unread"), text=WORD, now=LATER)
    assert "annotation_reviewnotecontent" in world.traces()
    world.erase(feature, user_key=WORD)
    assert world.traces() == {}
    assert ReviewNote.objects.count() == 2
    assert not notes.of_rater(stock.rater(1)).exists()
    with pytest.raises(submit.Erased):
        reviews.sent_back(answered, text=WORD)
    with pytest.raises(submit.Erased):
        notes.answer(note=note, answer=reviews.answer(), text=WORD, now=LATER)


def test_nobody_writes_beside_a_label_of_what_was_erased(feature: Feature) -> None:
    world.sent(world.record(1))
    item = world.labeled(f"{WORD}-1")
    own = Label.objects.get().pk
    world.erase(feature, user_key=WORD)
    for write in (
        lambda: label(item, "unread", replaces=own, comment=WORD),
        lambda: submit.flag(
            rater=stock.rater(2), item=item, reason="other", comment=WORD, submission_id=uuid4(), now=LATER
        ),
        lambda: submit.undo(rater=stock.rater(), item=item, now=LATER),
    ):
        with pytest.raises(submit.Erased):
            write()
    assert Label.objects.get().superseded_at is None


def test_a_form_sent_twice_still_answers_with_its_first_label(feature: Feature) -> None:
    world.sent(world.record(1))
    answer = submit.Answer(reason_code="verified", submission_id=uuid4())
    item, rater = world.item(f"{WORD}-1"), stock.rater()
    first = submit.label(rater=rater, item=item, answer=answer, now=NOW)
    world.erase(feature, user_key=WORD)
    assert submit.label(rater=rater, item=item, answer=answer, now=LATER) == first


def test_what_was_written_beside_a_label_goes_with_its_interaction_and_not_otherwise(feature: Feature) -> None:
    world.sent(world.record(1))
    world.labeled(f"{WORD}-1", comment="kept")
    with pytest.raises(DatabaseError, match="only erasure does"), transaction.atomic():
        LabelContent.objects.all()._raw_delete("default")
    world.erase(feature, user_key=WORD)
    assert not LabelContent.objects.exists()


def test_the_audit_and_the_log_name_nobody(feature: Feature, folder: Path) -> None:
    whole(feature)
    world.erase(feature, user_key=WORD)
    entries = list(log.entries())
    assert sorted(len(entry.tombstones) for entry in entries) == [0, 3]
    assert {entry.hash for entry in entries} == {bytes(Erasure.objects.get().subject_hash)}
    texts = b"".join(path.read_bytes() for path in (folder / "erasures").iterdir())
    assert WORD.encode() not in texts
    finished = AuditEvent.objects.get(verb="erasure.finished")
    assert finished.data["interactions"] == 3


def test_an_erasure_that_can_not_be_noted_is_not_done(feature: Feature, folder: Path) -> None:
    world.sent(world.record(1))
    (folder / "erasures").write_text("in the way")
    with pytest.raises(log.NotLogged, match="nothing was erased"):
        world.erase(feature, user_key=WORD)
    assert not Erasure.objects.exists()
    assert Interaction.objects.get().erased_at is None


def test_what_is_too_much_for_one_answer_is_done_by_a_worker(feature: Feature) -> None:
    world.sent(*[world.record(number) for number in range(5)])
    subject = erasure.user(feature=feature, user_key=WORD)
    begun = erasure.erase(subject=subject, actor=audit.FLYWHEEL, clock=lambda: LATER, seconds=0, batch=2)
    assert (begun.interactions, begun.finished_at) == (2, None)
    assert erasure.unfinished(now=LATER) == []
    soon = LATER + run.SILENT_AFTER * 2
    assert erasure.unfinished(now=soon) == [begun.pk]
    erasure.go_on(erasure_id=begun.pk, clock=lambda: soon, batch=2)
    begun.refresh_from_db()
    assert (begun.interactions, begun.finished_at) == (5, soon)
    assert erasure.unfinished(now=soon) == []
    assert world.traces() == {}


def test_a_user_of_another_feature_with_the_same_key_stays(feature: Feature) -> None:
    other = cast.feature("support-chat")
    world.sent(world.record(1), world.record(1) | {"feature": "support-chat"})
    world.erase(feature, user_key=WORD)
    assert Interaction.objects.get(feature=other).erased_at is None


def test_a_delayed_signal_becomes_no_item(feature: Feature) -> None:
    stock.queue(feature, delay_hours=1)
    world.sent(world.record(1, signals=[signal("accepted", id=WORD)]))
    world.erase(feature, user_key=WORD)
    assert fill.due(now=LATER + timedelta(days=1)) == 0
    assert not Item.objects.exists()


def test_a_worker_brings_to_its_end_what_was_left(feature: Feature, workers: Workers) -> None:
    """A real worker, rung by the sweep, as after the death of whoever asked."""
    world.sent(*[world.record(number) for number in range(5)])
    subject = erasure.user(feature=feature, user_key=WORD)
    begun = erasure.erase(subject=subject, actor=audit.FLYWHEEL, clock=lambda: LATER, seconds=0, batch=2)
    assert begun.finished_at is None
    workers.start_worker()
    tasks.finish_erasures.delay()
    until(lambda: Erasure.objects.get().finished_at is not None)
    assert world.traces() == {}
