"""`/manage/erasures/`: whom to forget, what that means, and what was forgotten."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from annotation.models import AuditEvent, Erasure, Export, Feature, Interaction, User
from tests import worlds
from tests.erasure import world
from tests.erasure.world import WORD
from tests.exports import world as exports
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)

ERASURES = "/manage/erasures/"


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path
    return tmp_path


@pytest.fixture
def held(feature: Feature) -> Export:
    world.sent(world.record(1), world.record(2), world.plain())
    world.labeled(f"{WORD}-1", comment=WORD)
    made = exports.made(feature)
    worlds.run(made, on=1, makes="drafts-8", name="night-run")
    return made


def named(feature: Feature, name: str = WORD, kind: str = "user", **more: str) -> dict[str, Any]:
    return {"feature": feature.pk, "kind": kind, "name": name, **more}


def plain(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", pages.text(answer)).split())


def test_it_says_beforehand_what_goes_and_what_holds_it(feature: Feature, admin: User, held: Export) -> None:
    page = plain(pages.sign_in(admin).post(f"{ERASURES}preview/", named(feature)))
    for said in (
        "interactions 2",
        "their signals 2",
        "items withdrawn 1",
        "labels kept as codes 1",
        held.public_id,
        "night-run: made drafts-8",
        "This can't be undone.",
    ):
        assert said in page
    assert not Erasure.objects.exists()
    assert Interaction.objects.filter(erased_at=None).count() == 3


def test_confirmed_it_forgets_and_tells(feature: Feature, admin: User, held: Export) -> None:
    client = pages.sign_in(admin)
    seen = client.post(f"{ERASURES}preview/", named(feature))
    sent = pages.hidden(seen.content.decode(), f'action="{ERASURES}erase/"') | {"sure": "yes"}
    answer = client.post(f"{ERASURES}erase/", sent, follow=True)
    page = plain(answer)
    assert answer.redirect_chain == [(f"{ERASURES}{Erasure.objects.get().pk}/", 302)]
    assert "It is erased. Models made of it, which remember what they learned: drafts-8." in page
    assert "interactions 2" in page
    assert "files deleted" in page
    assert WORD not in pages.text(answer)
    assert world.traces() == {}
    assert AuditEvent.objects.get(verb="erasure.asked").user == admin
    listed = pages.text(client.get(ERASURES))
    assert "a user (" in listed
    assert WORD not in listed


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Type the user's key"),
        ({"kind": "all"}, "not one of the available"),
        ({"feature": "0"}, "Select"),
    ],
)
def test_a_form_that_does_not_fit_says_why(feature: Feature, admin: User, wrong: dict[str, str], said: str) -> None:
    for verb in ("preview", "erase"):
        answer = pages.sign_in(admin).post(f"{ERASURES}{verb}/", named(feature, sure="yes") | wrong)
        assert (answer.status_code, said in pages.text(answer)) == (422, True)
    assert not Erasure.objects.exists()


def test_without_being_sure_nothing_is_erased(feature: Feature, admin: User, held: Export) -> None:
    answer = pages.sign_in(admin).post(f"{ERASURES}erase/", named(feature))
    assert (answer.status_code, "Say that you are sure." in pages.text(answer)) == (422, True)
    assert f'value="{WORD}"' in pages.text(answer)
    assert not Erasure.objects.exists()


def test_what_is_not_here_is_said_before_and_after(feature: Feature, admin: User) -> None:
    client = pages.sign_in(admin)
    sent = named(feature, "gen_77", "interaction")
    assert "Nothing of it is here now." in pages.text(client.post(f"{ERASURES}preview/", sent))
    page = pages.text(client.post(f"{ERASURES}erase/", sent | {"sure": "yes"}, follow=True))
    assert "If it is sent later, it is refused." in page


def test_what_was_erased_before_is_said(feature: Feature, admin: User, held: Export) -> None:
    world.erase(feature, user_key=WORD)
    page = plain(pages.sign_in(admin).post(f"{ERASURES}preview/", named(feature)))
    assert "It was erased before, 2026-03-02 12:00 UTC. Nothing came since" in page
    assert "Check the spelling" not in page
    assert "interactions 0" in page


def test_turns_that_may_repeat_it_are_named(feature: Feature, admin: User) -> None:
    asked = [{"role": "user", "content": "And?"}]
    world.sent(
        world.record(1, conversation_id="c", occurred_at="2026-03-02T07:00:00Z"),
        world.plain("gen_2", conversation_id="c", input=asked),
    )
    done = world.erase(feature, user_key=WORD)
    page = pages.text(pages.sign_in(admin).get(f"{ERASURES}{done.pk}/"))
    assert "1 interaction is of the same conversation" in page
    assert "<code>gen_2</code>" in page


def test_a_storage_that_takes_nothing_is_said_and_what_was_typed_stays(
    feature: Feature, admin: User, folder: Path
) -> None:
    (folder / "erasures").write_text("in the way")
    answer = pages.sign_in(admin).post(f"{ERASURES}erase/", named(feature, sure="yes"))
    assert answer.status_code == 503
    assert "could not be noted in the storage" in pages.text(answer)
    assert f'value="{WORD}"' in pages.text(answer)


def test_a_reloaded_form_s_address_leads_to_its_page(feature: Feature, admin: User) -> None:
    client = pages.sign_in(admin)
    for verb in ("preview", "erase"):
        assert client.get(f"{ERASURES}{verb}/")["Location"] == ERASURES
