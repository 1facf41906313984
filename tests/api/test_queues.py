"""GET and POST /api/v1/queues."""

from __future__ import annotations

from annotation.models import Feature, User
from tests.cast import Machine

DEFAULTS = {
    "rank": 100,
    "signal_kinds": [],
    "overlap": 1,
    "overlap_max": 5,
    "stop_at": 0.95,
    "full_overlap_share": 0.05,
    "mix": 1,
    "delay_hours": 0,
    "lease_minutes": 15,
    "limit_hours": 168,
    "gold_share": 0,
    "second_look_share": 0,
    "guideline": "",
    "members": [],
    "show_suggestions": False,
    "taxonomy_version": None,
    "consensus": "majority",
}


def test_a_feature_has_a_default_queue_with_the_contract_s_values(machine: Machine, feature: Feature) -> None:
    (queue,) = machine.get("/queues", feature=feature.slug).json()["results"]
    assert queue.pop("created_at")
    assert queue == {"feature": feature.slug, "name": "default", **DEFAULTS}


def test_a_queue_is_made_once(machine: Machine, feature: Feature, annotator: User) -> None:
    sent = {
        "feature": feature.slug,
        "name": "complaints",
        "rank": 1,
        "signal_kinds": ["thumbs_down"],
        "overlap": 2,
        "members": [annotator.email.upper()],
        "taxonomy_version": 1,
    }
    first = machine.post("/queues", sent)
    assert (first.status_code, first.json()["created"]) == (201, True)
    made = first.json()["queue"]
    assert (made["signal_kinds"], made["members"], made["taxonomy_version"]) == (["thumbs_down"], [annotator.email], 1)
    again = machine.post("/queues", sent | {"overlap": 3})
    assert (again.status_code, again.json()["created"], again.json()["queue"]["overlap"]) == (200, False, 2)


def test_what_a_queue_can_t_be_is_refused_in_words(machine: Machine, feature: Feature) -> None:
    base: dict[str, object] = {"feature": feature.slug, "name": "q"}
    refusals: dict[str, dict[str, object]] = {
        "unknown_member": {"members": ["nobody@example.com"]},
        "unknown_taxonomy_version": {"taxonomy_version": 9},
        "overlap_max_too_small": {"overlap": 3, "overlap_max": 2},
        "invalid": {"consensus": "loudest"},
    }
    for code, wrong in refusals.items():
        answer = machine.post("/queues", base | wrong).json()
        assert (answer["code"], answer["errors"] != []) == (code, True)
    assert machine.post("/queues", base | {"feature": "nowhere"}).json()["code"] == "unknown_feature"


class TestChanging:
    def test_what_is_sent_is_changed_and_what_is_left_out_stays(self, machine: Machine, feature: Feature) -> None:
        answer = machine.patch(f"/queues/{feature.slug}/default", {"overlap": 2, "signal_kinds": ["edited"]})
        assert answer.status_code == 200
        told = answer.json()
        assert sorted(told["changed"]) == ["overlap", "signal_kinds"]
        (queue,) = machine.get("/queues", feature=feature.slug).json()["results"]
        assert told["queue"] == queue
        queue.pop("created_at")
        expected = DEFAULTS | {"overlap": 2, "signal_kinds": ["edited"]}
        assert queue == {"feature": feature.slug, "name": "default", **expected}
        again = machine.patch(f"/queues/{feature.slug}/default", {"overlap": 2}).json()
        assert (again["changed"], again["detail"]) == ([], "It was so already.")

    def test_people_and_a_version_are_given_and_taken_back(
        self, machine: Machine, feature: Feature, annotator: User
    ) -> None:
        address = f"/queues/{feature.slug}/default"
        given = machine.patch(address, {"members": [annotator.email], "taxonomy_version": 1}).json()["queue"]
        assert (given["members"], given["taxonomy_version"]) == ([annotator.email], 1)
        taken = machine.patch(address, {"members": [], "taxonomy_version": None}).json()["queue"]
        assert (taken["members"], taken["taxonomy_version"]) == ([], None)

    def test_what_can_t_be_is_refused_in_words_and_changes_nothing(self, machine: Machine, feature: Feature) -> None:
        address = f"/queues/{feature.slug}/default"
        assert machine.patch(address, {"overlap": 9, "rank": 1}).json()["code"] == "overlap_max_too_small"
        assert machine.patch(address, {"name": "other"}).json()["code"] == "invalid"
        assert machine.patch(address, {"members": ["nobody@example.com"]}).json()["code"] == "unknown_member"
        nowhere = machine.patch(f"/queues/{feature.slug}/nowhere", {"rank": 1})
        assert (nowhere.status_code, nowhere.json()["code"]) == (404, "unknown_queue")
        (queue,) = machine.get("/queues", feature=feature.slug).json()["results"]
        assert (queue["overlap"], queue["rank"], queue["members"]) == (1, 100, [])
