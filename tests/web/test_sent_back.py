"""A label sent back: the annotator finds it, sees the note, and keeps or changes the label with an answer."""

from __future__ import annotations

import pytest
from django.test import Client

from annotation.models import Feature, Item, Label, ReviewNote, User
from tests.labels import world
from tests.web import pages


@pytest.fixture
def disputed(feature: Feature, annotator: User, annotator2: User) -> Item:
    return world.disputed(feature, annotator, annotator2)


@pytest.fixture
def cleo(adjudicator: User) -> Client:
    return pages.sign_in(adjudicator)


def send_back(client: Client, item: Item, who: User, note: str = "The clock says two seconds.") -> ReviewNote:
    """Through the form of the review page, as a script sends it."""
    page = client.get(f"/review/?item={item.public_id}").content.decode()
    sent = pages.hidden(page, 'id="sent-back"') | {"note": note, "label": str(world.said(item, who).pk)}
    answer = client.post("/review/send-back/", sent, headers=pages.SCRIPT)
    assert answer.status_code == 200
    return ReviewNote.objects.latest("pk")


def test_it_goes_out_waits_and_comes_back_with_the_answer(
    disputed: Item, cleo: Client, annotator2: User, annotator: User
) -> None:
    note = send_back(cleo, disputed, annotator2)
    assert "1 item waits for an annotator's answer." in pages.text(cleo.get("/review/"))
    ben = pages.sign_in(annotator2)
    for address in ("/annotate/", "/annotate/me/"):
        page = pages.text(ben.get(address))
        assert "1 label was sent back to you" in page
        assert "The clock says two seconds." in page
        assert f"/annotate/notes/{note.pk}/" in page
    assert "sent back to you" not in pages.text(pages.sign_in(annotator).get("/annotate/"))
    opened = ben.get(f"/annotate/notes/{note.pk}/")
    assert "Cleo asks you to look again" in pages.text(opened)
    assert "You said Unread." in pages.text(opened)
    assert "unread, says" in pages.text(opened)
    assert "verified, says" not in pages.text(opened)
    own = {"reason": "unread", "comment": world.said(disputed, annotator2).content.comment}
    sent = pages.form(opened, **own) | {"reply": "Two seconds is too fast."}
    answer = ben.post(f"/annotate/notes/{note.pk}/answer/", sent, headers=pages.SCRIPT)
    assert "You kept Unread" in pages.text(answer)
    assert Label.objects.count() == 2
    page = pages.text(cleo.get("/review/"))
    assert "Kept it" in page
    assert "Two seconds is too fast." in page


def test_without_a_script_a_changed_label_leads_to_my_page(disputed: Item, cleo: Client, annotator2: User) -> None:
    note = send_back(cleo, disputed, annotator2)
    ben = pages.sign_in(annotator2)
    sent = pages.form(ben.get(f"/annotate/notes/{note.pk}/"), reason="verified")
    answer = ben.post(f"/annotate/notes/{note.pk}/answer/", sent, follow=True)
    assert answer.redirect_chain[-1][0] == "/annotate/me/"
    assert "Answered: your label is changed." in pages.text(answer)
    assert world.said(disputed, annotator2).reason.code == "verified"
    assert "You changed Unread to Verified" in pages.text(ben.get(f"/annotate/notes/{note.pk}/"))
    listed = pages.text(cleo.get("/review/list/"))
    assert "changed to Verified" in listed


def test_of_several_the_next_one_follows(
    disputed: Item, feature: Feature, cleo: Client, annotator: User, annotator2: User
) -> None:
    other = world.disputed(feature, annotator, annotator2)
    first, second = send_back(cleo, disputed, annotator2), send_back(cleo, other, annotator2, note="This one too.")
    ben = pages.sign_in(annotator2)
    sent = pages.form(ben.get(f"/annotate/notes/{first.pk}/"), reason="verified")
    answer = ben.post(f"/annotate/notes/{first.pk}/answer/", sent, headers=pages.SCRIPT)
    assert "This one too." in pages.text(answer)
    assert f"/annotate/notes/{second.pk}/answer/" in pages.text(answer)


def test_what_was_typed_comes_back_with_a_refusal(
    disputed: Item, cleo: Client, annotator2: User, adjudicator: User
) -> None:
    page = cleo.get("/review/").content.decode()
    sent = pages.hidden(page, 'id="sent-back"') | {"note": "Hm?", "label": str(world.said(disputed, annotator2).pk)}
    note = send_back(cleo, disputed, annotator2)
    again = cleo.post("/review/send-back/", sent)
    assert again.status_code == 409
    assert "waiting for its answer already" in pages.text(again)
    assert "Hm?" in pages.text(again)
    ben = pages.sign_in(annotator2)
    late = pages.form(ben.get(f"/annotate/notes/{note.pk}/"), reason="verified")
    late |= {"reply": "half an hour of thought"}
    cleo.post("/review/settle/", pages.form(cleo.get(f"/review/?item={disputed.public_id}"), reason="scaffold"))
    answer = ben.post(f"/annotate/notes/{note.pk}/answer/", late)
    assert answer.status_code == 409
    assert "half an hour of thought" in pages.text(answer)
    assert "No answer is needed any more" in pages.text(ben.get(f"/annotate/notes/{note.pk}/"))


def test_nobody_else_s_note_opens(disputed: Item, cleo: Client, annotator: User, annotator2: User) -> None:
    note = send_back(cleo, disputed, annotator2)
    assert pages.sign_in(annotator).get(f"/annotate/notes/{note.pk}/").status_code == 404
