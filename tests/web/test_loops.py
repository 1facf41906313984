"""`/insights/loops/`, `/insights/versions/`, what the overview says of both, and the same as JSON."""

from __future__ import annotations

import pytest

from annotation import closure, compounding, loops
from annotation.models import Feature, User
from tests import cast
from tests.cast import NOW, Machine
from tests.compounding import world
from tests.web import pages

pytestmark = pytest.mark.django_db

OLD, NEW = {"easy": (160, 144), "hard": (40, 20)}, {"easy": (100, 93), "hard": (100, 56)}


@pytest.fixture
def compared(feature: Feature) -> Feature:
    Feature.objects.update(audited_key="difficulty")
    feature.refresh_from_db()
    world.succession(feature, [OLD, NEW])
    compounding.measure(feature=feature, now=NOW)
    loops.measure(feature=feature, now=NOW)
    closure.refresh(now=NOW)
    return feature


def test_versions_and_detectors_stand_in_sentences_pictures_and_figures(compared: Feature, engineer: User) -> None:
    client = pages.sign_in(engineer)
    page = client.get("/insights/versions/")
    words = pages.words(page)
    for said in (
        "Whether drafts-2 is better than drafts-1 can't be told yet",
        "by “difficulty” of the metadata",
        "drafts-2 after drafts-1: neither surely better nor surely worse.",
        "cause not known",
        "200 + 200",
        "hard 35 % 50 % 56 %",
    ):
        assert said in words
    assert '<rect class="same likely"' in pages.text(page)
    page = client.get("/insights/loops/")
    words = pages.words(page)
    for said in (
        "Does it train on its own answers?",
        "Can't tell: no exploration arm.",
        "Position can't be separated from the answer",
        "flywheel.rank_before",
    ):
        assert said in words
    assert words.count("can't tell") >= 5
    words = pages.words(client.get("/insights/"))
    for said in ("Does it feed on itself?", "Did it get better?", "Next: close the loop once."):
        assert said in words


def test_a_machine_is_told_the_same(compared: Feature, machine: Machine) -> None:
    found = machine.get("/compounding", feature=compared.slug).json()
    assert (found["verdict"], found["key"]) == ("open", "difficulty")
    (change,) = found["changes"]
    assert change["change"]["value"] == pytest.approx(0.0405)
    assert change["crude"]["value"] == pytest.approx(-0.075)
    assert [group["name"] for group in change["groups"]] == ["easy", "hard"]
    found = machine.get("/loops", feature=compared.slug).json()
    assert [one["detector"] for one in found["findings"]] == list(loops.DETECTORS)
    assert found["verdict"] is None
    found = machine.get("/flywheel", feature=compared.slug).json()
    assert found["push_next"]["question"] == "closes"
    assert (found["feeds_on_itself"]["verdict"], found["better"]["verdict"]) == (None, "open")
    for address in ("/loops", "/compounding"):
        assert cast.machine("ingest").get(address, feature=compared.slug).status_code == 403


def test_before_anything_was_measured_the_pages_say_so(feature: Feature, engineer: User) -> None:
    client = pages.sign_in(engineer)
    assert "Not compared yet" in pages.words(client.get("/insights/versions/"))
    assert "Not measured yet: that is done each night." in pages.words(client.get("/insights/loops/"))
    assert "Next: find a signal that is worth learning from." in pages.words(client.get("/insights/"))
