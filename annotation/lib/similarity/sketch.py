"""MinHash signatures, cut into bands: who shares a band may be alike (Broder 1997; Leskovec et al., ch. 3).

128 permutations in 32 bands of 4. Two texts of Jaccard similarity s share a band with the chance 1 - (1 - s^4)^32:
0.9998 at 0.7, 0.23 at 0.3, 0.0002 at 0.05. Who shares one is compared exactly, so that bands only may miss, and not
invent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from annotation.lib.similarity.shingles import Text

PERMUTATIONS: Final = 128
BANDS: Final = 32
_ROWS: Final = PERMUTATIONS // BANDS
_SEED: Final = 42

_ODD = np.uint64(0x9E3779B97F4A7C15)


def band_keys(texts: Sequence[Text], *, spaces: Sequence[int]) -> NDArray[np.int32]:
    """One row a text, BANDS keys each. `spaces`: one number a text; texts of different spaces share no key.

    A key of 32 bits can be shared by chance, which costs a comparison. Keys are stored: neither the library's hashes
    nor the mixing here may ever change (tests/lib/test_similarity.py holds both).
    """
    if not texts:
        return np.zeros((0, BANDS), dtype=np.int32)
    matrix = RMinHash.digest_matrix_from_token_sets([list(one.shingles) for one in texts], PERMUTATIONS, _SEED)
    digests = np.array(matrix.to_rows(), dtype=np.uint64).reshape(len(texts), BANDS, _ROWS)
    keys = np.add.outer(np.array(spaces, dtype=np.uint64) << np.uint64(8), np.arange(BANDS, dtype=np.uint64))
    for place in range(_ROWS):
        keys = (keys ^ digests[:, :, place]) * _ODD
        keys ^= keys >> np.uint64(29)
    found: NDArray[np.int32] = (keys >> np.uint64(32)).astype(np.uint32).view(np.int32)
    return found
