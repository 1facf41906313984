"""Run by an environment that has the libraries: what each of them reads from the folders, as one JSON object.

python reading.py FOLDER…
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any


def main(folders: list[Path]) -> None:
    from datasets import load_dataset
    from mlcroissant import Dataset

    told: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as cache:
        for folder in folders:
            found = load_dataset(str(folder), cache_dir=cache)
            described = Dataset(jsonld=str(folder / "croissant.json"))
            told[folder.name] = {
                "rows": {split: rows.num_rows for split, rows in found.items()},
                "first": next(iter(found.values()))[0],
                "errors": sorted(described.metadata.ctx.issues.errors),
                "fields": [field.name for field in described.metadata.record_sets[0].fields],
            }
    print(json.dumps(told, default=str))


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
