"""POST /api/v1/erasures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction

from annotation.erasure import run
from annotation.exports import erased
from annotation.models import ApiToken, AuditEvent, Erasure, Export, Feature, Interaction
from tests import cast, stock, worlds
from tests.cast import Machine
from tests.erasure import world
from tests.erasure.world import WORD
from tests.exports import world as exports

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path
    return tmp_path


def body(feature: Feature, **subject: str) -> dict[str, Any]:
    return {"feature": feature.slug, **subject}


def test_a_user_is_forgotten_and_the_answer_names_what_held_it(machine: Machine, feature: Feature) -> None:
    world.sent(world.record(1), world.plain())
    world.labeled(f"{WORD}-1", comment=WORD)
    held = exports.made(feature)
    worlds.run(held, on=1, makes="drafts-8", name="night")
    worlds.deploy(feature, on=2, version="drafts-8", share=0.5)
    answer = machine.post("/erasures", body(feature, user_key=WORD))
    assert answer.status_code == 200
    told = answer.json()
    assert WORD not in answer.content.decode()
    assert (told["feature"], told["subject"], told["finished"]) == (feature.slug, "user", True)
    assert told["forgotten"] == {
        "interactions": 1,
        "signals": 1,
        "waiting_signals": 0,
        "items_withdrawn": 0,
        "labels_kept": 1,
        "label_texts": 1,
    }
    (export,) = told["exports"]
    assert (export["id"], export["format"], bool(export["files_erased_at"])) == (held.public_id, "sft", True)
    run = {"name": "night", "status": "succeeded", "model_version": "drafts-8", "exports": [held.public_id]}
    assert (told["training_runs"], told["model_versions"]) == ([run], ["drafts-8"])
    assert [(one["model_version"], one["share"]) for one in told["deployments"]] == [("drafts-8", 0.5)]
    assert "Models made of it" in told["detail"]
    assert world.traces() == {}
    gone = machine.get(f"/exports/{held.public_id}/files/README.md")
    assert (gone.status_code, gone.json()["code"]) == (410, "erased")
    assert machine.get(f"/exports/{held.public_id}").json()["manifest"] == held.manifest


def test_asked_again_it_answers_the_same(machine: Machine, feature: Feature) -> None:
    world.sent(world.record(1))
    first, second = (machine.post("/erasures", body(feature, user_key=WORD)).json() for _ in range(2))
    assert second | {"asked_at": first["asked_at"]} == first


def test_an_interaction_is_forgotten_and_what_may_repeat_it_is_named(machine: Machine, feature: Feature) -> None:
    asked = [{"role": "user", "content": "And?"}]
    world.sent(
        world.record(1, conversation_id="c", occurred_at="2026-03-02T07:00:00Z"),
        world.plain("gen_2", conversation_id="c", input=asked),
    )
    told = machine.post("/erasures", body(feature, interaction_id=f"{WORD}-1")).json()
    assert (told["subject"], told["forgotten"]["interactions"]) == ("interaction", 1)
    assert told["may_repeat_it"] == {"total": 1, "ids": ["gen_2"]}
    assert Interaction.objects.get(erased_at=None).external_id == "gen_2"


def test_what_is_not_here_is_refused_when_it_comes(machine: Machine, feature: Feature) -> None:
    told = machine.post("/erasures", body(feature, interaction_id="gen_9")).json()
    assert (told["forgotten"]["interactions"], told["detail"][:27]) == (0, "Nothing of it is stored her")
    sent = machine.post("/interactions", world.plain("gen_9"))
    assert (sent.status_code, sent.json()["refused"][0]["code"]) == (422, "erased")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"user_key": "u", "interaction_id": "i"},
        {"user_key": ""},
        {"interaction_id": "x" * 257},
        {"user_key": 7},
        {"user_key": "a\0b"},
        {"user": "u"},
    ],
)
def test_a_body_that_does_not_fit_is_refused(machine: Machine, feature: Feature, wrong: dict[str, Any]) -> None:
    answer = machine.post("/erasures", body(feature) | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert not Erasure.objects.exists()


def test_it_asks_for_the_scope_manage_and_the_token_s_own_feature(feature: Feature) -> None:
    sent = body(feature, user_key="u")
    assert cast.machine("ingest", "read", "label", "export", "loop").post("/erasures", sent).status_code == 403
    bound = cast.machine(of=cast.feature("support-chat"))
    assert bound.post("/erasures", sent).json()["code"] == "forbidden_feature"
    assert cast.machine().post("/erasures", sent | {"feature": "nowhere"}).status_code == 404
    assert not Erasure.objects.exists()


def test_the_audit_says_which_token_asked(machine: Machine, feature: Feature) -> None:
    machine.post("/erasures", body(feature, user_key=WORD))
    event = AuditEvent.objects.get(verb="erasure.asked")
    assert (event.token, event.feature) == (ApiToken.objects.get(), feature)
    assert WORD not in str(event.data)


def test_while_a_dataset_is_being_selected_for_long_it_says_to_come_back(
    machine: Machine, feature: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "LOCK_TIMEOUT", "200ms")
    world.sent(world.record(1))

    def erase(_: int) -> Any:
        return machine.post("/erasures", body(feature, user_key=WORD))

    with transaction.atomic():
        erased.share(feature.pk)
        (answer,) = stock.together(1, erase, [1])
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert Interaction.objects.get().erased_at is None
    assert connection.in_atomic_block is False
    assert not Export.objects.exists()


def test_a_full_storage_is_said_in_words(machine: Machine, feature: Feature, folder: Path) -> None:
    (folder / "erasures").write_text("in the way")
    answer = machine.post("/erasures", body(feature, user_key=WORD))
    assert (answer.status_code, answer.json()["code"]) == (503, "not_logged")
