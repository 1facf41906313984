"""Which cases and pairs stand, as conditions of SQL: asked anew each time, since what they rest on may change.

A case stands while its interaction is there, still decided to be bad, and a run that made the model still counts. It is
shown while both texts are there: what was erased falls out.
"""

from __future__ import annotations

from typing import Final

CASE: Final = """
    EXISTS (
        SELECT FROM annotation_interaction n WHERE n.id = c.interaction_id AND n.erased_at IS NULL
    )
    AND EXISTS (
        SELECT FROM annotation_consensusrevision v JOIN annotation_reason r ON r.id = v.reason_id
        WHERE v.item_id = c.item_id AND v.superseded_at IS NULL AND r.outcome = 'bad'
    )
    AND EXISTS (
        SELECT FROM annotation_trainingrun t
        WHERE t.feature_id = s.feature_id AND t.model_version = s.model_version
          AND t.status = 'succeeded' AND t.retracted_at IS NULL
    )
"""
"""Of the case `c` of the search `s`."""

TEXTS: Final = """
    EXISTS (SELECT FROM annotation_interactioncontent x WHERE x.interaction_id = c.interaction_id)
    AND EXISTS (SELECT FROM annotation_interactioncontent x WHERE x.interaction_id = p.later_id)
"""
"""Of the pair `p` of the case `c`."""

COUNTS: Final = """
    j.undone_at IS NULL AND j.judged_at <= %(now)s
    AND NOT (k.standing = 'quarantined' AND j.judged_at >= k.standing_from)
"""
"""Of the judgement `j` of the rater `k`."""
