"""Which texts say nearly the same: three words in a row as the unit, the share of them that two texts have in common.

A `Text` is what is compared. `band_keys` finds who may be alike without comparing all with all; `jaccard` says exactly
how alike two are. `ties` gives those that are alike something in common; `connected` and `settle` make groups of it.
`Rarity` compares prompts, of which those that ask for the same need not say the same.
"""

from annotation.lib.similarity.grouping import Row, Settled, Whole, connected, settle
from annotation.lib.similarity.prompts import Rarity
from annotation.lib.similarity.shingles import ALIKE, SHORTEST, Text, jaccard
from annotation.lib.similarity.sketch import BANDS, band_keys
from annotation.lib.similarity.tying import ties

__all__ = (
    "ALIKE",
    "BANDS",
    "SHORTEST",
    "Rarity",
    "Row",
    "Settled",
    "Text",
    "Whole",
    "band_keys",
    "connected",
    "jaccard",
    "settle",
    "ties",
)
