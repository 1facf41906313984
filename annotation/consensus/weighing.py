"""Which rule decides in a queue now, and why: what the last run found of each kind of signal."""

from __future__ import annotations

from annotation.models import ConsensusFit, Queue


def of_queue(queue: Queue) -> list[ConsensusFit]:
    """One for each kind of signal that somebody had labeled; none while nobody is weighed, or no run has ended."""
    if queue.consensus != Queue.Consensus.DAWID_SKENE:
        return []
    return list(ConsensusFit.objects.filter(queue=queue).order_by("signal_kind"))
