"""The first command of the README: it starts, stops without a trace, and finds its data again."""

from __future__ import annotations

import json
import stat
import urllib.request
from pathlib import Path

from tests.journeys.demo import Demo


def test_the_demo_starts_stops_survives_a_kill_and_finds_its_data(own_demo: Demo) -> None:
    own_demo.start()
    first = _labels(own_demo)
    assert len([label for label in first if label.endswith("/human")]) == 58
    # How many items are decided, and so judged, depends on who met whose item.
    assert len([label for label in first if label.endswith("/judge")]) > 30
    assert stat.S_IMODE((own_demo.folder / "demo.json").stat().st_mode) == 0o600
    assert "Sign in as" in own_demo.said

    assert own_demo.interrupt() == 0
    assert own_demo.processes() == []

    own_demo.start()
    assert _labels(own_demo) == first
    own_demo.post("/api/v1/interactions", _record("after the restart"))

    own_demo.kill()
    left = own_demo.processes()
    assert left, "the children outlive a launcher that was killed"
    own_demo.start()
    assert not set(left) & set(own_demo.processes())
    assert _labels(own_demo) == first
    assert own_demo.post("/api/v1/interactions", _record("after the restart"))["duplicates"] == 1

    assert own_demo.interrupt() == 0
    assert own_demo.processes() == []


def test_a_taken_port_is_said_in_words(demo: Demo, own_demo: Demo) -> None:
    own_demo.port = demo.port
    try:
        own_demo.start()
    except AssertionError as error:
        said = str(error)
    assert f"{demo.port}" in said
    assert "PORT=" in said or "--port" in said


def test_commands_beside_the_demo_join_it(demo: Demo) -> None:
    made = demo.manage("create_token", "--name", "reader", "--scopes", "read")
    assert made.returncode == 0, made.stderr
    request = urllib.request.Request(f"{demo.told['url']}/api/v1/backlog?feature=email-drafts")
    request.add_header("Authorization", f"Bearer {made.stdout.strip()}")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def test_the_demo_starts_with_files_of_one_s_own(own_demo: Demo, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(json.dumps(_record(f"m-{number}") | {"feature": "my-feature"}) for number in range(5)))
    own_demo.start("--data", str(file))
    items = own_demo.get("/api/v1/items?feature=my-feature")["results"]
    assert [item["signal_kind"] for item in items] == ["accepted"] * 5
    assert [one["slug"] for one in own_demo.get("/api/v1/features")["results"]] == ["my-feature"]


def _labels(demo: Demo) -> list[str]:
    found: list[str] = []
    for feature in ("email-drafts", "support-chat", "code-completion"):
        path: str | None = f"/api/v1/labels?feature={feature}"
        while path:
            page = demo.get(path)
            found += [_told(label) for label in page["results"]]
            path = page["next"] and page["next"].removeprefix(demo.told["url"])
    return sorted(found)


def _told(label: dict[str, str]) -> str:
    return "/".join(label[name] for name in ("item_id", "reason", "labeled_at", "source"))


def _record(name: str) -> dict[str, object]:
    return {
        "feature": "email-drafts",
        "id": name,
        "occurred_at": "2026-05-05T10:11:12Z",
        "output": "Dear Ann",
        "signals": [{"kind": "accepted", "observed_at": "2026-05-05T10:11:20Z"}],
    }
