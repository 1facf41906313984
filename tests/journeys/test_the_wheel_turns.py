"""The whole turn on real data, in a real browser: send, label, settle, export, train, deploy, and see it closed."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.demo import Demo
from tests.realdata import mlqe_pe_en_de_dev, requires
from tests.workers import until

FEATURE = "translations"
MODEL, NEXT_MODEL = "translate-1", "translate-2"
EDITED, ACCEPTED = 8, 2
QUEUE, DOUBLE = f"/annotate/{FEATURE}.default/", f"/annotate/{FEATURE}.double/"

# A key pressed sooner after an item came is taken for a double press.
DOUBLE_PRESS_MS = 250

Enter = Callable[[str], Page]


@dataclass(frozen=True)
class Team:
    """Sign-in of each person: name → (email, password)."""

    accounts: dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def team(demo: Demo) -> Team:
    """People of this journey alone, let in by the admin's command."""
    demo.post("/api/v1/features", {"slug": FEATURE, "name": "Translations"})
    double = {"feature": FEATURE, "name": "double", "rank": 1, "signal_kinds": ["accepted"], "overlap": 2}
    demo.post("/api/v1/queues", double | {"full_overlap_share": 0})
    roles = {"ann": "annotator", "ben": "annotator", "cleo": "adjudicator", "eve": "engineer"}
    return Team({name: _let_in(demo, name, role) for name, role in roles.items()})


@pytest.fixture
def enter(demo: Demo, team: Team, chromium: Browser) -> Iterator[Enter]:
    """Sign in through the page and come to one's work, by keyboard."""
    contexts = []

    def sign_in(name: str) -> Page:
        context = chromium.new_context(base_url=demo.told["url"], accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.goto("/")
        email, password = team.accounts[name]
        page.get_by_label("Email").focus()
        page.keyboard.type(email)
        page.keyboard.press("Tab")
        page.keyboard.type(password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "login" not in url)
        return page

    yield sign_in
    for context in contexts:
        context.close()


@requires("mlqe_pe_en_de_dev")
def test_the_wheel_turns_once(demo: Demo, enter: Enter, tmp_path: Path) -> None:
    began = datetime.now(UTC)
    sent = _send(demo)

    ann = enter("ann")
    _label(ann, QUEUE, ["3"] * EDITED)  # fact fixed
    _label(ann, DOUBLE, ["1"] * ACCEPTED)  # verified
    _label(enter("ben"), DOUBLE, ["1", "7"])  # verified; unread
    statuses = [item["status"] for item in demo.get(f"/api/v1/items?feature={FEATURE}")["results"]]
    assert sorted(statuses) == ["disputed"] + ["resolved"] * (EDITED + ACCEPTED - 1)

    _settle(enter("cleo"))
    assert {item["status"] for item in demo.get(f"/api/v1/items?feature={FEATURE}")["results"]} == {"resolved"}

    eve = enter("eve")
    export, rows = _export(eve, tmp_path)
    _check_rows(rows, sent, began)

    deployed_at = _report(demo, export)
    changed_at = datetime.now(UTC)
    demo.post("/api/v1/interactions", _interaction("changed-1", "Alles neu.", changed_at, NEXT_MODEL))
    _check_closed(demo, eve, sent[0], deployed_at, changed_at)


def _let_in(demo: Demo, name: str, role: str) -> tuple[str, str]:
    email = f"{name}.journey@example.com"
    made = demo.manage("add_person", "--email", email, "--roles", role, "--features", FEATURE)
    assert made.returncode == 0, made.stderr
    return email, made.stdout.strip()


def _send(demo: Demo) -> list[dict[str, Any]]:
    """Ten real translations with what became of them, as if given in the last minutes."""
    found = list(mlqe_pe_en_de_dev.records())
    edited = [one for one in found if one["signals"][0]["kind"] == "edited"][:EDITED]
    accepted = [one for one in found if one["signals"][0]["kind"] == "accepted"][:ACCEPTED]
    records = edited + accepted
    for number, record in enumerate(records):
        occurred_at = datetime.now(UTC) - timedelta(minutes=20 - number)
        record |= {"feature": FEATURE, "model_version": MODEL, "occurred_at": occurred_at.isoformat()}
        record["signals"][0]["observed_at"] = (occurred_at + timedelta(seconds=30)).isoformat()
    answer = demo.post("/api/v1/interactions", records)
    assert (answer["accepted"], answer["refused"]) == (EDITED + ACCEPTED, [])
    return records


def _label(page: Page, queue: str, keys: list[str]) -> None:
    """One key an item, and nothing else."""
    page.goto(queue)
    for key in keys:
        item = page.locator("#work").get_attribute("data-item")
        assert item
        page.wait_for_timeout(DOUBLE_PRESS_MS)
        page.keyboard.press(key)
        expect(page.locator(f"#work:not([data-item='{item}'])")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing to label")


def _settle(page: Page) -> None:
    page.goto("/review/")
    expect(page.get_by_text("Unread").first).to_be_visible()
    page.wait_for_timeout(DOUBLE_PRESS_MS)
    page.keyboard.press("1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nothing")


def _export(page: Page, folder: Path) -> tuple[str, list[dict[str, Any]]]:
    """Ask for a dataset on the page, watch it end, download it, read its rows."""
    page.goto(f"/datasets/ask/?feature={FEATURE}")
    for name, share in (("train", "1"), ("validation", "0"), ("test", "0")):
        page.locator(f"input[name={name}]").fill(share)
    page.get_by_label("Why it is made all the same").fill("The first dataset: no signal has its verdict yet.")
    page.get_by_role("button", name="Make this dataset").click()
    page.wait_for_url(re.compile(r"/datasets/exp_"))
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("link", name="Download all (.zip)").click(timeout=60_000)
    archive = folder / "dataset.zip"
    download.value.save_as(archive)
    with zipfile.ZipFile(archive) as files:
        (name,) = [one for one in files.namelist() if one.endswith(".jsonl")]
        rows = [json.loads(line) for line in files.read(name).splitlines()]
    return page.url.rstrip("/").rpartition("/")[2], rows


def _check_rows(rows: list[dict[str, Any]], sent: list[dict[str, Any]], began: datetime) -> None:
    """Each labeled interaction is a row with its label, its text and its times in order."""
    by_id = {record["id"]: record for record in sent}
    assert {row["interaction_id"] for row in rows} == set(by_id)
    for row in rows:
        record = by_id[row["interaction_id"]]
        kind = record["signals"][0]["kind"]
        assert row["signal_kind"] == kind
        assert row["reason"] == {"edited": "fact_fix", "accepted": "verified"}[kind]
        assert row["completion"][-1]["content"] == (record["final_text"] if kind == "edited" else record["output"])
        assert row["model_version"] == MODEL
        names = ("occurred_at", "ingested_at", "queued_at", "labeled_at", "resolved_at", "exported_at")
        times = [datetime.fromisoformat(row[name]) for name in names]
        assert times == sorted(times)
        assert times[0] == datetime.fromisoformat(record["occurred_at"])
        assert times[1] >= began


def _report(demo: Demo, export: str) -> datetime:
    now = datetime.now(UTC)
    run = {"feature": FEATURE, "name": "run-1", "status": "succeeded", "exports": [export]}
    demo.post("/api/v1/training-runs", run | {"model_version": NEXT_MODEL, "finished_at": now.isoformat()})
    deployment = {"feature": FEATURE, "model_version": NEXT_MODEL, "deployed_at": now.isoformat()}
    demo.post("/api/v1/deployments", deployment)
    return now


def _interaction(name: str, output: str, at: datetime, model_version: str) -> dict[str, Any]:
    return {
        "feature": FEATURE,
        "id": name,
        "occurred_at": at.isoformat(),
        "model_version": model_version,
        "output": output,
    }


def _check_closed(demo: Demo, page: Page, record: dict[str, Any], deployed_at: datetime, changed_at: datetime) -> None:
    closure = demo.get(f"/api/v1/interactions/{FEATURE}/{record['id']}/closure")
    at = {stage["stage"]: datetime.fromisoformat(stage["at"]) for stage in closure["stages"]}
    assert at["occurred"] == datetime.fromisoformat(record["occurred_at"])
    assert at["trained"] == at["deployed"] == deployed_at
    assert at["first_changed"] == changed_at
    assert list(at.values()) == sorted(at.values())
    page.goto(f"/insights/closure/?feature={FEATURE}&id={record['id']}")
    expect(page.get_by_text("closed", exact=True).first).to_be_visible()
    expect(page.locator(f"time[datetime^='{changed_at:%Y-%m-%dT%H:%M:%S}']").first).to_be_visible()
    expect(page.get_by_role("link", name="changed-1")).to_be_visible()
    until(lambda: _is_counted(page), within=90, every=1)


def _is_counted(page: Page) -> bool:
    """The worker counts what changed a little later."""
    page.reload()
    return page.get_by_text(f"{EDITED + ACCEPTED} of {EDITED + ACCEPTED + 1} closed").is_visible()
