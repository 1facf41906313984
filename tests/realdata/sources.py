"""The real sources that can be sent to Flywheel, by the name of their folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.realdata import (
    Record,
    coauthor_sessions,
    coderec_copilot_telemetry,
    mlqe_pe_en_de_dev,
    openassistant_sample,
    realhumaneval,
)


@dataclass(frozen=True)
class Source:
    feature: dict[str, str]
    records: Callable[[], Iterator[Record]]


SOURCES = {
    module.FOLDER: Source(feature=module.FEATURE, records=module.records)
    for module in (
        realhumaneval,
        coderec_copilot_telemetry,
        mlqe_pe_en_de_dev,
        coauthor_sessions,
        openassistant_sample,
    )
}


def features() -> list[dict[str, str]]:
    """`slug` and `name` of each source's feature, as `POST /api/v1/features` takes them."""
    return [source.feature for source in SOURCES.values()]


def records(name: str) -> Iterator[Record]:
    """The records of one source. Raises KeyError for a name that isn't in SOURCES."""
    return SOURCES[name].records()
