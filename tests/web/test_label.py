"""Labeling: one form, one label, the next item, and nothing typed is ever lost."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from annotation.labels.submit import UnknownReason
from annotation.models import Feature, Flag, Item, Label, Skip, User
from annotation.queues import lease
from tests import stock
from tests.web import pages


def test_a_label_is_saved_and_the_answer_carries_the_next_item(feature: Feature, annotator: User) -> None:
    first, second = stock.items(feature, 2)
    client = pages.sign_in(annotator)
    answer = pages.label(
        client, feature, comment="Checked.", certainty="3", quote="thank you", duration_ms="1234", correction="Hi Ann"
    )
    saved = Label.objects.select_related("reason", "content").get()
    assert (saved.item_id, saved.reason.code, saved.certainty, saved.duration_ms) == (first.pk, "verified", 3, 1234)
    written = saved.content
    assert (written.comment, written.quote, written.correction) == ("Checked.", "thank you", "Hi Ann")
    page = pages.text(answer)
    assert f'data-item="{second.public_id}"' in page
    assert 'data-said="Saved: Verified."' in page


def test_without_a_script_the_form_leads_back_to_the_page(feature: Feature, annotator: User) -> None:
    stock.items(feature, 2)
    client = pages.sign_in(annotator)
    sent = pages.form(pages.take(client, feature), reason="verified")
    answer = client.post(pages.desk(feature, "label"), sent, follow=True)
    assert answer.redirect_chain == [(pages.desk(feature), 302)]
    assert "Saved: Verified." in pages.text(answer)


def test_a_form_sent_twice_makes_one_label_and_shows_the_same_answer(feature: Feature, annotator: User) -> None:
    stock.items(feature, 2)
    client = pages.sign_in(annotator)
    sent = pages.form(pages.take(client, feature), reason="verified")
    first = client.post(pages.desk(feature, "label"), sent, headers=pages.SCRIPT)
    second = client.post(pages.desk(feature, "label"), sent | {"reason": "unread"}, headers=pages.SCRIPT)
    assert (first.status_code, second.status_code) == (200, 200)
    assert Label.objects.get().reason.code == "verified"
    assert 'data-said="Saved: Verified."' in pages.text(second)


def _too_late(feature: Feature, slow: User, quick: User) -> tuple[Client, dict[str, str]]:
    """Somebody who let the lease run out, and the form; meanwhile somebody else labeled the item."""
    stock.items(feature, 1)
    client = pages.sign_in(slow)
    sent = pages.form(pages.take(client, feature), reason="verified", comment="an hour of thought")
    lease.expire(now=timezone.now() + timedelta(hours=1))
    pages.label(pages.sign_in(quick), feature)
    return client, sent


def test_a_label_that_came_too_late_is_refused_and_what_was_typed_is_shown(
    feature: Feature, annotator: User, annotator2: User
) -> None:
    client, sent = _too_late(feature, annotator, annotator2)
    answer = client.post(pages.desk(feature, "label"), sent)
    assert answer.status_code == 409
    assert "an hour of thought" in pages.text(answer)
    assert f'href="{pages.desk(feature)}"' in pages.text(answer)
    assert Label.objects.filter(rater__user=annotator).count() == 0


def test_a_script_gets_the_refusal_for_its_place_and_keeps_its_form(
    feature: Feature, annotator: User, annotator2: User
) -> None:
    client, sent = _too_late(feature, annotator, annotator2)
    answer = client.post(pages.desk(feature, "label"), sent, headers=pages.SCRIPT)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (409, "#trouble")
    assert "Take the next item" in pages.text(answer)


def test_a_label_under_an_expired_lease_is_kept_while_the_item_needs_it(feature: Feature, annotator: User) -> None:
    stock.items(feature, 1)
    client = pages.sign_in(annotator)
    sent = pages.form(pages.take(client, feature), reason="verified")
    lease.expire(now=timezone.now() + timedelta(hours=1))
    assert client.post(pages.desk(feature, "label"), sent, headers=pages.SCRIPT).status_code == 200
    assert Label.objects.count() == 1


def test_another_persons_item_is_refused(feature: Feature, annotator: User, annotator2: User) -> None:
    stock.items(feature, 1)
    stolen = pages.form(pages.take(pages.sign_in(annotator), feature), reason="verified")
    answer = pages.sign_in(annotator2).post(pages.desk(feature, "label"), stolen)
    assert answer.status_code == 403
    assert "never handed to you" in pages.text(answer)
    assert Label.objects.count() == 0


def test_an_ended_session_keeps_what_was_typed(feature: Feature, annotator: User) -> None:
    stock.items(feature, 1)
    client = pages.sign_in(annotator)
    sent = pages.form(pages.take(client, feature), reason="verified", comment="not lost")
    client.logout()
    plain = client.post(pages.desk(feature, "label"), sent)
    assert (plain.status_code, "not lost" in pages.text(plain)) == (401, True)
    scripted = client.post(pages.desk(feature, "label"), sent, headers=pages.SCRIPT)
    assert scripted.status_code == 401
    assert "Sign in in a new tab" in pages.text(scripted)
    client.force_login(annotator)
    assert client.post(pages.desk(feature, "label"), sent, headers=pages.SCRIPT).status_code == 200
    assert Label.objects.get().content.comment == "not lost"


def test_a_form_that_cannot_be_read_names_its_fields(feature: Feature, annotator: User) -> None:
    stock.items(feature, 1)
    client = pages.sign_in(annotator)
    sent = pages.form(pages.take(client, feature), reason="verified", submission_id="7", certainty="9")
    answer = client.post(pages.desk(feature, "label"), sent)
    assert answer.status_code == 422
    assert "submission_id" in pages.text(answer)
    assert "certainty" in pages.text(answer)


def test_a_reason_of_another_signal_is_refused_with_the_ones_that_fit(feature: Feature, annotator: User) -> None:
    stock.items(feature, 1)
    client = pages.sign_in(annotator)
    answer = pages.label(client, feature, reason="fact_fix")
    assert answer.status_code == UnknownReason.status
    assert "verified" in pages.text(answer)


def test_a_skipped_item_is_not_offered_again(feature: Feature, annotator: User) -> None:
    first, second = stock.items(feature, 2)
    client = pages.sign_in(annotator)
    sent = pages.form(pages.take(client, feature), reason="not_my_field")
    page = pages.text(client.post(pages.desk(feature, "skip"), sent, headers=pages.SCRIPT))
    assert f'data-item="{second.public_id}"' in page
    assert Skip.objects.get().item_id == first.pk


def test_a_flagged_item_is_offered_to_nobody(feature: Feature, annotator: User, annotator2: User) -> None:
    (item,) = stock.items(feature, 1)
    client = pages.sign_in(annotator)
    sent = pages.form(pages.take(client, feature), reason="garbled", comment="Cut off.")
    assert "Flagged" in pages.text(client.post(pages.desk(feature, "flag"), sent, follow=True))
    assert Flag.objects.get().content.comment == "Cut off."
    assert Item.objects.get(pk=item.pk).status == "flagged"
    assert "Nothing to label" in pages.text(pages.take(pages.sign_in(annotator2), feature))


def _undo(client: Client, feature: Feature, form: dict[str, str], **more: object) -> str:
    return pages.text(client.post(pages.desk(feature, "undo"), form, **more))  # type: ignore[arg-type]


def test_undo_brings_the_last_item_back_with_what_was_written(feature: Feature, annotator: User) -> None:
    first, _second = stock.items(feature, 2)
    client = pages.sign_in(annotator)
    form = pages.undo_form(pages.label(client, feature, comment="Too quick.", certainty="2"))
    page = _undo(client, feature, form, headers=pages.SCRIPT)
    assert f'data-item="{first.public_id}"' in page
    assert "Too quick.</textarea>" in page
    assert 'value="2" data-key="k" checked' in page
    assert not Label.objects.filter(superseded_at=None).exists()


def test_undo_without_a_script_leads_to_the_item_and_it_can_be_labeled_anew(feature: Feature, annotator: User) -> None:
    first, _second = stock.items(feature, 2)
    client = pages.sign_in(annotator)
    form = pages.undo_form(pages.label(client, feature))
    answer = client.post(pages.desk(feature, "undo"), form, follow=True)
    assert f'data-item="{first.public_id}"' in pages.text(answer)
    sent = pages.form(answer, reason="unread")
    assert client.post(pages.desk(feature, "label"), sent).status_code == 302
    assert Label.objects.get(superseded_at=None).reason.code == "unread"


def test_undo_with_nothing_to_undo_says_so(feature: Feature, annotator: User) -> None:
    stock.items(feature, 1)
    assert "no answer of yours to undo" in _undo(pages.sign_in(annotator), feature, {}, follow=True)


def test_one_undo_sent_twice_takes_back_one_label(feature: Feature, annotator: User) -> None:
    stock.items(feature, 3)
    client = pages.sign_in(annotator)
    pages.label(client, feature)
    form = pages.undo_form(pages.label(client, feature))
    _undo(client, feature, form)
    assert "taken back already" in _undo(client, feature, form, follow=True)
    assert Label.objects.filter(superseded_at=None).count() == 1
