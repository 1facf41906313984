"""A dataset says how its signals stand; one that leans on signals that can't be trusted is warned of, and asks why."""

from __future__ import annotations

from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from annotation import access
from annotation.exports import job
from annotation.exports.selection import gate
from annotation.models import AuditEvent, Export, Feature, Item
from tests import cast
from tests.exports import world as exported
from tests.validity.simulated import world
from tests.validity.simulated.truth import SIGNALS, Plan
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)

VALID = next(one for one in SIGNALS if one.feature == "valid")
NOISE = next(one for one in SIGNALS if one.feature == "noise")
WHY = "A first try, thrown away afterwards."


@pytest.fixture
def judged() -> dict[str, Feature]:
    """A valid signal that is right about 90 times in 100, and one that says nothing; all of both is labeled."""
    plan = Plan((VALID, NOISE), days=3, a_day=160, labels_a_day=0)
    made = world.make(plan, seed=4)
    for on in range(plan.days):
        world.arrive(made, on)
        for slug in made.features:
            world.labeled(made, slug, on, most=2 * plan.a_day)
        world.closed(on)
    return made.features


def asked(of: Feature, format: str, **fields: Any) -> dict[str, Any]:
    body = {"feature": of.slug, "format": format, "splits": {"train": 1}, **fields}
    answer = cast.machine().post("/exports", body)
    assert answer.status_code == 202, answer.content
    return dict(answer.json())


def made(public_id: str) -> dict[str, Any]:
    export = Export.objects.get(public_id=public_id)
    job.run(export_id=export.pk, by="test", clock=timezone.now)
    export.refresh_from_db()
    return dict(export.manifest or {})


def warned(told: dict[str, Any]) -> list[str]:
    return [one for one in told["warnings"] if "No worker" not in one]


def test_the_api_warns_with_figures_and_goes_on(judged: dict[str, Feature]) -> None:
    # Right in about 90 of 100, surely in more than 80: good enough to tell good from bad, not to imitate.
    to_tell_apart, to_imitate = asked(judged["valid"], "kto"), asked(judged["valid"], "sft", override=WHY)
    assert warned(to_tell_apart) == []
    (warning,) = warned(to_imitate)
    assert "right at least 90 times in 100; this one may be right only 8" in warning

    manifest = made(to_tell_apart["id"])
    signals = {one["signal_kind"]: one for one in manifest["signal_validity"]}
    assert signals[world.KIND]["verdict"] == "valid"
    assert 0.8 < signals[world.KIND]["purity_low"] < 0.9 < signals[world.KIND]["purity"] + 0.05
    assert (signals["no_signal"]["verdict"], manifest["warnings"], manifest["override"]) == ("no_polarity", [], None)

    manifest = made(to_imitate["id"])
    assert (manifest["warnings"], manifest["override"]) == ([warning], WHY)
    event = AuditEvent.objects.get(verb="export.overridden")
    assert event.data == {"verdicts": {f"{world.KIND} valid-1": "valid"}}
    assert WHY not in str(list(AuditEvent.objects.values_list("data", flat=True)))

    (warning,) = warned(asked(judged["noise"], "kto", filters={"signal_kinds": [world.KIND]}))
    assert warning.startswith(signals_sentence(judged["noise"]))


def signals_sentence(of: Feature) -> str:
    found = gate.of_request(feature=of, request=exported.wanted("kto", of.slug))
    return next(one.sentence for one in found.signals if one.signal_kind == world.KIND)


def test_the_page_asks_why_and_keeps_what_was_typed(judged: dict[str, Feature]) -> None:
    engineer = cast.person("eve", roles=[access.ENGINEER], features=judged.values())
    client = pages.sign_in(engineer)
    noise = {"feature": "noise", "format": "kto", "container": "jsonl", "group_by": "conversation", "seed": "0"}
    noise |= {"purpose": "training", "key": str(uuid4()), "train": "1", "validation": "0", "test": "0", "override": ""}

    counted = pages.text(client.post("/datasets/count/", noise, headers=pages.SCRIPT))
    assert "Not every signal of it can be trusted so far." in counted
    refused = client.post("/datasets/ask/", noise)
    assert refused.status_code == 422
    said = pages.text(refused).split('<div id="said-override"')[1].split("</div>")[0]
    assert signals_sentence(judged["noise"]) in said
    assert not Export.objects.exists()

    # Something else is wrong too: the reason stands as it was typed.
    wrong = pages.text(client.post("/datasets/ask/", noise | {"override": WHY, "seed": "x"}))
    assert f">{WHY}</textarea>" in wrong.replace("\n", "")
    assert client.post("/datasets/ask/", noise | {"override": "  "}).status_code == 422
    assert client.post("/datasets/ask/", noise | {"override": WHY}).status_code == 302
    assert made(Export.objects.get().public_id)["override"] == WHY
    assert WHY in pages.text(client.get(f"/datasets/{Export.objects.get().public_id}/"))

    # A valid signal that is right often enough asks nothing.
    counted = pages.text(client.post("/datasets/count/", noise | {"feature": "valid"}, headers=pages.SCRIPT))
    assert "can be trusted so far" not in counted
    assert client.post("/datasets/ask/", noise | {"feature": "valid"}).status_code == 302


def test_of_a_young_feature_nothing_is_known_and_only_what_is_imitated_is_warned_of() -> None:
    feature = cast.feature()
    for kind, reason in (("accepted", "verified"), ("escalated", "handed_over_rightly"), ("edited", "fact_fix")):
        item = exported.waiting(exported.shown(feature, final_text="Dear Ann, thanks a lot."), kind)
        exported.label(item, reason)
    assert Item.objects.filter(status="resolved").count() == 3

    (warning,) = gate.of_request(feature=feature, request=exported.wanted("sft")).warnings
    # Who hands over rightly does the opposite of what escalating claims, and an edit claims nothing: people said so.
    assert warning.startswith("accepted, drafts-1: not enough evidence.")
    for request in (exported.wanted("reasons"), exported.wanted("sft", purpose="evaluation")):
        assert gate.of_request(feature=feature, request=request).warnings == []
    manifest = exported.made(feature, "reasons").manifest
    assert manifest is not None
    assert {one["signal_kind"] for one in manifest["signal_validity"]} == {"accepted", "escalated", "edited"}
    assert manifest["warnings"] == []
    wanted = gate.of_request(feature=feature, request=exported.wanted("sft", filters={"signal_kinds": ["edited"]}))
    assert [(one.verdict, wanted.warnings) for one in wanted.signals] == [("no_polarity", [])]


def test_the_command_warns_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    feature = cast.feature()
    exported.decided(feature, "accepted", "verified")

    def work(seconds: float) -> None:
        made(Export.objects.get(status="pending").public_id)

    monkeypatch.setattr("time.sleep", work)
    told = StringIO()
    flags = ["--feature", feature.slug, "--format", "sft", "--split", "train=1"]
    call_command("export_dataset", *flags, stdout=StringIO(), stderr=told)
    assert "Warning: accepted, drafts-1: not enough evidence." in told.getvalue()
    assert "Say with --override why" in told.getvalue()


def test_who_may_not_see_the_feature_learns_nothing_of_its_signals() -> None:
    feature = cast.feature()
    exported.decided(feature, "accepted", "verified")
    stranger = pages.sign_in(cast.person("eva", roles=[access.ENGINEER]))
    assert "not enough evidence" not in pages.text(stranger.post("/datasets/count/", {"feature": feature.slug}))
