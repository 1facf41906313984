"""`/manage/queues/` and a queue's page: what a change brings is said before it is made."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from annotation.consensus.runs import keeping
from annotation.consensus.runs.fitting import Found
from annotation.lib.dawid_skene import GoldCheck
from annotation.models import AuditEvent, ConsensusRun, Feature, Item, Queue, RuleVersion, SamplingDesign, User
from annotation.queues import lease
from tests import cast, stock
from tests.consensus import world as consensus
from tests.labels.rules import world as rules
from tests.web import pages
from tests.web.pages import seen, words

LIST, PAGE = "/manage/queues/", "/manage/queues/email-drafts.default/"
NEW = f"{LIST}new/?feature=email-drafts"

_SAME: dict[str, Any] = {
    "reasons": ["a", "b"],
    "labels": 12_000,
    "people": 9,
    "known": 7,
    "log_prior": [],
    "pooled": [],
    "persons": [],
}
FOUND = [
    Found(signal_kind="accepted", why="gold_for", gold=GoldCheck(items=40, dawid_skene=38, majority=30), **_SAME),
    Found(signal_kind="copied", why="gold_against", gold=GoldCheck(items=40, dawid_skene=30, majority=38), **_SAME),
    Found(signal_kind="dismissed", why="collapsed", shift=0.31, below_chance=0.12, **_SAME),
    Found(signal_kind="edited", why="too_few", missing=1240, **_SAME),
    Found(signal_kind="regenerated", why="too_few", missing=7, **_SAME | {"known": 0}),
    Found(signal_kind="thumbs_up", why="fitted", **_SAME),
]
"""One of each."""

AS_IT_IS: dict[str, Any] = {
    "rank": "100",
    "signal_kinds": [],
    "overlap": "1",
    "overlap_max": "5",
    "stop_at": "0.95",
    "full_overlap_share": "0.05",
    "mix": "1",
    "delay_hours": "0",
    "lease_minutes": "15",
    "limit_hours": "168",
    "gold_share": "0",
    "second_look_share": "0",
    "guideline": "",
    "consensus": "majority",
    "taxonomy_version": "",
    "members": [],
}


@pytest.fixture
def client(admin: User) -> Client:
    return pages.sign_in(admin)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def send(client: Client, address: str = PAGE, **sent: Any) -> Any:
    return client.post(address, AS_IT_IS | sent)


def confirmed(client: Client, address: str = PAGE, **sent: Any) -> Any:
    return send(client, address, **sent, seen=seen(send(client, address, **sent)))


def test_the_list_says_what_each_queue_really_gets_and_how_it_stands(
    client: Client, feature: Feature, now: datetime
) -> None:
    stock.items(feature, 3, now=now - timedelta(hours=2))
    lease.take(rater=stock.rater(), queue=stock.queue(feature), now=now)
    confirmed(client, NEW, name="edits", rank="1", signal_kinds=["edited"])
    confirmed(client, NEW, name="behind", rank="200", signal_kinds=["edited"])
    page = words(client.get(LIST))
    rows = page[page.index("Gets") :]
    assert re.search(r"1 edits 0 0 0 \S 1 edited ", rows)
    assert re.search(r"100 default 3 [13] 0 2 h 1 abandoned , accepted , copied ,", rows)
    assert "200 behind 0 0 0 \N{EN DASH} 1 nothing: queues of a lower rank take all its kinds" in rows
    assert "Nobody is asked about" not in page
    confirmed(client, signal_kinds=["accepted"])
    assert "Nobody is asked about: abandoned , copied" in words(client.get(LIST))


def test_a_change_is_first_shown_with_what_it_brings_and_made_when_sent_again(
    client: Client, feature: Feature, admin: User, now: datetime
) -> None:
    stock.queue(feature)
    stock.items(feature, 14, now=now - timedelta(days=6, hours=23))
    changes = {"overlap": "2", "full_overlap_share": "0", "mix": "0.5", "lease_minutes": "5"}
    first = send(client, **changes)
    said = words(first)
    assert "Labels an item 1 → 2 Counts for items that are made from now on. 14 open items ask for as many as" in said
    assert "the next one begins, for new arrivals only" in said
    assert (
        "By the last 7 days 2.0 items a day come to this queue. They ask for 4.0 labels a day instead of 2.0." in said
    )
    assert "Nobody labeled in this feature in the last 7 days" in said
    assert Queue.objects.get().overlap == 1
    answer = send(client, **changes, seen=seen(first))
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert "The queue is changed." in pages.text(client.get(PAGE))
    queue = Queue.objects.get()
    assert (queue.overlap, queue.mix, queue.lease_minutes) == (2, 0.5, 5)
    assert SamplingDesign.objects.count() == 2
    assert AuditEvent.objects.get(verb="queue.changed").user == admin


def test_the_page_says_what_the_mix_does_and_why_it_does_nothing_yet(client: Client, feature: Feature) -> None:
    page = words(client.get(PAGE))
    assert "come up to five times as often; the rates stay honest, since each item's chance is known" in page
    assert "Now all items of this queue weigh alike." in page
    Queue.objects.update(mix=0.5)
    page = words(client.get(PAGE))
    assert "It does nothing yet: every item weighs 1. No rule that is switched on gives a reason for" in page
    versions = [rules.written(feature, name) for name in ("hasty", "kindly")]
    for version in versions:
        rules.on(version)
    RuleVersion.objects.filter(pk=versions[0].pk).update(judged=12, right=9)
    page = words(client.get(PAGE))
    assert "How often hasty is right isn't known: people have decided 12 of the items that it labeled, and 18" in page
    assert "people have decided 0 of the items that it labeled, and 30 more are needed" in page
    RuleVersion.objects.filter(pk=versions[0].pk).update(judged=40, right=30)
    assert "Rules that are measured: hasty. In the past week none of them held" in words(client.get(PAGE))
    Queue.objects.update(mean_u=0.4)
    page = words(client.get(PAGE))
    assert "It is at work." in page
    assert "hasty was right in 30 of 40 (likely 60 to 86 %)" in page
    assert "How often kindly is right isn't known" in page
    Queue.objects.update(signal_kinds=["edited"])
    assert "No rule that is switched on gives a reason for" in words(client.get(PAGE))


def test_what_was_not_shown_is_not_made(client: Client, feature: Feature) -> None:
    shown = seen(send(client, rank="5"))
    answer = send(client, rank="6", seen=shown)
    assert (answer.status_code, Queue.objects.get().rank) == (200, 100)
    assert "100 → 6" in words(answer)


def test_a_new_queue_says_what_it_takes_from_which_one(client: Client, feature: Feature, now: datetime) -> None:
    stock.items(feature, 14, kind="edited", now=now - timedelta(days=6, hours=23))
    sent = {"name": "edits", "rank": "1", "signal_kinds": ["edited"], "guideline": "Facts first."}
    first = send(client, NEW, **sent)
    said = words(first)
    assert "From now on signals of kind edited go to edits instead of default: about 2.0 a day by the last 7" in said
    assert "14 open items stay in default." in said
    assert Queue.objects.count() == 1
    answer = send(client, NEW, **sent, seen=seen(first))
    assert answer["Location"] == f"{LIST}email-drafts.edits/"
    made = Queue.objects.get(name="edits")
    assert (made.rank, made.signal_kinds, made.guideline) == (1, ["edited"], "Facts first.")
    assert stock.items(feature, 1, kind="edited", now=now)[0].queue == made
    assert Item.objects.filter(queue__name="default").count() == 14


def test_a_new_queue_that_would_get_nothing_says_so(client: Client, feature: Feature) -> None:
    said = words(send(client, NEW, name="behind", rank="500"))
    assert "queues of a lower rank take all its kinds, so it gets nothing" in said


def test_people_who_can_t_label_any_more_are_named_with_what_they_hold(
    client: Client, feature: Feature, annotator: User, annotator2: User
) -> None:
    stock.items(feature, 1, now=timezone.now())
    pages.take(pages.sign_in(annotator2), feature)
    said = words(send(client, members=[str(annotator.pk)]))
    assert "Who labels all annotators of the feature → Ann No longer theirs from the next page on: Ben." in said
    assert "1 item is on their desks" in said
    confirmed(client, members=[str(annotator.pk)])
    assert pages.sign_in(annotator2).get(pages.desk(feature)).status_code == 404
    assert pages.sign_in(annotator).get(pages.desk(feature)).status_code == 200
    assert "Ann → all annotators of the feature" in words(send(client))


def test_a_guideline_is_shown_as_annotators_see_it_and_nothing_is_changed(client: Client, feature: Feature) -> None:
    answer = send(client, guideline="# Facts\n\n**before** <script>alert(1)</script>", rank="bad", preview="1")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert '<h3 dir="auto">Facts</h3>' in page
    assert "<strong>before</strong>" in page
    assert "<script>alert" not in page
    assert Queue.objects.get().guideline == ""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"overlap": "0"}, "greater than or equal to 1"),
        ({"overlap": "6"}, "At least as many as “Labels an item”"),
        ({"mix": "1.5"}, "less than or equal to 1"),
        ({"lease_minutes": "0"}, "greater than or equal to 1"),
        ({"second_look_share": "-1"}, "greater than or equal to 0"),
        ({"signal_kinds": ["waved"]}, "waved is not one of the available choices"),
        ({"taxonomy_version": "9"}, "not one of the available choices"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_keeps_what_was_typed(
    client: Client, feature: Feature, wrong: dict[str, Any], said: str
) -> None:
    answer = send(client, **({"limit_hours": "77"} | wrong))
    page = pages.text(answer)
    assert answer.status_code == 422
    assert said in page
    assert 'value="77"' in page


@pytest.mark.parametrize(
    ("name", "said"), [("", "Give it a name"), ("a b", "valid “slug”"), ("default", "has a queue with this name")]
)
def test_a_name_that_can_t_be_is_refused(client: Client, feature: Feature, name: str, said: str) -> None:
    answer = send(client, NEW, name=name)
    assert answer.status_code == 422
    assert said in pages.text(answer)


def test_nothing_changed_is_said(client: Client, feature: Feature) -> None:
    answer = client.post(PAGE, AS_IT_IS, follow=True)
    assert "Nothing is changed: it is so already." in pages.text(answer)


def test_only_admins_come_in(annotator: User, adjudicator: User, engineer: User, feature: Feature) -> None:
    for other in (annotator, adjudicator, engineer):
        client = pages.sign_in(other)
        assert [client.get(address).status_code for address in (LIST, PAGE, NEW)] == [403, 403, 403]
        assert send(client, rank="1", seen="x").status_code == 403
    assert Queue.objects.get().rank == 100


def test_an_unknown_queue_or_feature_is_not_found(client: Client, feature: Feature) -> None:
    cast.feature("other")
    for name in ("email-drafts.nowhere", "nowhere.default", "default"):
        assert client.get(f"{LIST}{name}/").status_code == 404
    assert client.get(f"{LIST}new/?feature=nowhere").status_code == 404


def test_the_page_says_which_rule_decides_and_why(client: Client, feature: Feature) -> None:
    assert "The majority decides: each item has a fixed number of labels" in words(client.get(PAGE))
    queue = consensus.queue(feature, overlap_max=4)
    page = words(client.get(PAGE))
    assert "each item starts with 2 labels and asks for one more until its answer is 95 % likely, up to 4" in page
    assert "How often each is right has not been estimated yet" in page
    keeping.keep(queue=queue, found=FOUND, now=timezone.now())
    page = words(client.get(PAGE))
    assert "not been estimated" not in page
    for said in (
        "accepted people are weighed On the 40 labeled items whose answer is known, each left out in turn, weighing "
        "people is right 95 times in 100 (likely 83 to 99), a vote 75 times (likely 60 to 86)",
        "The reliability of 2 of them is unknown: under 30 such labels each.",
        "copied a vote decides On the 40 labeled items",
        "dismissed a vote decides Weighing people found something else than these reasons: against a vote the share of "
        "a reason moved by 31 points, and 12 of 100 things that people say came out as worse than chance.",
        "edited a vote decides There are too few labels for so many reasons: what each person mixes up with what can't "
        "be told from chance. About 1,240 more labels of the same people would settle it.",
        "regenerated a vote decides How reliable anybody is can't be said yet: nobody has 30 labels on items that "
        "somebody else labeled too. About 7 more labels",
        "thumbs_up people are weighed Nothing speaks against weighing people, and nothing checks it: only items with a "
        "known answer could, from 30 labeled ones on; there are 0.",
    ):
        assert said in page, page[page.index("How labels decide now") :]


def test_a_run_is_asked_for_watched_and_cancelled(client: Client, feature: Feature) -> None:
    consensus.queue(feature)
    client.post(f"{PAGE}decide/")
    run = ConsensusRun.objects.get()
    assert "It starts as soon as a worker does." in words(client.get(PAGE))
    assert client.post(f"{PAGE}decide/").status_code == 409
    began = timezone.now() - timedelta(seconds=10)
    going = {"status": "running", "started_at": began, "heartbeat_at": timezone.now(), "items_total": 3000}
    ConsensusRun.objects.update(**going, items_done=1000)
    page = client.get(PAGE)
    assert "1,000 of 3,000 items. 100 a second, about 20 s left." in words(page)
    (seen_so_far,) = re.findall(r"\?seen=(\w+)", page.content.decode())
    assert client.get(f"{PAGE}?seen={seen_so_far}", headers=pages.SCRIPT).status_code in (200, 204)
    client.post(f"{PAGE}decide/cancel/")
    assert "Its worker stops after the items that it is at." in words(client.get(PAGE))
    ended = {"status": "cancelled", "finished_at": timezone.now(), "changed": 12}
    ConsensusRun.objects.filter(pk=run.pk).update(**ended)
    news = words(client.get(f"{PAGE}?seen=x", headers=pages.SCRIPT))
    assert "is cancelled. It was cancelled after 1,000 items; 12 came out otherwise." in news
    assert "The run over this queue is now cancelled." in news
    verbs = AuditEvent.objects.filter(verb__startswith="consensus").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["consensus.asked", "consensus.cancelled"]
