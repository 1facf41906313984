"""What a fit says of its items, batch by batch: where it is likely to settle them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.consensus import resolve
from annotation.consensus.runs.fitting import Posterior


@dataclass(frozen=True, kw_only=True)
class Sure:
    """A fit's posterior and the codes of its reasons."""

    posterior: Posterior
    reasons: Sequence[str]

    def told(self, item_ids: Sequence[int]) -> Iterator[resolve.Told]:
        """Of those of the items, in order, that were fitted, where somebody says what is likeliest and whose people are
        known well enough to be weighed."""
        mine = self.posterior
        places = np.searchsorted(mine.items, item_ids)
        places = places[places < len(mine.items)]
        places = places[np.isin(mine.items[places], item_ids) & mine.is_weighable[places]]
        likely = np.round(mine.likely[places], 6).tolist()
        columns = (mine.items, mine.likeliest, mine.backing.reason_ids, mine.confidences, mine.labels, mine.label_sums)
        rows = zip(*(column[places].tolist() for column in columns), likely, mine.backing.of(places), strict=True)
        for item_id, likeliest, reason_id, confidence, labels, label_sum, all_likely, label_ids in rows:
            posterior = dict(zip(self.reasons, all_likely, strict=True))
            code = self.reasons[likeliest]
            yield resolve.Told(item_id, code, reason_id, confidence, posterior, label_ids, labels, label_sum)
