"""The demo's sample must read as the contract says, and hold the evidence that its labels rest on."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

Record = dict[str, Any]

FOLDER = Path(__file__).parents[2] / "annotation" / "sample"
FEATURES = ("email-drafts", "support-chat", "code-completion")
DAY = 86_400.0
WORDS_A_MINUTE = 238

ANY_KIND = "slip test_or_abuse system_fault intent_changed no_context needs_expert"
REASONS = {
    "accepted": "verified adequate unread undone_later scaffold pleasing_but_wrong unsafe_but_welcome no_alternative",
    "edited": "fact_fix instruction_fix format_fix trimmed unsafe_removed taste private_detail_added made_worse",
    "abandoned": "got_answer gave_up too_slow_or_long interrupted other_channel refused_wrongly refused_rightly "
    "unclear",
    "regenerated": "wrong form variety own_prompt_fixed curiosity",
    "dismissed": "wrong not_needed bad_moment unread",
    "thumbs_up": "right_and_useful manners_only pleasing_but_wrong unsafe_but_welcome habit",
    "thumbs_down": "wrong_fact instruction_missed incomplete misread_intent style refused_wrongly unsafe_or_biased "
    "knowledge_gap unwelcome_truth topic_disliked product_or_price user_error",
    "copied": "used_as_is to_check to_other_tool in_part to_report",
    "escalated": "model_failed handed_over_late handed_over_rightly policy prefers_person access_rights",
}
ROWS_FOR_SFT = {
    ("accepted", "verified"),
    ("thumbs_up", "right_and_useful"),
    ("edited", "fact_fix"),
    ("edited", "instruction_fix"),
}
SAMPLE_NAMES = {"Sample", "Example", "Placeholder", "Muster"}


def read_lines(name: str) -> list[Record]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


RECORDS = [record for feature in FEATURES for record in read_lines(f"{feature}.jsonl")]
BY_KEY = {(record["feature"], record["id"]): record for record in RECORDS}
LABELS = read_lines("labels.jsonl")
STORY = json.loads((FOLDER / "story.json").read_text(encoding="utf-8"))


def signals() -> Iterator[tuple[Record, Record]]:
    return ((record, signal) for record in RECORDS for signal in record.get("signals", []))


def signal_of(label: Record) -> tuple[Record, Record]:
    record = BY_KEY[label["feature"], label["interaction_id"]]
    (signal,) = [signal for signal in record["signals"] if signal["kind"] == label["signal_kind"]]
    return record, signal


def text_of(messages: str | list[Record]) -> str:
    return messages if isinstance(messages, str) else str(messages[-1]["content"])


def question_of(record: Record) -> str:
    if isinstance(record["input"], str):
        return record["input"]
    return next(str(message["content"]) for message in reversed(record["input"]) if message["role"] == "user")


def reading_ms(record: Record) -> float:
    return len(text_of(record["output"]).split()) / WORDS_A_MINUTE * 60_000


def raw_text() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir()))


@pytest.mark.parametrize("feature", FEATURES)
def test_each_feature_has_about_fifty_records_in_its_own_file(feature: str) -> None:
    records = read_lines(f"{feature}.jsonl")
    assert 45 <= len(records) <= 55
    assert {record["feature"] for record in records} == {feature}
    assert len({record["id"] for record in records}) == len(records)


def test_each_record_has_what_the_contract_requires_with_relative_times() -> None:
    for record in RECORDS:
        assert record.keys() >= {"feature", "id", "occurred_ago", "model_version", "input", "output"}
        assert not record.keys() & {"occurred_at", "observed_at"}
        assert text_of(record["output"]).strip()
        for signal in record.get("signals", []):
            assert signal.keys() == {"id", "kind", "observed_ago", "details"}


def test_signals_come_after_their_answer_and_before_the_start() -> None:
    for record, signal in signals():
        assert 0 < signal["observed_ago"] < record["occurred_ago"] <= 36 * DAY


def test_time_in_view_fits_into_the_time_until_the_signal() -> None:
    for record, signal in signals():
        elapsed = (record["occurred_ago"] - signal["observed_ago"]) * 1000
        shown = [signal["details"][key] for key in ("dwell_ms", "visible_ms") if key in signal["details"]]
        assert all(0 < ms <= elapsed + 100 for ms in shown), record["id"]


def test_signal_ids_are_unique() -> None:
    counted = Counter(signal["id"] for _, signal in signals())
    assert max(counted.values()) == 1


def test_every_kind_of_signal_occurs_several_times_and_some_records_have_none() -> None:
    counted = Counter(signal["kind"] for _, signal in signals())
    assert counted.keys() == REASONS.keys() | {"later_result"}
    assert min(counted.values()) >= 5
    assert sum("signals" not in record for record in RECORDS) >= 10
    assert sum(len(record.get("signals", [])) == 2 for record in RECORDS) >= 10


def test_the_queue_is_fresh_and_history_goes_back_a_month() -> None:
    ages = [record["occurred_ago"] for record in RECORDS]
    assert sum(age < 3 * DAY for age in ages) >= 50
    assert min(ages) < 900
    assert max(ages) > 30 * DAY


def test_the_newer_version_answers_from_the_deployment_on() -> None:
    deployed_ago = STORY["deployment"]["deployed_ago"]
    for feature in FEATURES:
        versions = defaultdict(set)
        for record in read_lines(f"{feature}.jsonl"):
            versions[record["occurred_ago"] <= deployed_ago].add(record["model_version"])
        assert len(versions[True]) == len(versions[False]) == 1
        assert versions[True] != versions[False]
    assert BY_KEY["email-drafts", "gen_032"]["model_version"] == STORY["deployment"]["model_version"]


def test_a_replacing_answer_follows_the_answer_that_was_regenerated() -> None:
    replacing = [record for record in RECORDS if "replaces" in record]
    assert len(replacing) >= 6
    for record in replacing:
        first = BY_KEY[record["feature"], record["replaces"]]
        (pressed,) = [signal for signal in first["signals"] if signal["kind"] == "regenerated"]
        assert record["occurred_ago"] < pressed["observed_ago"]
        assert record.get("conversation_id") == first.get("conversation_id")


def test_answers_shown_together_share_input_and_moment() -> None:
    sets = defaultdict(list)
    for record in RECORDS:
        if "exposure" in record:
            sets[record["exposure"]["set_id"]].append(record)
    assert len(sets) >= 2
    for shown in sets.values():
        assert sorted(record["exposure"]["rank"] for record in shown) == list(range(1, len(shown) + 1))
        assert {record["exposure"]["of"] for record in shown} == {len(shown)}
        assert len({record["occurred_ago"] for record in shown}) == 1
        assert len({record["input"] for record in shown}) == 1


def test_turns_of_a_conversation_follow_each_other() -> None:
    turns = defaultdict(list)
    for record in read_lines("support-chat.jsonl"):
        turns[record["conversation_id"]].append(record["occurred_ago"])
    assert sum(len(ages) > 1 for ages in turns.values()) >= 10
    assert all(ages == sorted(set(ages), reverse=True) for ages in turns.values())


def test_the_chats_hold_tool_calls_a_long_conversation_and_other_scripts() -> None:
    chats = read_lines("support-chat.jsonl")
    messages = [
        m for chat in chats for field in ("input", "output") if isinstance(chat[field], list) for m in chat[field]
    ]
    calls = [call for message in messages for call in message.get("tool_calls", [])]
    assert calls
    assert all(isinstance(call["function"]["arguments"], dict) for call in calls)
    assert any(message["role"] == "tool" for message in messages)
    assert (
        max(sum(m["role"] != "system" for m in chat["input"]) for chat in chats if isinstance(chat["input"], list)) > 12
    )
    written = "".join(text_of(chat["output"]) for chat in chats)
    assert re.search(r"[\u0600-\u06ff]", written)
    assert re.search(r"[\u3040-\u30ff]", written)
    assert "| --- |" in written
    assert "```" in written


def test_each_text_is_unique() -> None:
    outputs = Counter(text_of(record["output"]) for record in RECORDS)
    assert [text for text, times in outputs.items() if times > 1] == []
    asked = [question_of(r) for r in RECORDS if "replaces" not in r and r.get("exposure", {}).get("rank", 1) == 1]
    assert [text for text, times in Counter(asked).items() if times > 1] == []


def test_an_edit_changes_the_answer() -> None:
    for record, signal in signals():
        if signal["kind"] == "edited":
            assert record["final_text"] != text_of(record["output"])


def test_what_was_copied_stands_in_the_answer() -> None:
    copied = [(record, signal) for record, signal in signals() if signal["kind"] == "copied"]
    parts = [signal["details"]["copied_text"] != text_of(record["output"]) for record, signal in copied]
    assert all(signal["details"]["copied_text"] in text_of(record["output"]) for record, signal in copied)
    assert set(parts) == {True, False}


def test_each_label_names_one_signal_and_a_reason_of_its_kind() -> None:
    for label in LABELS:
        signal_of(label)
        assert label["reason"] in f"{REASONS[label['signal_kind']]} {ANY_KIND}".split()
        assert label["annotator"] in {"annotator", "annotator2"}
        assert 5_000 <= label["duration_ms"] <= 120_000


def test_labels_follow_their_signal_within_the_seven_days_of_a_queue() -> None:
    for label in LABELS:
        record, signal = signal_of(label)
        assert record["occurred_ago"] > 6.5 * DAY
        assert 0 < signal["observed_ago"] - label["labeled_ago"] < 7 * DAY


def test_two_annotators_label_the_same_chats_and_disagree_on_four() -> None:
    reasons: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for label in LABELS:
        item = (label["feature"], label["interaction_id"], label["signal_kind"])
        assert label["annotator"] not in reasons[item]
        reasons[item][label["annotator"]] = label["reason"]
    double = {item: given for item, given in reasons.items() if len(given) == 2}
    assert len(reasons) >= 40
    assert len(double) == 8
    assert {feature for feature, _, _ in double} == {"support-chat"}
    assert sum(len(set(given.values())) == 2 for given in double.values()) == 4


def test_a_verified_draft_was_in_view_long_enough_to_be_read_and_an_unread_one_was_not() -> None:
    for label in LABELS:
        record, signal = signal_of(label)
        if label["reason"] == "verified":
            assert signal["details"]["dwell_ms"] > reading_ms(record)
        if label["reason"] == "unread":
            assert signal["details"]["dwell_ms"] < reading_ms(record) / 4


def test_the_export_finds_enough_rows_labeled_before_it_was_asked_for() -> None:
    request = STORY["export"]["request"]
    labels = [label for label in LABELS if label["feature"] == request["feature"]]
    assert all(label["labeled_ago"] >= 7.2 * DAY for label in labels)
    rows = [label for label in labels if (label["signal_kind"], label["reason"]) in ROWS_FOR_SFT]
    assert {label["signal_kind"] for label in rows} <= set(request["filters"]["signal_kinds"])
    assert len({label["interaction_id"] for label in rows}) >= 12


def test_the_story_runs_from_export_to_the_first_changed_interaction() -> None:
    export, run, deployment = STORY["export"], STORY["training_run"], STORY["deployment"]
    first = next(r for r in read_lines("email-drafts.jsonl") if r["model_version"] == deployment["model_version"])
    times = [export["requested_ago"], export["finished_ago"], run["started_ago"], run["finished_ago"]]
    times += [deployment["deployed_ago"], first["occurred_ago"]]
    assert times == sorted(times, reverse=True)
    assert run["model_version"] == deployment["model_version"]


def test_addresses_and_phone_numbers_are_those_reserved_for_examples() -> None:
    text = raw_text()
    domains = set(re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", text))
    assert domains <= {"example.com", "example.org"}
    hosts = set(re.findall(r"https?://([\w.-]+)", text))
    assert hosts
    assert all(re.fullmatch(r"(?:[\w-]+\.)*example\.(?:com|org)", host) for host in hosts)
    phones = re.findall(r"\b555-\d{4}\b", text)
    assert phones
    assert all(phone.startswith("555-01") for phone in phones)


def test_surnames_and_companies_are_obvious_samples() -> None:
    text = raw_text()
    surnames = set(re.findall(r"\b(?:Mr|Mrs|Ms|Dr|Professor|Herrn?|Frau)\.? ([A-Z]\w+)", text))
    assert surnames
    assert surnames <= SAMPLE_NAMES
    assert not re.findall(r"\b\w+ (?:Ltd|Inc|GmbH|LLC|Corp|plc)\b", text)
    known = "Google|Microsoft|Amazon|Apple|OpenAI|Anthropic|GitHub|Stripe|PayPal|Slack|Zoom|Notion|Salesforce"
    assert not re.findall(rf"\b(?:{known})\b", text)
