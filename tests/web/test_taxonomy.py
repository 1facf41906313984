"""`/manage/taxonomy/`: a draft is made, changed, seen and published; refusals stand where they belong."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotation import taxonomy
from annotation.labels.remap import batch, effects
from annotation.models import AuditEvent, Feature, Item, Label, Reason, Remap, TaxonomyVersion, User
from tests import stock, worlds
from tests.taxonomy import world
from tests.web import pages
from tests.web.pages import words

pytestmark = pytest.mark.django_db

LIST, DRAFT = "/manage/taxonomy/", "/manage/taxonomy/2/"
FIELDS = {"title": "Skimmed", "code": "skimmed", "key": "t", "definition": "Glanced at.", "outcome": "good"}
EXAMPLES = " Sent to all. \n\nBragged."


@pytest.fixture
def client(admin: User) -> Client:
    return pages.sign_in(admin)


def address(name: str, reason: Reason) -> str:
    return reverse(name, args=[reason.taxonomy_version.number, reason.pk])


def publish(client: Client, **sent: str) -> Any:
    seen = re.search(r'name="seen" value="(\w+)"', pages.text(client.get(DRAFT)))
    assert seen
    return client.post(f"{DRAFT}publish/", {"seen": seen[1], "note": "Checked is clearer."} | sent, follow=True)


def test_a_draft_is_begun_once_and_can_be_discarded(client: Client) -> None:
    assert client.post(f"{LIST}draft/").headers["Location"] == DRAFT
    assert "Go on with the draft, version 2" in words(client.get(LIST))
    assert "There is a draft already, version 2" in words(client.post(f"{LIST}draft/"))
    client.post(f"{DRAFT}discard/")
    assert TaxonomyVersion.objects.get() == taxonomy.current()
    verbs = AuditEvent.objects.filter(target_type="taxonomy_version").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["taxonomy.published", "taxonomy.drafted", "taxonomy.discarded"]


def test_what_publishing_does_to_labels_is_seen_before(client: Client, feature: Feature) -> None:
    draft = world.draft()
    for reason in ("verified", "verified", "adequate", "scaffold", "unread"):
        worlds.labeled(feature, reason=reason)
    assert "5 kept as they are" not in words(client.get(DRAFT))
    assert "No label changes so far." in words(client.get(DRAFT))

    renamed = world.reason(draft, "verified")
    client.post(address("reason", renamed), FIELDS | {"code": "checked", "key": "1", "meaning": "same"})
    merged = world.reason(draft, "adequate")
    client.post(address("merge_reason", merged), {"into": renamed.pk})
    split = world.reason(draft, "scaffold")
    parts = {f"{part}-{name}": value for part in ("one", "two") for name, value in FIELDS.items()}
    parts |= {"one-code": "start", "one-key": "r", "two-code": "outline"}
    client.post(address("split_reason", split), parts)

    page = words(client.get(DRAFT))
    assert "kept as they are 1 mapped to another reason 3 to be labeled again 1" in page
    assert "Adequate adequate mapped to “Skimmed” checked changes: code, uses 1" in page
    assert "Merged into “Skimmed”: its labels are mapped." in page
    assert "Without successor: its labels are labeled again." in page

    assert "Version 2 is published" in words(publish(client))
    assert taxonomy.current() == draft
    assert Remap.objects.get().labels_total == 4
    page = words(client.get(LIST))
    assert "Checked is clearer." in page
    assert "Waiting" in page
    client.post(f"{LIST}cancel/", {"remap": Remap.objects.get().pk})
    assert "4 labels still say what the current version no longer says." in words(client.get(LIST))
    client.post(f"{LIST}remap/")
    assert Remap.objects.count() == 2


def test_what_was_taken_out_is_brought_back(client: Client) -> None:
    draft = world.draft()
    origin = world.reason(taxonomy.current(), "scaffold")
    client.post(address("retire_reason", world.reason(draft, "scaffold")))
    assert "Bring back" in words(client.get(DRAFT))
    client.post(f"{DRAFT}back/", {"reason": origin.pk})
    assert "Bring back" not in words(client.get(DRAFT))
    assert "This draft is the same as version 1" in words(client.get(DRAFT))


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"key": "1"}, "The key 1 is the one of “Verified”. Free for accepted:"),
        ({"key": "s"}, "The key s can't stand for a reason"),
        ({"code": "verified"}, "accepted has a reason with the code verified already"),
        ({"code": "Not a code"}, "Only a to z, digits and “_”"),
        ({"outcome": "unknowable", "uses": "sft"}, "Only good and bad answers can be learned from"),
        ({"outcome": "bad", "uses": "kto+"}, "kto+ teaches from good answers"),
        ({"definition": ""}, "This field is required"),
    ],
)
def test_a_reason_that_can_not_be_is_refused_at_its_field(client: Client, sent: dict[str, str], said: str) -> None:
    world.draft()
    answer = client.post(f"{DRAFT}add/accepted/", FIELDS | sent)
    assert answer.status_code == 422
    assert said in words(answer)
    assert not Reason.objects.filter(title="Skimmed").exists()


def test_a_refused_split_says_at_which_part(client: Client) -> None:
    draft = world.draft()
    parts = {f"{part}-{name}": value for part in ("one", "two") for name, value in FIELDS.items()}
    answer = client.post(address("split_reason", world.reason(draft, "scaffold")), parts)
    assert answer.status_code == 422
    assert "has a reason with the code skimmed already" in words(answer).split("The second")[1]
    assert Reason.objects.filter(taxonomy_version=draft, code="scaffold").exists()


def test_what_flywheel_needs_stays(client: Client) -> None:
    draft = world.draft()
    needed = world.reason(draft, "no_context")
    assert "can't be merged, split or retired" in words(client.get(address("reason", needed)))
    assert "Flywheel itself gives the reason no_context" in words(client.post(address("retire_reason", needed)))


def test_a_kind_is_added_and_needs_reasons_of_its_own(client: Client) -> None:
    draft = world.draft()
    made = client.post(f"{DRAFT}kind/", {"kind": "shared", "polarity": "positive"})
    assert made.headers["Location"] == f"{DRAFT}add/shared/"
    assert "There is a signal kind shared already" in words(
        client.post(f"{DRAFT}kind/", {"kind": "shared", "polarity": "none"})
    )
    assert "People would be asked about “shared”, which has no reasons of its own." in words(publish(client))
    for code, key in (("proud", "1"), ("warning", "2")):
        client.post(
            f"{DRAFT}add/shared/", FIELDS | {"code": code, "key": key, "examples": " Sent to all. \n\nBragged."}
        )
    assert world.reason(draft, "proud", "shared").examples == ["Sent to all.", "Bragged."]
    publish(client)
    assert "shared" in taxonomy.queued_kinds(taxonomy.current())


def test_a_kind_is_no_longer_asked_about_and_says_something_else(client: Client) -> None:
    draft = world.draft()
    kind = draft.kinds.get(kind="copied")
    client.post(f"{DRAFT}polarity/", {"kind": kind.pk, "polarity": "none"})
    kind.refresh_from_db()
    assert (kind.polarity, kind.is_queued) == ("none", False)
    assert "not asked about" in words(client.get(DRAFT))


def test_reasons_move_among_those_of_their_outcome(client: Client) -> None:
    draft = world.draft()
    adequate = world.reason(draft, "adequate")
    client.post(f"{DRAFT}move/", {"reason": adequate.pk, "to": "up"})
    client.post(f"{DRAFT}move/", {"reason": adequate.pk, "to": "up"})
    codes = [reason.code for reason in taxonomy.reasons(version=draft, kind="accepted")[:3]]
    assert codes == ["adequate", "verified", "undone_later"]
    assert "The reasons stand in another order." in words(client.get(f"{DRAFT}compare/1/"))


def test_nobody_publishes_what_they_have_not_seen(client: Client) -> None:
    draft = world.draft()
    world.changed(world.reason(draft, "verified"), title="Read")
    answer = publish(client, seen="0" * 16)
    assert "somebody has changed the draft since this page was opened" in words(answer)
    assert taxonomy.current().number == 1


def test_a_published_version_can_be_read_and_not_changed(client: Client) -> None:
    taxonomy_page = words(client.get(f"{LIST}1/"))
    assert "frozen since" in taxonomy_page
    assert "Read or checked, kept, and right." in taxonomy_page
    reason = world.reason(taxonomy.current(), "verified")
    answer = client.post(address("retire_reason", reason))
    assert "Version 1 is published, and so it is frozen." in words(answer)


def test_two_versions_stand_side_by_side(client: Client) -> None:
    draft = world.draft()
    world.changed(world.reason(draft, "verified"), code="checked", examples=["Opened the source."])
    client.post(address("retire_reason", world.reason(draft, "scaffold")))
    client.get(DRAFT)  # says what was done, once
    page = words(client.get(f"{LIST}1/compare/2/"))
    assert page == words(client.get(f"{DRAFT}compare/1/"))
    assert "Opened the source." in page
    assert "no longer there: its labels are labeled again" in page
    assert "12 more reasons are the same." in page
    assert "The same in both: edited" in page
    assert client.get(f"{DRAFT}compare/2/").status_code == 404


def test_who_labeled_before_is_told_why_it_is_asked_again(feature: Feature, annotator: User) -> None:
    client = pages.sign_in(annotator)
    stock.items(feature, 1)
    pages.label(client, feature, reason="scaffold", comment="only the greeting")
    draft = world.draft()
    world.split(draft, "scaffold", world.spec("start", "t"), world.spec("outline", "r"))
    remap = world.published(draft)
    assert remap is not None
    _map(remap)
    page = pages.take(client, feature)
    assert "Label it again: the reasons have changed. You said “Scaffold”" in words(page)
    assert "only the greeting" in pages.text(page)
    pages.label(client, feature, reason="outline")
    assert Label.objects.get(superseded_at=None).reason.code == "outline"
    assert Item.objects.get().status == "resolved"


def _map(remap: Remap) -> None:
    Remap.objects.update(status="running", attempt=1)
    ids = list(Item.objects.values_list("pk", flat=True))
    plan = effects.plan(remap.taxonomy_version)
    batch.work(remap=remap, attempt=1, item_ids=ids, plan=plan, now=remap.created_at)
