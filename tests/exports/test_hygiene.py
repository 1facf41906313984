"""What is told of a dataset before somebody trains on it: measured when its rows are fixed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.conf import LazySettings

from annotation import audit
from annotation.exports import hygiene
from annotation.exports.finished import suspects
from annotation.exports.hygiene import selftraining
from annotation.ingest import signatures
from annotation.models import AuditEvent, Export, ExportRow, Feature, Item, Label, Rater, Reason
from tests import cast
from tests.cast import NOW
from tests.erasure import world as erasure
from tests.exports import bulk, world

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = " ".join(f"w{number}" for number in range(30))


@pytest.fixture
def feature(settings: LazySettings, tmp_path: Path) -> Feature:
    settings.STORAGE_FOLDER = tmp_path
    return cast.feature()


def rows(name: str, count: int, text: str = "", **fields: Any) -> list[bulk.Row]:
    """Texts of 30 words, each with words of its own unless it is given."""
    return [
        bulk.Row(
            name=f"{name}-{number}",
            output=text or " ".join(f"{name}{number}w{place}" for place in range(30)),
            occurred_at=NOW + timedelta(minutes=number),
            **fields,
        )
        for number in range(count)
    ]


def test_a_clean_dataset_has_nothing_to_be_warned_of(feature: Feature) -> None:
    bulk.decided(feature, rows("a", 10))
    export = world.made(feature)
    found = hygiene.report(export=export)
    assert found.largest_component == {"rows": 1, "share": 0.1}
    assert (found.near_duplicates, found.suspects, found.effective_n) == ((), 0, None)
    assert (found.self_training.share, found.self_training.alarm) == (0, "none")
    assert (found.self_training.tokens_model, found.self_training.tokens_verified) == (300, 300)
    assert not [warning for warning in export.warnings if "hang together" in warning or "written" in warning]
    assert export.manifest is not None
    assert export.manifest["largest_component"] == found.largest_component
    assert export.manifest["self_training_share"] == 0


def test_near_duplicates_and_a_large_group_are_told(feature: Feature) -> None:
    text = [f"{WORDS} {end}" for end in ("one", "two", "three")]
    bulk.decided(
        feature,
        [row._replace(output=said, conversation_id="c") for row, said in zip(rows("near", 3), text, strict=True)]
        + rows("a", 7),
    )
    export = world.made(feature, splits={"train": 1})
    found = hygiene.report(export=export)
    assert [(set(one.interactions), one.rows, one.splits) for one in found.near_duplicates] == [
        ({"near-0", "near-1", "near-2"}, 3, ("train",))
    ]
    assert found.largest_component == {"rows": 3, "share": 0.3}
    assert export.warnings[-1].startswith("30 in 100 rows (3 of 10) hang together")
    assert export.manifest is not None
    assert export.manifest["near_duplicates"] == {"clusters": 1, "rows": 3}
    assert b"near-0" not in orjson.dumps(export.manifest)
    erasure.erase(feature, interaction_id="near-1")
    assert "near-1" not in hygiene.report(export=export).near_duplicates[0].interactions


def test_what_nobody_checked_is_told_in_words(feature: Feature) -> None:
    """20 answers that people found good, 60 that only a rule did, 20 edits of the users' own."""
    bulk.decided(feature, rows("good", 20))
    bulk.decided(feature, rows("ruled", 60), source="rule")
    bulk.decided(feature, rows("edited", 20, final_text=WORDS), kind="edited", reason="fact_fix")
    export = world.made(feature, splits={"train": 1})
    found = hygiene.report(export=export).self_training
    # The edits all say the same, and are one row.
    assert (found.tokens_model, found.tokens_verified, export.rows_total) == (2400, 600, 81)
    assert found.share == pytest.approx(1800 / 2430, abs=1e-4)
    assert found.alarm == "red"
    assert found.sentence == (
        "74 % of this export was written by the model itself and never checked by a person; training on it mostly "
        "teaches the model to repeat itself."
    )
    assert found.sentence in export.warnings


def test_what_is_not_to_be_imitated_does_not_count(feature: Feature) -> None:
    bulk.decided(feature, rows("good", 3))
    bulk.decided(feature, rows("bad", 9), kind="thumbs_down", reason="wrong_fact", source="rule")
    found = hygiene.report(export=world.made(feature, "kto")).self_training
    assert (found.share, found.tokens_model) == (0, 90)
    found = hygiene.report(export=world.made(feature, "reasons")).self_training
    assert (found.share, found.refusal) == (None, "This format is for analysis: it holds no text to learn.")


def test_where_too_little_is_known_no_share_is_told(feature: Feature) -> None:
    bulk.decided(feature, rows("good", 18))
    bulk.decided(feature, rows("whose", 1), source=None)
    few = hygiene.report(export=world.made(feature, splits={"train": 1})).self_training
    assert few.share is None
    assert str(few.refusal).startswith("Of 1 of 19 rows it is not known who wrote or checked")
    bulk.decided(feature, rows("more", 2))
    assert hygiene.report(export=world.made(feature, splits={"train": 1})).self_training.share == 0


@pytest.mark.parametrize(
    ("verified", "alarm", "begins"),
    [
        (1000, "none", "All that is to be learned"),
        (999, "none", "Under 1 % of this export"),
        (900, "none", "10 % of this export"),
        (880, "amber", "12 % of this export was written by the model itself and never checked by a person; that part"),
        (500, "amber", "50 % of this export"),
        (220, "red", "78 % of this export was written by the model itself and never checked by a person; training on"),
    ],
)
def test_alarms_and_their_words(verified: int, alarm: str, begins: str) -> None:
    told = selftraining.told(targets=10, missing=0, tokens=1000, by_model=1000, verified=verified)
    assert (told.alarm, told.sentence.startswith(begins)) == (alarm, True)


def judged(items: list[Item], code: str, confidence: float) -> None:
    judge, _ = Rater.objects.get_or_create(kind="judge", name="judge-1")
    reason = Reason.objects.get(signal_kind="accepted", code=code)
    Label.objects.bulk_create(
        Label(
            item=item,
            rater=judge,
            reason=reason,
            taxonomy_version=reason.taxonomy_version,
            confidence=confidence,
            labeled_at=NOW,
            received_at=NOW,
            submission_id=uuid4(),
        )
        for item in items
    )


def test_likely_wrong_labels_go_back_to_their_queue_and_stay_in_the_dataset(feature: Feature) -> None:
    right, wrong = bulk.decided(feature, rows("right", 30)), bulk.decided(feature, rows("wrong", 3))
    other = bulk.decided(feature, rows("other", 25), reason="undone_later")
    judged(right, "verified", 0.9)
    judged([*wrong, *other], "undone_later", 0.9)
    export = world.made(feature, "kto", splits={"train": 1})
    assert export.rows_total == 58 - 30 - 3 + 33
    assert hygiene.report(export=export).suspects == 3
    assert suspects.send_back(export=export, actor=audit.FLYWHEEL, now=world.LATER) == 3
    looks = Item.objects.filter(purpose=Item.Purpose.SECOND_LOOK)
    assert {look.signal_id for look in looks} == {item.signal_id for item in wrong}
    assert ExportRow.objects.filter(export=export, item__in=wrong).count() == 3
    assert suspects.send_back(export=export, actor=audit.FLYWHEEL, now=world.LATER) == 0
    told = AuditEvent.objects.filter(verb="export.suspects_sent_back").order_by("pk")
    assert [event.data for event in told] == [{"items": 3}, {"items": 0}]


def test_what_is_decided_anew_meanwhile_is_left_alone(feature: Feature) -> None:
    right, wrong = bulk.decided(feature, rows("right", 30)), bulk.decided(feature, rows("wrong", 2))
    other = bulk.decided(feature, rows("other", 25), reason="undone_later")
    judged(right, "verified", 0.9)
    judged([*wrong, *other], "undone_later", 0.9)
    waiting = world.asked(feature, "kto")
    with pytest.raises(suspects.NotFixed):
        suspects.send_back(export=waiting, actor=audit.FLYWHEEL, now=world.LATER)
    export = world.made(feature, "kto", splits={"train": 1})
    Item.objects.filter(pk=wrong[0].pk).update(status=Item.Status.DISPUTED)
    erasure.erase(feature, interaction_id="wrong-1")
    assert suspects.send_back(export=export, actor=audit.FLYWHEEL, now=world.LATER) == 0


def test_the_newest_groups_are_the_test_and_none_moves_later(feature: Feature) -> None:
    bulk.decided(feature, [row._replace(conversation_id=f"c{at // 2}") for at, row in enumerate(rows("a", 20))])
    by_time: dict[str, Any] = {"split_by": "time", "splits": {"train": 0.6, "validation": 0.2, "test": 0.2}}
    splits = _splits(world.made(feature, **by_time))
    assert [splits[f"a-{at}"] for at in range(20)] == ["train"] * 12 + ["validation"] * 4 + ["test"] * 4
    assert world.preview(feature, **by_time).splits == {"train": 12, "validation": 4, "test": 4}
    later = [row._replace(occurred_at=row.occurred_at + timedelta(days=1)) for row in rows("b", 20)]
    bulk.decided(feature, later)
    after = _splits(world.made(feature, **by_time))
    assert splits.items() <= after.items()
    assert [after[f"b-{at}"] for at in range(20)] == ["train"] * 4 + ["validation"] * 8 + ["test"] * 8
    by_component = _splits(world.made(feature, group_by="component", **by_time))
    assert [by_component[f"a-{at}"] for at in range(20)] == ["train"] * 20
    with pytest.raises(Exception, match="dealt its groups by time"):
        world.asked(feature, splits=by_time["splits"])


def _splits(export: Export) -> dict[str, str]:
    assert export.status == "done", export.error
    return dict(ExportRow.objects.filter(export=export).values_list("item__interaction__external_id", "split"))


def test_one_value_has_one_pseudonym_in_all_of_a_dataset_and_the_card_says_what_is_not_found(
    feature: Feature, tmp_path: Path
) -> None:
    Feature.objects.update(redaction=["email"])
    erasure.sent(
        erasure.plain("one", input="Write to ann@example.com.", output="To ann@example.com: hello, Ann."),
        erasure.plain("two", input="Who is ANN@example.com?", output="ann@example.com is Ann."),
    )
    for name in ("one", "two"):
        erasure.labeled(name)
    export = world.made(feature)
    files = [path.read_text() for path in (tmp_path / "exports").rglob("*.jsonl")]
    found = {word for text in files for word in text.split('"') for word in word.split() if "[email-" in word}
    assert "example.com" not in "".join(files)
    assert len({word.strip(".:?") for word in found}) == 1
    card = next((tmp_path / "exports").rglob("README.md")).read_text()
    assert "`email`" in card
    assert "Names and postal addresses are not found." in card
    assert export.manifest is not None
    assert export.manifest["redaction"] == ["email"]
    assert list(signatures.of_decided(feature=feature)) == []
