"""One label as it came, and why it may be refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from annotation.consensus import resolve
from annotation.errors import Refusal
from annotation.models import Feature


class SignalNotNamed(Refusal):
    """Neither signal_kind nor signal_id says which signal this label is about. Add one of them."""

    code = "missing_field"


class UnknownInteraction(Refusal):
    """There is no interaction with this interaction_id in the feature. Send it first, or mend the id."""

    code = "unknown_interaction"


class UnknownSignal(Refusal):
    """This interaction has no item for such a signal: it has items for {known}. Kinds that aren't queued have none."""

    code = "unknown_signal"


class AmbiguousSignal(Refusal):
    """This interaction has {count} signals of kind {kind}. Say which by signal_id; GET /api/v1/items lists them."""

    code = "ambiguous_signal"


class NotYourRater(Refusal):
    """source_name begins with {beginning}, as only the names of Flywheel's own rules and judges do. Choose another."""

    code = "not_your_rater"


class UnknownVersion(Refusal):
    """There is no published taxonomy version {number}. The versions are: {known}. Leave it out for the queue's own."""

    code = "unknown_taxonomy_version"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One label as it came. `source` is the rater's kind; `confidence` is in [0, 1]."""

    feature: Feature
    interaction_id: str
    source: str
    source_name: str
    reason: str
    signal_kind: str | None = None
    signal_id: str | None = None
    taxonomy_version: int | None = None
    confidence: float | None = None
    labeled_at: datetime | None = None
    duration_ms: int | None = None
    comment: str = ""
    correction: str = ""

    @property
    def texts(self) -> dict[str, str]:
        """What a person says beside the reason is a comment; what a machine says explains it."""
        words = "comment" if self.source in resolve.DECIDE else "explanation"
        return {name: text for name, text in ((words, self.comment), ("correction", self.correction)) if text}
