"""Did it compound? Versions on one mix, what can be laid to them, and in words why not, where not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotation import compounding, validity
from annotation.models import Deployment, Feature, Item, VersionFigures
from tests import worlds
from tests.cast import NOW
from tests.compounding import world
from tests.validity import world as validity_world

pytestmark = pytest.mark.django_db

OLD, NEW = {"easy": (160, 144), "hard": (40, 20)}, {"easy": (100, 93), "hard": (100, 56)}
LATER = NOW + timedelta(days=60)


@pytest.fixture
def drafts(drafts: Feature) -> Feature:
    drafts.audited_key = "difficulty"
    drafts.save()
    return drafts


def told(feature: Feature) -> compounding.Report:
    compounding.measure(feature=feature, now=LATER)
    return compounding.report(feature=feature, now=LATER)


def test_better_at_everything_looks_worse_while_the_work_gets_harder(drafts: Feature) -> None:
    world.succession(drafts, [OLD, NEW])
    report = told(drafts)
    (change,) = report.changes
    assert change.crude is not None
    assert change.change is not None
    assert change.crude.value == pytest.approx(-0.075)
    assert change.change.value == pytest.approx(0.0405)
    assert change.change.low < change.change.value < change.change.high
    assert [one.name for one in change.groups] == ["easy", "hard"]
    assert [(one.share, one.old, one.new) for one in change.groups] == [
        pytest.approx((0.65, 0.9, 0.93)),
        pytest.approx((0.35, 0.5, 0.56)),
    ]
    assert change.cause == "came_with"
    assert "With it came +4.0 good answers in 100" in change.sentence or "+4.1 good" in change.sentence
    assert "they never answered at the same time" in change.sentence
    assert (report.answer, report.key) == ("open", "difficulty")


def test_three_versions_each_surely_better_compound(drafts: Feature) -> None:
    world.succession(drafts, [{"easy": (400, good)} for good in (200, 290, 350, 396)])
    report = told(drafts)
    assert [one.is_better for one in report.changes] == [True, True, True]
    assert report.answer == "compounds"
    assert report.sentence.startswith("It compounds")
    # Once the middle one is known to have come from no training, the row is broken.
    drafts.training_runs.filter(model_version="drafts-3").update(status="failed", retracted_at=NOW)
    report = told(drafts)
    assert report.answer == "better"
    assert report.sentence.endswith("1 is so far.")
    assert "No training run that succeeded says what drafts-3 learned from" in report.changes[1].refusal


def test_a_version_whose_line_is_not_known_is_not_compared(drafts: Feature) -> None:
    world.serve("drafts-1", OLD, on=0)
    world.serve("drafts-2", NEW, on=2)
    world.written(on=3)
    report = told(drafts)
    assert report.answer is None
    assert "No deployment of drafts-2 was reported" in report.changes[0].refusal
    assert "POST /api/v1/deployments" in report.sentence
    worlds.deploy(drafts, on=1, version="drafts-2")
    assert "says what drafts-2 learned from" in told(drafts).changes[0].refusal


def test_few_labels_may_not_carry_much_of_the_mix(drafts: Feature) -> None:
    world.succession(drafts, [OLD, {"easy": (110, 100), "hard": (25, 10)}])
    assert told(drafts).changes[0].change is not None
    world.train(drafts, "drafts-3", on=5)
    world.serve("drafts-3", {"easy": (75, 70), "hard": (29, 10)}, on=6)
    world.written(on=7)
    found = told(drafts).changes[1]
    assert found.change is None
    assert "hard (23 % of the mix, 25 labels)" in found.refusal
    world.train(drafts, "drafts-4", on=8)
    world.serve("drafts-4", {"odd": (120, 70)}, on=9)
    world.written(on=10)
    assert "of groups that both versions have labels of (0 %)" in told(drafts).changes[2].refusal


def test_too_few_labels_are_counted_in_words(drafts: Feature) -> None:
    world.succession(drafts, [OLD, {"easy": (40, 30)}])
    assert "drafts-1 has 200 and drafts-2 40. Label 60 more of drafts-2" in told(drafts).sentence


def test_without_a_key_the_whole_feature_is_one_group(drafts: Feature) -> None:
    Feature.objects.update(audited_key="")
    drafts.refresh_from_db()
    world.succession(drafts, [OLD, NEW])
    (change,) = told(drafts).changes
    assert change.change is not None
    assert change.crude is not None
    assert change.change.value == pytest.approx(change.crude.value)
    assert [(one.name, one.share) for one in change.groups] == [("", 1)]


def test_a_key_that_is_named_later_finds_the_groups_of_earlier_days(drafts: Feature) -> None:
    Feature.objects.update(audited_key="")
    world.succession(drafts, [OLD])
    Feature.objects.update(audited_key="difficulty")
    drafts.refresh_from_db()
    world.train(drafts, "drafts-2", on=1.5)
    world.serve("drafts-2", NEW, on=2)
    world.written(on=3)
    (change,) = told(drafts).changes
    assert change.change is not None
    assert change.change.value == pytest.approx(0.0405)


def together(drafts: Feature, **sent: object) -> None:
    """Two days on which two versions answer a half each."""
    world.train(drafts, "drafts-1", on=0, share=0.5)
    world.train(drafts, "drafts-2", on=0.1, share=0.5)
    for on in (1, 2):
        world.serve("drafts-1", {"easy": (150, 75)}, on=on, **sent)
        world.serve("drafts-2", {"easy": (150, 120)}, on=on, **sent)
        world.written(on=on + 1)


def test_what_chance_dealt_at_the_same_time_the_version_caused(drafts: Feature) -> None:
    together(drafts, metadata={"flywheel.assignment": "random"})
    (change,) = told(drafts).changes
    assert change.cause == "caused"
    assert "drafts-2 caused +30.0 good answers in 100" in change.sentence
    # Of a version that took all before, nothing was dealt by chance.
    Deployment.objects.filter(model_version="drafts-1").update(share=1)
    VersionFigures.objects.all().delete()
    (change,) = told(drafts).changes
    assert change.cause == "came_with"


def test_versions_side_by_side_whose_users_were_not_drawn_came_with_it(drafts: Feature) -> None:
    together(drafts)
    (change,) = told(drafts).changes
    assert change.cause == "came_with"
    assert "can't be told yet: of answers whose version was drawn at random (0 and 0 labels)" in change.sentence


def test_a_conversation_counts_once_for_a_version(drafts: Feature) -> None:
    world.succession(drafts, [OLD])
    world.train(drafts, "drafts-2", on=1.5)
    world.serve("drafts-2", {"easy": (300, 270)}, on=2, conversation_id=lambda number: f"c{number // 2}")
    world.written(on=3)
    assert told(drafts).changes[0].new_labels == 150


def test_what_is_decided_otherwise_counts_as_it_is_decided_now(drafts: Feature) -> None:
    world.succession(drafts, [OLD, NEW])
    before = told(drafts).changes[0].crude
    wrong = list(Item.objects.filter(interaction__model_version="drafts-2")[:93])
    validity_world.correct(wrong, "undone_later", now=LATER)
    compounding.refresh(now=LATER)
    assert told(drafts).changes[0].crude == before
    validity.refresh(now=LATER)
    after = told(drafts).changes[0].crude
    assert before is not None
    assert after is not None
    assert after.value < before.value


def test_it_is_computed_anew_only_when_something_came(drafts: Feature) -> None:
    world.succession(drafts, [OLD, NEW])
    assert compounding.refresh(now=NOW) == 1
    assert compounding.refresh(now=LATER) == 0
    assert VersionFigures.objects.get().computed_at == NOW


def test_one_version_alone_and_nothing_measured_are_said(drafts: Feature) -> None:
    assert compounding.report(feature=drafts, now=NOW).sentence.startswith("Not compared yet")
    world.succession(drafts, [OLD])
    assert told(drafts).sentence.startswith("Nothing to compare")
