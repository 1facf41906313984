"""Crowds that labeled what is known: who said what of which item, and the truth. The labels are numbers as text."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

from tests.realdata import folder

BLUEBIRDS, BARZAN, SENTIMENT = "bluebirds", "gal_barzan_mozafari", "crowdflower_sentiment"
NAMES = (BLUEBIRDS, BARZAN, SENTIMENT)


@dataclass(frozen=True)
class Crowd:
    """`said`: by worker and item. Where a worker is told to have labeled an item twice, the last label stands."""

    said: dict[tuple[str, str], str]
    truth: dict[str, str]

    @property
    def items(self) -> list[str]:
        return sorted({item for _, item in self.said})

    @property
    def workers(self) -> list[str]:
        return sorted({worker for worker, _ in self.said})

    @property
    def classes(self) -> list[str]:
        return sorted(set(self.said.values()))


def bluebirds() -> Crowd:
    """Two kinds of birds: 108 images, 39 people who labeled each."""
    labels = (folder(BLUEBIRDS) / "labels.yaml").read_text()
    said = {
        (worker, item): answer
        for worker, answers in re.findall(r"(\d+):\s*\{([^}]*)\}", labels)
        for item, answer in _answers(answers)
    }
    return Crowd(said, dict(_answers((folder(BLUEBIRDS) / "gt.yaml").read_text())))


def barzan() -> Crowd:
    """Whether two things are the same: 1,000 items with five labels each, by 83 people."""
    labels = _rows(BARZAN, "labels.txt", "\t")
    return Crowd({(worker, item): answer for worker, item, answer in labels}, _pairs("evaluation.txt"))


def sentiment(name: str) -> Crowd:
    """The mood of 300 tweets about the weather in five classes. `name`: CF (461 people) or CF_amt (110)."""
    rows = _rows(SENTIMENT, f"{name}.csv", ",")
    return Crowd({(row[0], row[1]): row[2] for row in rows}, {row[1]: row[3] for row in rows})


def _answers(text: str) -> list[tuple[str, str]]:
    return [(item, "01"[answer == "true"]) for item, answer in re.findall(r"(\d+):\s*(true|false)", text)]


def _pairs(name: str) -> dict[str, str]:
    return {row[0]: row[1] for row in _rows(BARZAN, name, "\t")}


def _rows(source: str, name: str, delimiter: str) -> list[list[str]]:
    with (folder(source) / name).open(newline="") as file:
        return [row for row in csv.reader(file, delimiter=delimiter) if row]
