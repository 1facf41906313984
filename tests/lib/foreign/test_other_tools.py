"""LangSmith, Label Studio and Argilla: files written from their documented shapes."""

from __future__ import annotations

from typing import Any

from annotation.ingest import record
from annotation.lib.foreign import argilla, label_studio, langsmith, places, scores
from annotation.lib.foreign.found import Act, Answer, Aside, Found, Unusable, Wishes

WISHES = Wishes(feature="drafts")


def answers(found: list[Found]) -> list[dict[str, Any]]:
    sent = [one.record for one in found if isinstance(one, Answer)]
    for one in sent:
        record.interaction(one)
    return sent


RUN = {
    "id": "r1",
    "name": "ChatOpenAI",
    "run_type": "llm",
    "inputs": {"messages": [[{"id": ["langchain", "HumanMessage"], "kwargs": {"content": "Hi", "type": "human"}}]]},
    "outputs": {"generations": [[{"text": "Ho", "message": {"id": ["x", "AIMessage"], "kwargs": {"content": "Ho"}}}]]},
    "start_time": "2026-03-02T08:00:00.123456",
    "end_time": "2026-03-02T08:00:02",
    "extra": {"metadata": {"thread_id": "c1", "user_id": 7, "ls_model_name": "m-1"}},
    "trace_id": "t1",
    "session_id": "project-1",
    "dotted_order": "x",
    "feedback_stats": {"user_score": {"n": 2, "avg": 0.5}},
}
FEEDBACK = {
    "id": "f1",
    "run_id": "r1",
    "key": "user_score",
    "score": 0,
    "comment": "no",
    "created_at": "2026-03-02T09:00:00",
}


def test_a_run_of_a_model_is_an_interaction_and_its_project_is_no_conversation() -> None:
    (sent,) = answers(list(langsmith.found(RUN, WISHES)))

    assert (sent["id"], sent["conversation_id"], sent["user_key"], sent["request_model"]) == ("r1", "c1", "7", "m-1")
    assert sent["occurred_at"] == "2026-03-02T08:00:02Z"
    assert sent["input"] == [{"role": "user", "content": "Hi"}]
    assert sent["output"] == [{"role": "assistant", "content": "Ho"}]
    assert sent["metadata"]["feedback_stats"] == {"user_score": {"n": 2, "avg": 0.5}}
    assert answers(list(langsmith.found(RUN | {"extra": None}, WISHES)))[0]["conversation_id"] == "t1"


def test_feedback_is_a_signal_inside_its_run_or_by_itself_and_other_runs_are_left_out() -> None:
    (sent,) = answers(list(langsmith.found(RUN | {"feedback": [FEEDBACK]}, WISHES)))
    (act,) = langsmith.found(FEEDBACK, WISHES)

    assert isinstance(act, Act)
    assert act.record == {"feature": "drafts", "interaction_id": "r1", **sent["signals"][0]}
    assert (act.record["kind"], act.record["id"], act.record["observed_at"]) == (
        "thumbs_down",
        "f1",
        "2026-03-02T09:00:00Z",
    )
    record.signal(act.record)
    chain = RUN | {"run_type": "chain"}
    assert list(langsmith.found({"runs": [chain, chain]}, WISHES)) == [Aside("runs that are no call of a model")] * 2


TASK = {
    "id": 12,
    "created_at": "2026-03-02T08:00:00Z",
    "data": {"prompt": "Hi", "answer": "Ho", "tenant": "a"},
    "annotations": [
        {
            "id": 5,
            "completed_by": {"id": 3, "email": "ann@example.com"},
            "created_at": "2026-03-02T09:00:00Z",
            "lead_time": 4.5,
            "was_cancelled": False,
            "result": [
                {
                    "id": "x",
                    "from_name": "tone",
                    "to_name": "text",
                    "type": "choices",
                    "value": {"choices": ["Rude", "Long"]},
                },
                {
                    "id": "y",
                    "from_name": "why",
                    "to_name": "text",
                    "type": "textarea",
                    "value": {"text": ["It shouts."]},
                },
                {"id": "z", "from_name": "stars", "to_name": "text", "type": "rating", "value": {"rating": 2}},
            ],
        },
        {"id": 6, "was_cancelled": True, "result": [], "created_at": "2026-03-02T09:00:00Z"},
    ],
    "predictions": [{"id": 1}],
}


def test_a_task_is_an_interaction_and_its_choices_are_signals_that_name_who_chose() -> None:
    rules = scores.parse(["tone:rude=thumbs_down"], with_default=True)
    found = list(label_studio.found(TASK, Wishes(feature="drafts", rules=rules)))
    (sent,) = answers(found)

    assert (sent["id"], sent["input"], sent["output"], sent["metadata"]) == ("task-12", "Hi", "Ho", {"tenant": "a"})
    assert [one["kind"] for one in sent["signals"]] == ["thumbs_down", "tone", "why", "stars"]
    assert len({one["id"] for one in sent["signals"]}) == 4
    assert sent["signals"][0]["details"] == {
        "name": "tone",
        "value": "Rude",
        "source": "label-studio",
        "annotator": "3",
        "annotation_id": 5,
        "lead_time_s": 4.5,
    }
    assert sent["signals"][2]["details"]["text"] == "It shouts."
    assert "ann@example.com" not in str(sent)
    assert found[1:] == [Aside("annotations that were cancelled", 1), Aside("predictions", 1)]


def test_fields_stand_where_one_says_and_the_short_form_is_refused() -> None:
    fields = places.parse(["output=tenant", "id=prompt"])
    (sent,) = answers(list(label_studio.found(TASK, Wishes(feature="drafts", fields=fields))))
    (short,) = label_studio.found({"id": 12, "text": "Hi", "tone": "Rude"}, WISHES)

    assert (sent["output"], sent["id"], sent["metadata"]) == ("a", "Hi", {"answer": "Ho"})
    assert isinstance(short, Unusable)
    assert "JSON_MIN" in short.message


ROW = {
    "id": "gen_1",
    "status": "completed",
    "prompt": "Hi",
    "response": "Ho",
    "metadata.created_at": "2026-03-02T08:00:00Z",
    "metadata.tenant": "a",
    "good.responses": ["yes", "no", "maybe"],
    "good.responses.users": ["u1", "u2", "u3"],
    "good.responses.status": ["submitted", "submitted", "draft"],
    "good.suggestion": "yes",
    "good.suggestion.agent": "judge",
    "good.suggestion.score": 0.9,
    "vectors.x": [1.0],
}


def test_a_flat_record_is_an_interaction_and_what_people_and_models_said_are_signals() -> None:
    rules = scores.parse(["good:no=thumbs_down"], with_default=True)
    found = list(argilla.found(ROW, Wishes(feature="drafts", rules=rules)))
    (sent,) = answers(found)

    assert (sent["id"], sent["input"], sent["output"]) == ("gen_1", "Hi", "Ho")
    assert (sent["occurred_at"], sent["metadata"]) == ("2026-03-02T08:00:00Z", {"tenant": "a"})
    assert [one["kind"] for one in sent["signals"]] == ["good", "thumbs_down", "good.suggestion"]
    assert sent["signals"][1]["details"]["annotator"] == "u2"
    assert sent["signals"][2]["details"]["agent"] == "judge"
    assert found[1:] == [Aside("responses that were not submitted", 1)]


def test_a_record_without_a_time_is_refused_until_one_is_given_for_all() -> None:
    row = {name: one for name, one in ROW.items() if name != "metadata.created_at"}
    (told,) = argilla.found(row, WISHES)
    (sent,) = answers(list(argilla.found(row, Wishes(feature="drafts", occurred_at="2026-03-02T08:00:00Z")))[:1])

    assert isinstance(told, Unusable)
    assert "give one time for all" in told.message
    assert sent["occurred_at"] == "2026-03-02T08:00:00Z"
