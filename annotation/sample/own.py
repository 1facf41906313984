"""Start the demo with files of one's own: each feature that a record names is made, and the people are its members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from annotation import audit
from annotation.ingest.files import formats, passes, reading
from annotation.lib.foreign.found import Wishes
from annotation.models import Feature, Installation
from annotation.queues import setup
from annotation.sample import people


def load(*, accounts: Mapping[str, Any], paths: Sequence[Path], now: datetime) -> list[str]:
    """Store what is not there yet, and return a line for each record that was refused."""
    features: dict[str, Feature] = {}
    refused = []
    for path in paths:
        with path.open("rb") as file:
            plan = formats.plan(file=file, name=str(path), format=None, wishes=Wishes())
            for batch in reading.batches(file=file, name=str(path), plan=plan):
                _make(features, (record for _, record in batch.interactions), now)
                outcome = passes.take(batch, only=None, now=now)
                refused += [f"{path}:{one.index}: {one.code}: {one.message}" for one in outcome.refused]
    people.make(accounts=accounts, features=list(features.values()), now=now)
    Installation.objects.filter(sample_loaded_at=None).update(sample_loaded_at=now)
    return refused


def _make(features: dict[str, Feature], records: Iterable[object], now: datetime) -> None:
    slugs = {record["feature"] for record in records if isinstance(record, dict) and _is_slug(record.get("feature"))}
    for slug in sorted(slugs - features.keys()):
        features[slug], _ = setup.create_feature(spec=setup.FeatureSpec(slug=slug), actor=audit.FLYWHEEL, now=now)


def _is_slug(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 100 and value.replace("-", "").replace("_", "").isalnum()
