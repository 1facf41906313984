"""GET /api/v1/taxonomy."""

from __future__ import annotations

from tests.cast import Machine


def test_the_versions_come_with_kinds_polarity_and_reasons(machine: Machine) -> None:
    (version,) = machine.get("/taxonomy").json()["results"]
    assert version["number"] == 1
    kinds = {kind["kind"]: kind for kind in version["kinds"]}
    assert kinds["thumbs_down"]["polarity"] == "negative"
    assert kinds["later_result"] == {"kind": "later_result", "polarity": "none", "is_queued": False, "reasons": []}
    reasons = {reason["code"]: reason for reason in kinds["accepted"]["reasons"]}
    assert reasons["verified"]["outcome"] == "good"
    assert set(reasons["verified"]["uses"]) == {"sft", "kto+", "pair"}
    assert reasons["verified"]["examples"] == []
    assert "slip" in reasons
