"""The pages of datasets in a real browser: live count and progress, by keyboard, without scripts, in every state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from annotation import audit, jobs
from annotation.exports import job
from annotation.exports.finished import keep
from annotation.models import Export, Feature, Interaction, Session, User
from tests import worlds
from tests.browser import looks
from tests.browser.fixtures import Visit, sign_in
from tests.erasure.world import erase
from tests.exports import world

pytestmark = pytest.mark.django_db(transaction=True)

LIST, ASK = "/datasets/", "/datasets/ask/"
LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle" * 2
WHY = "Why it is made all the same"
RARER = "Time, model, reason, confidence, who decided"


@pytest.fixture
def labeled(feature: Feature) -> Iterator[Feature]:
    # Alive for as long as the test may take.
    jobs.report_worker("celery@here", now=timezone.now() + timedelta(hours=1))
    for _ in range(3):
        world.decided(feature, "accepted", "verified", output=f"Dear **bold** {LONG}", model_version=f"drafts-{LONG}")
    world.decided(feature, "thumbs_down", "wrong_fact")
    world.waiting(world.shown(feature), "accepted")
    yield feature
    jobs.end_worker("celery@here", now=timezone.now())


@pytest.fixture
def form(labeled: Feature, engineer: User, visit: Visit) -> Page:
    """The page with its first count."""
    page = visit(ASK, engineer)
    expect(page.locator("#counted")).to_contain_text("rows, if you ask now")
    return page


def make(export: Export) -> None:
    """Do what the worker does."""
    job.run(export_id=export.pk, by="test", clock=timezone.now)


def asked_on(page: Page) -> Export:
    expect(page.locator("#progress-title")).to_be_visible()
    return Export.objects.get(public_id=page.url.rstrip("/").rpartition("/")[2])


def to(page: Page, target: Locator) -> None:
    """Press Tab until it has the focus."""
    expect(target).to_be_visible()
    while not target.evaluate("one => one === document.activeElement"):
        page.keyboard.press("Tab")


def test_the_count_follows_the_form(form: Page) -> None:
    counted = form.locator("#counted")
    expect(counted).to_contain_text("3")
    form.get_by_role("radio", name="kto").check()
    expect(counted).to_contain_text("thumbs_down: wrong_fact")
    form.get_by_label("thumbs_down").check()
    expect(counted).to_contain_text("4 items don't match the filters.")


def test_what_is_refused_stands_at_its_field_while_it_is_typed_and_goes_when_mended(form: Page) -> None:
    train = form.get_by_label("Train", exact=True)
    train.fill("0.5")
    expect(form.locator("#said-train")).to_contain_text("these sum to 0.7")
    expect(form.locator("#counted")).to_contain_text("This can't be made as asked.")
    train.fill("0.8")
    expect(form.locator("#said-train")).to_be_empty()
    expect(form.locator("#counted")).to_contain_text("rows, if you ask now")
    expect(train).to_be_focused()


def test_a_dataset_is_asked_for_watched_and_downloaded_by_keyboard_alone(form: Page) -> None:
    form.get_by_label("Feature").focus()
    form.keyboard.press("Tab")
    form.keyboard.press("ArrowDown")
    form.keyboard.press("ArrowDown")
    expect(form.get_by_role("radio", name="kto")).to_be_checked()
    expect(form.locator("#counted")).to_contain_text("thumbs_down: wrong_fact")
    to(form, form.get_by_label(WHY))
    form.keyboard.type("There is no verdict yet.")
    to(form, form.get_by_role("button", name="Make this dataset"))
    form.keyboard.press("Enter")
    export = asked_on(form)
    assert export.request["format"] == "kto"
    form.locator("#cancel").focus()
    make(export)
    expect(form.locator("#ended")).to_have_text("The export has ended: done.")
    form.get_by_role("link", name="Download all").focus()
    with form.expect_download() as found:
        form.keyboard.press("Enter")
    assert found.value.suggested_filename == f"{export.public_id}.zip"


def test_the_reason_is_asked_for_where_a_signal_is_doubtful_and_stays_as_it_was_typed(form: Page) -> None:
    expect(form.locator("#counted")).to_contain_text("Not every signal of it can be trusted so far.")
    form.get_by_role("button", name="Make this dataset").click()
    expect(form.locator("#said-override")).to_contain_text("not enough evidence")
    form.get_by_label(WHY).fill("There is no verdict yet.")
    form.get_by_label("Seed").fill("4")
    expect(form.locator("#said-override")).to_be_empty()
    form.get_by_role("radio", name="reasons").check()
    expect(form.locator("#counted")).not_to_contain_text("can be trusted")
    expect(form.get_by_label(WHY)).to_have_value("There is no verdict yet.")
    form.get_by_label(WHY).fill("")
    expect(form.get_by_label(WHY)).to_be_hidden()


def test_the_progress_moves_and_the_focus_stays(labeled: Feature, engineer: User, visit: Visit) -> None:
    export = world.asked(labeled, now=timezone.now())
    page = visit(f"{LIST}{export.public_id}/", engineer)
    page.locator("#cancel").focus()
    now = timezone.now()
    Export.objects.filter(pk=export.pk).update(
        status="running", started_at=now, exported_at=now, heartbeat_at=now, rows_total=50_000, rows_done=10_000
    )
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "10000")
    expect(page.locator("#export")).to_contain_text("10,000 of 50,000 rows.")
    expect(page.locator("#cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Stopping")).to_be_visible()


def test_a_server_that_is_away_is_said_once_and_the_page_goes_on_when_told(
    labeled: Feature, engineer: User, visit: Visit
) -> None:
    export = world.asked(labeled)
    page = visit(f"{LIST}{export.public_id}/", engineer)
    page.context.set_offline(True)
    expect(page.locator("#trouble")).to_contain_text("can't be reached")
    page.context.set_offline(False)
    make(export)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#ended")).to_have_text("The export has ended: done.")
    expect(page.locator("#trouble")).to_be_empty()


def test_who_is_signed_out_meanwhile_signs_in_and_goes_on(form: Page, engineer: User) -> None:
    Session.objects.all().delete()
    form.get_by_label("Seed").fill("3")
    expect(form.locator("#trouble")).to_contain_text("signed out")
    sign_in(form.context, engineer)
    form.get_by_role("button", name="Send again").click()
    expect(form.locator("#trouble")).to_be_empty()
    expect(form.get_by_label("Seed")).to_have_value("3")


def test_without_scripts_a_dataset_is_counted_asked_for_refreshed_and_read(
    labeled: Feature, engineer: User, visit: Visit
) -> None:
    page = visit(ASK, engineer, java_script_enabled=False)
    page.get_by_label("Seed").fill("5")
    page.get_by_role("button", name="Count").click()
    expect(page.locator("#counted")).to_contain_text("3 rows, if you ask now")
    expect(page.get_by_label("Seed")).to_have_value("5")
    page.get_by_role("button", name="Make this dataset").click()
    expect(page.locator("#said-override")).to_contain_text("not enough evidence")
    page.get_by_label(WHY).fill("There is no verdict yet.")
    page.get_by_role("button", name="Make this dataset").click()
    make(asked_on(page))
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()


def test_from_a_dataset_to_the_way_of_a_row_and_back_by_keyboard(
    labeled: Feature, engineer: User, visit: Visit
) -> None:
    export = world.made(labeled, "kto", splits={"train": 1})
    worlds.run(export, on=3, name="night-run")
    page = visit(f"{LIST}{export.public_id}/", engineer)
    to(page, page.locator("summary").filter(has_text="thumbs_down: wrong_fact"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("What it learns to avoid")).to_be_visible()
    to(page, page.get_by_role("link", name="Where row 4 comes from and where it led"))
    page.keyboard.press("Enter")
    way = page.get_by_role("region", name="The way of this row")
    expect(way.get_by_role("listitem").first).to_contain_text("A user got an answer")
    expect(way).to_contain_text("night-run made drafts-2.")
    wanted = export.rows.select_related("item__interaction").get(ordinal=2).item.interaction.external_id
    page.goto(f"{LIST}{export.public_id}/")
    page.get_by_label("Find the row of an interaction").fill(wanted)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{export.public_id}/rows/2/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Row 2")


def test_the_list_and_the_form_in_every_state(form: Page, labeled: Feature) -> None:
    Feature.objects.filter(pk=labeled.pk).update(is_sample=True, name=f"Email drafts {LONG[:70]}")
    world.made(labeled, splits={"train": 1}, seed=1)
    for status in ("failed", "cancelled", "running"):
        Export.objects.filter(pk=world.asked(labeled, seed=2).pk).update(status=status)
    form.goto(LIST)
    looks.check(form)
    form.goto(ASK)
    expect(form.locator("#counted")).to_contain_text("rows, if you ask now")
    looks.check(form)
    form.get_by_text(RARER).click()
    form.get_by_label("Train", exact=True).fill("0.5")
    expect(form.locator("#said-train")).not_to_be_empty()
    looks.check(form)
    form.get_by_role("button", name="Make this dataset").click()
    expect(form.get_by_role("alert")).to_contain_text("nothing was made")
    looks.check(form)


def test_an_export_in_every_state(labeled: Feature, engineer: User, visit: Visit) -> None:
    Feature.objects.filter(pk=labeled.pk).update(name=f"Email drafts {LONG[:70]}")
    jobs.end_worker("celery@here", now=timezone.now())
    export = world.asked(labeled, splits={"train": 1})
    page = visit(f"{LIST}{export.public_id}/", engineer)
    expect(page.get_by_role("alert")).to_contain_text("No worker is running.")
    looks.check(page)
    make(export)
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    worlds.run(export, on=3, name=LONG, makes=LONG)
    page.reload()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    looks.check(page)
    for further in ("rows/?interaction=gen_of_nobody", "rows/1/", "remove/"):
        page.goto(f"{LIST}{export.public_id}/{further}")
        looks.check(page)
    page.goto(f"{LIST}{world.made(labeled, seed=1, filters={'signal_kinds': ['edited']}).public_id}/")
    expect(page.locator("#export")).to_contain_text("Nothing matches this request")
    looks.check(page)


def test_an_export_whose_files_are_gone(labeled: Feature, engineer: User, visit: Visit) -> None:
    kept, removed = (world.made(labeled, splits={"train": 1}, seed=seed) for seed in (1, 2))
    keep.pin(export=kept, actor=audit.FLYWHEEL, now=timezone.now())
    keep.remove(export=removed, actor=audit.FLYWHEEL, now=timezone.now())
    page = visit(f"{LIST}{kept.public_id}/", engineer)
    expect(page.locator("main")).to_contain_text("Pinned on")
    looks.check(page)
    page.goto(f"{LIST}{removed.public_id}/")
    expect(page.locator("main")).to_contain_text("files can be made again")
    looks.check(page)
    for further in ("rows/", "rows/1/", "remove/"):
        page.goto(f"{LIST}{removed.public_id}/{further}")
        looks.check(page)
    page.goto(f"{LIST}{removed.public_id}/")
    page.get_by_role("button", name="Make the files again").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    looks.check(page)
    held = Interaction.objects.filter(feature=labeled, is_evaluation=False).earliest("id")
    erase(labeled, interaction_id=held.external_id)
    page.goto(f"{LIST}{kept.public_id}/")
    expect(page.locator("main")).to_contain_text("held what was erased since")
    looks.check(page)
    for further in ("rows/", "rows/1/"):
        page.goto(f"{LIST}{kept.public_id}/{further}")
        looks.check(page)
    page.goto(LIST)
    expect(page.locator("main")).to_contain_text("its files are gone")
    looks.check(page)
