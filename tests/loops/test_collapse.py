"""Diversity collapse: answers to the same prompts, told apart by version; no word of them is kept."""

from __future__ import annotations

import numpy as np
import orjson
import pytest

from annotation.ingest import store
from annotation.loops import collapse
from annotation.models import Feature
from tests.cast import NOW
from tests.ingest.sent import interaction

pytestmark = pytest.mark.django_db

WORDS = [f"word{number}" for number in range(400)]
STOCK = " ".join(WORDS[:20])


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collapse, "PERMUTATIONS", 149)


def answers(version: str, *, hour: int, stock_share: float, prompts: int = 220) -> None:
    rng = np.random.default_rng(hour)
    records = [
        interaction(
            f"{version}-{number}",
            model_version=version,
            occurred_at=f"2026-03-02T0{hour}:00:00Z",
            input=[{"role": "system", "content": version}, {"role": "user", "content": f"Prompt  {number}"}],
            output=f"{STOCK if rng.random() < stock_share else ''} {' '.join(rng.choice(WORDS, 20))}",
        )
        for number in range(prompts)
    ]
    assert store.interactions(records=list(enumerate(records)), now=NOW).accepted == prompts


def test_answers_that_became_alike_are_an_alarm(drafts: Feature) -> None:
    answers("drafts-1", hour=1, stock_share=0)
    answers("drafts-2", hour=2, stock_share=0.8)
    figures = collapse.measure(drafts)
    found = collapse.told(figures)
    assert found.alarm == "red"
    assert found.figure is not None
    assert found.figure.low is not None
    assert found.figure.low > 0.1
    assert found.sentence.startswith("Answers become alike. To 220 prompts that both answered")
    assert b"word" not in orjson.dumps(figures)


def test_answers_as_different_as_before_are_none(drafts: Feature) -> None:
    answers("drafts-1", hour=1, stock_share=0.3)
    answers("drafts-2", hour=2, stock_share=0.3)
    found = collapse.told(collapse.measure(drafts))
    assert (found.alarm, found.is_refused) == ("none", False)


def test_two_versions_and_two_hundred_prompts_are_needed(drafts: Feature) -> None:
    answers("drafts-1", hour=1, stock_share=0, prompts=40)
    assert "one model version has answered" in collapse.told(collapse.measure(drafts)).refusal
    answers("drafts-2", hour=2, stock_share=0, prompts=30)
    assert "answered 30 of the same prompts, and 200 are needed" in collapse.told(collapse.measure(drafts)).refusal
