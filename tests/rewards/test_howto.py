"""docs/howto/outcomes.md is true: its lines are run as they stand, against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from annotation.models import Feature
from flywheel_app import config
from tests import cast
from tests.rewards.world import conversations

pytestmark = pytest.mark.django_db(transaction=True)

HOWTO = (config.ROOT / "docs/howto/outcomes.md").read_text()
LINES = "\n".join(re.findall(r"```bash\n(.+?)```", HOWTO, re.DOTALL))


def test_an_outcome_is_sent_named_listed_as_a_reward_and_audited(
    feature: Feature, tmp_path: Path, live_server: Any
) -> None:
    conversations(feature, 1, good=0, silent=1)
    told = os.environ | {"FLYWHEEL_URL": live_server.url, "FLYWHEEL_TOKEN": cast.token()[1], "interaction": "gen_0"}
    done = subprocess.run(["bash", "-eu", "-c", LINES], cwd=tmp_path, env=told, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (reward,) = json.loads((tmp_path / "rewards.json").read_text())["results"]
    assert (reward["reward"], reward["led_to_it"]) == (1, ["gen_0"])
    (outcome,) = json.loads((tmp_path / "outcomes.json").read_text())["outcomes"]
    assert (outcome["name"], outcome["days"]) == ("resolved_without_contact", 7)
