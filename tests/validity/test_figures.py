"""The figures of a signal: kept up day by day, equal to what the definitions give, and said in words."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from annotation import validity
from annotation.models import AuditEvent, Cell, Feature, Item, Look
from annotation.validity import checking
from annotation.validity.report import Line, Report
from tests.validity import reference, world
from tests.validity.world import day

pytestmark = pytest.mark.django_db

IGNORED = "{pgtrigger_weight_and_key_stay_3ae9f}"
KINDS = (["accepted"], ["accepted"], ["abandoned"], ["edited"])


def lines(feature: Feature) -> dict[str, Line]:
    return {line.kind: line for line in report(feature).lines}


def report(feature: Feature) -> Report:
    return validity.report(feature=feature, now=day(40))


def outcome(item: Item) -> str:
    """Accepted answers are good nine times in ten, abandoned ones bad every second time; edits are mostly taste."""
    number = int(item.interaction.external_id[-5:]) // 4
    match item.signal_kind:
        case "accepted":
            return "bad" if number % 10 == 3 else "good"
        case "abandoned":
            return "bad" if number % 2 else "not_about_model" if number % 6 == 0 else "good"
    return "bad" if number % 5 == 0 else "good"


def _ignore(triggers: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [triggers])


def live(days: int, *, each: int = 300, labeled: int = 160, heavier: float = 1.0) -> None:
    """Days of which so many are labeled; every seventh item weighs `heavier`."""
    for on in range(days):
        world.arrive([KINDS[number % 4] for number in range(each)], on=on)
        if heavier != 1:
            some = [item.pk for item in world.items(on) if item.pk % 7 == 0]
            _ignore(IGNORED)
            Item.objects.filter(pk__in=some).update(weight=heavier, key=F("key") / heavier)
            _ignore("{}")
        world.decide(world.items(on)[:labeled], outcome)
        world.close(on=on + 8)
        world.write(on=on + 8)


def test_each_day_narrows_the_figures_as_the_definitions_have_it(drafts: Feature) -> None:
    live(4, heavier=2.5)
    told = lines(drafts)
    for kind, claim in (("accepted", "good"), ("abandoned", "bad")):
        line, expected = told[kind], reference.of(drafts, kind=kind, claim=claim)
        assert (line.labels, line.labels_without) == (expected.with_.labels, expected.without.labels)
        assert line.effective_n == pytest.approx(expected.with_.effective_n, abs=1e-9)
        for rate, name in ((line.rate, "with"), (line.rate_without, "without"), (line.difference, "difference")):
            assert rate is not None
            assert (rate.low, rate.high) == pytest.approx(expected.bounds[name], abs=1e-9)
        assert line.rate is not None
        assert line.rate.value == pytest.approx(expected.with_.mean, abs=1e-9)
        assert len(line.looks) == expected.looks > 1
        assert line.looks[-1].rate == line.rate
    # The item of the smallest key is there whatever it weighs: to count labels as they are would be another figure.
    assert {item.weight for item in Item.objects.all()} == {1, 2.5}


def test_the_report_says_each_verdict_in_words_and_splits_each_meaning(drafts: Feature) -> None:
    live(3)
    told = lines(drafts)
    accepted, abandoned, edited = (told[kind] for kind in ("accepted", "abandoned", "edited"))
    assert (accepted.verdict, abandoned.verdict, edited.verdict) == ("valid", "valid", "no_polarity")
    assert accepted.sentence.startswith("Accepted, email-drafts drafts-1: valid. Answers with it are good ")
    assert f"however often you look), per conversation, from {accepted.labels} labels" in accepted.sentence
    assert "Answers with it are bad " in abandoned.sentence
    assert abandoned.rate is not None
    assert abandoned.rate.low < 0.5 < abandoned.rate.high
    assert (edited.rate, edited.difference, edited.labels_needed) == (None, None, None)
    assert edited.sentence.startswith("Edited, email-drafts drafts-1: it claims nothing, so it has no verdict.")
    assert [one.code for one in edited.meanings] == ["taste", "fact_fix"]
    for line in told.values():
        assert sum(one.share for one in line.meanings) == pytest.approx(1)
    assert report(drafts).sentence == (
        "Of 2 signals of email-drafts with drafts-1 that have labels enough: 2 valid (accepted, abandoned)."
    )
    assert accepted.likelihood_ratio is not None
    assert accepted.likelihood_ratio.low > 1
    standing = validity.standing(feature=drafts, pairs=[("accepted", "drafts-1"), ("accepted", "drafts-2")])
    assert list(standing) == [("accepted", "drafts-1")]
    assert accepted.rate is not None
    assert accepted.rate.low < 0.9 < accepted.rate.high
    assert standing["accepted", "drafts-1"].purity_low == accepted.rate.low
    assert Cell.objects.get(signal_kind="accepted").verdict_at == accepted.verdict_at
    with CaptureQueriesContext(connection) as asked:
        report(drafts)
    assert len(asked) <= 6
    assert not any("annotation_term" in one["sql"] or "annotation_item" in one["sql"] for one in asked)


def test_too_few_labels_are_refused_in_words_with_what_is_missing(drafts: Feature) -> None:
    live(1, labeled=120)
    line = lines(drafts)["accepted"]
    assert (line.verdict, line.rate, line.difference, line.meanings) == ("refused", None, None, ())
    assert line.labels_needed == 100 - line.labels
    assert f"{line.labels} of the 100 labels that are needed with this signal are in" in line.sentence
    assert report(drafts).sentence.startswith("Not judged yet: the nearest to a verdict is “accepted”.")
    assert not Look.objects.exists()


def test_nothing_is_said_of_a_feature_that_nobody_labels(drafts: Feature) -> None:
    assert report(drafts) == Report(
        feature="email-drafts",
        lines=(),
        computed_at=None,
        sentence="Not judged yet: each signal needs 100 labels with it and 100 without it, from days that have closed.",
    )


def test_a_model_version_that_is_unknown_is_never_judged(drafts: Feature) -> None:
    found = world.arrive([KINDS[number % 2 * 2] for number in range(260)], on=0, version="unknown")
    world.decide(found, outcome)
    world.close(on=9)
    world.write(on=9)
    line = lines(drafts)["accepted"]
    assert (line.verdict, line.rate, line.labels) == ("refused", None, 130)
    assert "Send model_version with each" in line.refusal


@pytest.mark.parametrize(("every", "is_worst"), [(10, False), (4, True)])
def test_many_unknowable_ones_leave_a_verdict_only_if_it_holds_whatever_they_are(
    drafts: Feature, every: int, is_worst: bool
) -> None:
    def said(item: Item) -> str:
        place = order[item.pk]
        return "unknowable" if place % every == 0 else "good" if item.signal_kind == "accepted" else "bad"

    found = world.arrive([KINDS[number % 2 * 2] for number in range(600)], on=0)
    by_kind = {kind: [item for item in found if item.signal_kind == kind] for kind in ("accepted", "abandoned")}
    order = {item.pk: place for items in by_kind.values() for place, item in enumerate(items)}
    world.decide(found, said)
    world.close(on=9)
    world.write(on=9)
    line = lines(drafts)["accepted"]
    assert line.unknowable_share == pytest.approx(1 / every, abs=0.01)
    assert (line.is_worst_case, line.verdict) == (is_worst, "valid")
    assert line.rate is not None
    assert line.rate_without is not None
    assert line.difference is not None
    # They count against the signal: as not good with it, and from a fifth on as good without it.
    assert line.rate.value == pytest.approx(1 - 1 / every)
    assert line.rate_without.value == pytest.approx(1 / every if is_worst else 0)
    assert ("Whatever the many unknowable ones would have turned out to be" in line.sentence) is is_worst
    _cell, figures = world.cell("accepted", of=drafts)
    low, high = figures.intervals["bounds"].low, figures.intervals["bounds"].high
    assert low < 1 - 2 / every < 1 - 1 / every < 1 < high + 0.1


def test_labels_that_all_agree_leave_something_to_learn(drafts: Feature) -> None:
    world.decide(world.arrive([KINDS[number % 2 * 2] for number in range(240)], on=0), lambda item: "good")
    world.close(on=9)
    world.write(on=9)
    rate = lines(drafts)["accepted"].rate
    assert rate is not None
    assert rate.value == rate.high == 1
    assert 0.9 < rate.low < 0.99


def test_every_night_all_figures_are_computed_anew_and_agree(drafts: Feature, caplog: pytest.LogCaptureFixture) -> None:
    live(3, heavier=2.5)
    kept = list(Cell.objects.order_by("pk").values("pk", "figures"))
    assert checking.check(now=day(20)) == 0
    wrong = Cell.objects.get(signal_kind="accepted")
    wrong.figures["with"]["claimed"][1] += 1e-4
    wrong.save()
    assert checking.check(now=day(21)) == 1
    assert "with.claimed.1" in caplog.text
    event = AuditEvent.objects.get(verb="validity.recomputed")
    assert (event.feature, event.target_id, event.data) == (drafts, str(wrong.pk), {"figures": ["with.claimed.1"]})
    for before, after in zip(kept, Cell.objects.order_by("pk").values("pk", "figures"), strict=True):
        assert not list(checking.differences(before, after))


def test_a_kind_that_comes_later_has_its_other_arm_from_the_beginning(drafts: Feature) -> None:
    live(2)
    found = world.arrive([["thumbs_up"]] * 2, on=2)
    world.reach(found)
    world.close(on=10)
    world.write(on=10)
    _cell, figures = world.cell("thumbs_up", of=drafts)
    assert (figures.with_.claimed.n, figures.without.claimed.n) == (len(found), 600)
    # One more shares the error: intervals that verdicts are taken on are wider from the first look on.
    assert {cell.family for cell in Cell.objects.exclude(polarity="none")} == {3}
    assert checking.check(now=day(20)) == 0


def test_the_error_is_shared_by_all_that_claim_something(drafts: Feature) -> None:
    live(2)
    cell, figures = world.cell("accepted", of=drafts)
    assert cell.family == 2
    shown, judged = figures.intervals["difference"], figures.intervals["judged_difference"]
    assert judged.low < shown.low < shown.high < judged.high


def test_a_heavy_item_changes_over_to_bets(drafts: Feature) -> None:
    live(2, each=400, labeled=330)
    for on in (2, 3):
        world.arrive([KINDS[number % 4] for number in range(500)], on=on)
        world.decide(world.items(on)[:22], outcome)
        world.close(on=on + 8)
        world.write(on=on + 8)
    cell, figures = world.cell("accepted", of=drafts)
    assert figures.is_betting
    assert figures.with_.largest > 5 * figures.with_.inverse / figures.with_.sampled
    line = lines(drafts)["accepted"]
    assert line.rate is not None
    assert 0 < line.rate.low < 0.9 < line.rate.high < 1
    assert checking.check(now=day(20)) == 0
    assert cell.verdict == Cell.objects.get(pk=cell.pk).verdict


def test_looks_that_contradict_each_other_begin_anew(drafts: Feature) -> None:
    """What is estimated has changed under the same name."""
    live(3)
    before = Cell.objects.get(signal_kind="accepted")
    assert (before.verdict, before.restarted_at) == ("valid", None)
    for on in range(3, 7):
        found = world.arrive([KINDS[number % 4] for number in range(300)], on=on)
        world.decide(found[:160], lambda item: "bad" if item.signal_kind == "accepted" else "good")
        world.close(on=on + 8)
        world.write(on=on + 8)
    line = lines(drafts)["accepted"]
    assert line.restarted_at is not None
    assert line.verdict != "valid"
    assert checking.check(now=day(30)) == 0
