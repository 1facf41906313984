"""Model versions one after the other, each with days of answers that people label in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from annotation.models import Feature, Item
from tests import worlds
from tests.validity import world
from tests.validity.world import BAD, GOOD

Mix = Mapping[str, tuple[int, int]]
"""By group: how many answers, and how many of them are good."""


def serve(version: str, mix: Mix, *, on: int, **sent: Any) -> list[Item]:
    """A day of a version: its answers by group, which people label, and whose terms are written."""
    groups = [(group, place < good) for group, (count, good) in mix.items() for place in range(count)]
    metadata = _metadata(groups, sent.pop("metadata", {}))
    items = world.arrive([["accepted"]] * len(groups), on=on, version=version, metadata=metadata, **sent)
    mine = [item for item in items if item.interaction.model_version == version]
    world.decide(mine, lambda item: GOOD if groups[int(item.interaction.external_id[-5:])][1] else BAD)
    return mine


def written(*, on: int) -> None:
    """The days before that one have settled and close, and what they say is written."""
    world.close(on=on + 1)
    world.write(on=on + 1)


def train(of: Feature, version: str, *, on: float, share: float = 1) -> None:
    """A run that makes the version, and its deployment."""
    worlds.run(worlds.export([], of=of, on=on), on=on, makes=version, name=f"run of {version}")
    worlds.deploy(of, on=on, version=version, share=share)


def succession(of: Feature, mixes: Sequence[Mix]) -> None:
    """drafts-1, drafts-2 and so on, each trained and deployed, two days apart."""
    for place, mix in enumerate(mixes):
        if place:
            train(of, f"drafts-{place + 1}", on=2 * place - 0.5)
        serve(f"drafts-{place + 1}", mix, on=2 * place)
        written(on=2 * place + 1)


def _metadata(groups: Sequence[tuple[str, bool]], more: Mapping[str, Any]) -> Callable[[int], dict[str, Any]]:
    return lambda number: {"difficulty": groups[number][0], **more}
