"""Diversity collapse: whether the newest version says the same things over and over, to the prompts of the one before.

Prompts are matched by the user's last message, answers cut to one length. Texts are read, measured and forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final, LiteralString

import numpy as np
import orjson

from annotation import loading
from annotation.lib import messages
from annotation.lib.intervals import Z_95
from annotation.lib.loops import collapse
from annotation.lib.loops.collapse import ALARM_GROWTH, ALARM_P, ENOUGH_PROMPTS, Collapse
from annotation.loops.report import Figure, Finding, refused
from annotation.models import Feature

SEED: Final = 20
PERMUTATIONS: Final = 499
BLOCKS: Final = 20
MOST: Final = 400
"""Prompts that are compared."""

LOOKED_AT: Final = 10_000
"""Answers of each version among which prompts are matched."""

CHUNK: Final = 500

# The two that began to answer last.
VERSIONS: LiteralString = """
    SELECT model_version FROM annotation_interaction
    WHERE feature_id = %(feature)s AND model_version <> 'unknown'
    GROUP BY model_version ORDER BY min(occurred_at) DESC, model_version LIMIT 2
"""

IDS: LiteralString = """
    SELECT id FROM annotation_interaction
    WHERE feature_id = %(feature)s AND model_version = %(version)s AND erased_at IS NULL
    ORDER BY occurred_at DESC LIMIT %(most)s
"""

TEXTS: LiteralString = """
    SELECT input, output FROM annotation_interactioncontent
    WHERE interaction_id = ANY(%s::bigint[]) ORDER BY interaction_id DESC
"""


def measure(feature: Feature) -> dict[str, Any]:
    versions = [name for (name,) in loading.fetched(VERSIONS, {"feature": feature.pk})]
    if len(versions) < 2:
        return {"lack": "versions", "prompts": 0}
    new, old = versions
    answers = dict(_answers(feature, old))
    pairs = {key: (answers[key], text) for key, text in _answers(feature, new) if key in answers}
    figures: dict[str, Any] = {"old": old, "new": new, "prompts": len(pairs), "lack": ""}
    if len(pairs) < ENOUGH_PROMPTS:
        return figures | {"lack": "prompts"}
    texts = collapse.cut(*map(list, zip(*list(pairs.values())[:MOST], strict=True)))
    return figures | {
        "compression": _measured(collapse.compression, texts),
        "repetition": _measured(collapse.repetition, texts),
    }


def told(figures: dict[str, Any]) -> Finding:
    if figures["lack"]:
        return refused("collapse", _missing(figures), figures)
    found = {name: Collapse(**figures[name]) for name in ("compression", "repetition")}
    alarms = any(one.alarms for one in found.values())
    shown = max(found.values(), key=lambda one: (one.alarms, one.growth if np.isfinite(one.growth) else 0.0))
    growth = shown.growth if np.isfinite(shown.growth) else 1.0
    half = Z_95 * shown.spread
    return Finding(
        detector="collapse",
        sentence=_sentence(figures, found, alarms=alarms),
        todo=_TODO if alarms else "Nothing to do.",
        alarm="red" if alarms else "none",
        figure=Figure(value=growth, low=growth - half, high=growth + half),
        figures=figures,
    )


_TODO: Final = (
    "Keep the version before at hand. Look at near-duplicates and the self-training share of what this one was trained "
    "on, and train again with more that people wrote or checked."
)


def _answers(feature: Feature, version: str) -> Iterator[tuple[bytes, str]]:
    """The answer to each prompt, the newest one, with a digest of the prompt."""
    seen: set[bytes] = set()
    asked = {"feature": feature.pk, "version": version, "most": LOOKED_AT}
    ids = [pk for (pk,) in loading.fetched(IDS, asked)]
    for start in range(0, len(ids), CHUNK):
        for sent, output in loading.fetched(TEXTS, [ids[start : start + CHUNK]]):
            prompt = _prompt(orjson.loads(sent)) if sent else ""
            key = blake2b(" ".join(prompt.casefold().split()).encode("utf-8", "surrogatepass"), digest_size=16).digest()
            if prompt and key not in seen:
                seen.add(key)
                yield key, messages.text_of(orjson.loads(output))


def _prompt(sent: object) -> str:
    """The user's last message."""
    asked = messages.texts_of(sent, "user")
    return asked[-1] if asked else ""


def _measured(measure: Any, texts: tuple[list[str], list[str]]) -> dict[str, float]:
    rng = np.random.default_rng(SEED)
    found = measure(old=texts[0], new=texts[1], rng=rng, permutations=PERMUTATIONS, blocks=BLOCKS)
    return {"old": found.old, "new": found.new, "p": found.p, "spread": found.spread}


def _missing(figures: dict[str, Any]) -> str:
    said = "Whether answers become alike can't be told: "
    if figures["lack"] == "versions":
        return f"{said}one model version has answered so far, and it takes two."
    return (
        f"{said}{figures['old']} and {figures['new']} answered {figures['prompts']:,} of the same prompts, and "
        f"{ENOUGH_PROMPTS} are needed. Send both a fixed set of prompts, as interactions like any other."
    )


def _sentence(figures: dict[str, Any], found: dict[str, Collapse], *, alarms: bool) -> str:
    one, other = found["compression"], found["repetition"]
    said = (
        f"To {min(figures['prompts'], MOST):,} prompts that both answered, the answers of {figures['new']} compress "
        f"{one.new:.2f} to 1 and those of {figures['old']} {one.old:.2f} to 1; of their phrases of four words "
        f"{100 * other.new:.0f} % stand in several answers, before {100 * other.old:.0f} %"
    )
    if alarms:
        return f"Answers become alike. {said}."
    return f"Answers don't become alike beyond {100 * ALARM_GROWTH:.0f} % and chance (p < {ALARM_P}). {said}."
