"""Whether an early signal predicts a delayed outcome: told with figures, or why not and what changes it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotation import audit, rewards
from annotation.models import AuditEvent, DelayedOutcome, Feature, Interaction, Signal
from tests.cast import NOW
from tests.rewards.world import RESOLVED, conversations, line, named, results, told

pytestmark = pytest.mark.django_db


def test_signals_that_predict_that_do_not_and_that_point_the_wrong_way(feature: Feature) -> None:
    conversations(feature, 800, good=680, kinds=["accepted", "copied"])
    conversations(feature, 800, good=360, kinds=["thumbs_up"])
    conversations(feature, 800, good=360, kinds=["copied", "thumbs_down"])
    conversations(feature, 800, good=680)
    found = told(named(feature))
    assert {one.kind: one.verdict for one in found.lines} == {
        "accepted": "predicts",
        "copied": "noise",
        "thumbs_down": "predicts",
        "thumbs_up": "inverted",
    }
    assert (found.conversations, found.good, found.bad, found.missing) == (3200, 2080, 1120, 0)
    assert found.sentence == (
        "Accepted and thumbs down predict it. Thumbs up points the wrong way. Copied doesn't predict it."
    )
    accepted = line(found, "accepted")
    assert accepted.rate is not None
    assert accepted.rate_without is not None
    assert (accepted.rate.value, accepted.rate_without.value) == pytest.approx((0.85, 1400 / 2400))
    assert accepted.sentence.startswith(
        f"Accepted predicts “{RESOLVED}”: with it 85 of 100 conversations end well, without it 58 (+27 points, "
    )
    # A negative signal claims that it ends badly.
    down = line(found, "thumbs_down")
    assert down.rate is not None
    assert down.rate.value == pytest.approx(440 / 800)
    assert "of 100 conversations end badly" in down.sentence
    copied = line(found, "copied")
    assert copied.sentence.startswith(f"Copied doesn't predict “{RESOLVED}”")
    assert copied.sentence.endswith("Don't train on it in its place.")


def test_what_can_not_be_told_is_refused_and_says_what_would_change_it(feature: Feature) -> None:
    outcome = named(feature)
    assert rewards.report(feature=feature)[0].sentence.startswith("Not audited yet")
    assert told(outcome).sentence.startswith("No conversation is 7 days old yet.")
    conversations(feature, 40, good=30, kinds=["accepted"], at=NOW - timedelta(days=6))
    assert "40 are on the way" in told(outcome).sentence
    conversations(feature, 80, good=60, kinds=["accepted"])
    conversations(feature, 200, good=100)
    found = told(outcome)
    assert (line(found, "accepted").verdict, line(found, "accepted").rate) == ("refused", None)
    assert "80 of the 100 conversations that are needed with it" in line(found, "accepted").sentence
    assert found.sentence.startswith("No early signal is known to predict it yet")
    conversations(feature, 200, good=0, silent=200, kinds=["accepted"])
    assert "no outcome came in time" in line(told(outcome), "accepted").sentence
    # Where silence means that it didn't happen, nothing is missing.
    assert line(told(named(feature, absent_is_false=True)), "accepted").verdict != "refused"


def test_an_outcome_of_one_value_alone_can_be_predicted_by_nothing(feature: Feature) -> None:
    conversations(feature, 150, good=150, kinds=["accepted"])
    conversations(feature, 150, good=150)
    said = line(told(named(feature)), "accepted").sentence
    assert "All conversations whose outcome is known ended alike" in said
    assert "silence is false" in said


def test_a_rare_ending_asks_for_a_smaller_margin(feature: Feature) -> None:
    conversations(feature, 2000, good=1980, kinds=["accepted"])
    conversations(feature, 2000, good=1880)
    assert "Set a smaller difference that matters" in line(told(named(feature)), "accepted").sentence
    assert line(told(named(feature, margin=0.02)), "accepted").verdict == "predicts"


def test_versions_are_compared_each_by_itself(feature: Feature) -> None:
    """The newer version is better, and more of its answers are accepted: that alone makes no signal."""
    conversations(feature, 160, good=80, kinds=["accepted"])
    conversations(feature, 640, good=320)
    conversations(feature, 640, good=576, kinds=["accepted"], model_version="drafts-2")
    conversations(feature, 160, good=144, model_version="drafts-2")
    found = line(told(named(feature)), "accepted")
    assert found.difference is not None
    assert found.difference.value == pytest.approx(0.0)


def test_a_signal_of_other_versions_than_its_absence_tells_nothing(feature: Feature) -> None:
    conversations(feature, 150, good=100, kinds=["accepted"], model_version="drafts-2")
    conversations(feature, 150, good=50)
    conversations(feature, 150, good=0, kinds=["copied"], model_version="unknown")
    found = told(named(feature))
    assert "different model versions" in line(found, "accepted").sentence
    assert (found.conversations, [one.kind for one in found.lines]) == (450, ["accepted"])


def test_a_conversation_counts_once_with_what_came_early_and_before_its_outcome(feature: Feature) -> None:
    began = NOW - timedelta(days=30)
    conversations(feature, 3, good=0, silent=3, conversation_id="c1", kinds=["accepted"])
    conversations(feature, 1, good=0, silent=1, conversation_id="c2")
    first, second = Interaction.objects.filter(conversation_id="c1")[:2], Interaction.objects.get(conversation_id="c2")
    # The last one that was observed counts.
    results([(first[0], False)], at=began + timedelta(days=1))
    results([(first[1], True), (second, 0)], at=began + timedelta(days=2))
    late = {"interaction": second, "ingested_at": NOW}
    Signal.objects.create(
        **late, external_id="l", kind="thumbs_up", observed_at=began + timedelta(hours=1), is_late=True
    )
    Signal.objects.create(**late, external_id="a", kind="copied", observed_at=began + timedelta(days=3))
    found = told(named(feature))
    assert (found.conversations, found.good, found.bad) == (2, 1, 1)
    assert [(one.kind, one.conversations, one.conversations_without) for one in found.lines] == [("accepted", 1, 1)]
    Interaction.objects.filter(conversation_id="c2").update(erased_at=NOW)
    assert told(named(feature)).conversations == 1


def test_values_that_are_neither_are_not_guessed_and_none_at_all_means_that_it_happened(feature: Feature) -> None:
    conversations(feature, 6, good=0, silent=6)
    values = (True, 1, None, False, 0, "refunded")
    results(list(zip(Interaction.objects.order_by("pk"), values, strict=True)), at=NOW - timedelta(days=20))
    found = told(named(feature, good_when=False))
    assert (found.good, found.bad, found.missing) == (2, 3, 1)


def test_what_is_set_before_the_first_look_stays_until_its_meaning_changes(feature: Feature) -> None:
    conversations(feature, 300, good=240, kinds=["accepted"])
    conversations(feature, 300, good=150)
    outcome = named(feature)
    told(outcome)
    outcome.refresh_from_db()
    first = (outcome.figures or {})["t_star"]
    conversations(feature, 300, good=150)
    told(outcome)
    outcome.refresh_from_db()
    assert (outcome.figures or {})["t_star"] == first
    assert rewards.name(
        feature=feature, name=RESOLVED, meaning=rewards.Meaning(days=7), actor=audit.FLYWHEEL, now=NOW
    ) == (outcome, False)
    assert named(feature, days=8).figures is None
    rewards.remove(outcome=outcome, actor=audit.FLYWHEEL, now=NOW)
    assert not DelayedOutcome.objects.exists()
    verbs = AuditEvent.objects.filter(target_type="delayed_outcome").order_by("pk")
    assert [one.verb for one in verbs] == ["delayed_outcome.named"] * 2 + ["delayed_outcome.removed"]
    assert RESOLVED not in str([one.data for one in verbs])


def test_names_that_were_sent_and_mean_nothing_yet_are_offered(feature: Feature) -> None:
    conversations(feature, 5, good=5)
    assert rewards.unnamed(feature=feature) == [(RESOLVED, 5)]
    named(feature)
    assert rewards.unnamed(feature=feature) == []
    assert rewards.refresh(now=NOW) == 1


def test_a_result_rewards_what_led_to_it(feature: Feature) -> None:
    conversations(feature, 3, good=0, silent=3, conversation_id="c1")
    turns = list(Interaction.objects.order_by("pk"))
    for place, one in enumerate(turns):
        Interaction.objects.filter(pk=one.pk).update(occurred_at=NOW - timedelta(days=10 - place))
    conversations(feature, 2, good=0, silent=2)
    alone, vague = Interaction.objects.order_by("pk")[3:]
    results([(turns[1], True)], at=NOW - timedelta(days=8, hours=12))
    results([(alone, False), (vague, "perhaps")], at=NOW - timedelta(days=8))
    outcome = named(feature)
    found = rewards.rewarded(outcome=outcome, signals=list(rewards.results(outcome=outcome).order_by("pk")))
    assert [(one.reward, one.led_to_it) for one in found] == [
        (1, ("gen_0", "gen_1")),
        (0, ("gen_3",)),
        (None, ("gen_4",)),
    ]
    bad = named(feature, good_when=False)
    assert [
        one.reward for one in rewards.rewarded(outcome=bad, signals=list(rewards.results(outcome=bad).order_by("pk")))
    ][:1] == [0]
