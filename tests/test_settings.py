"""Settings: documented as they are, and wrong ones refused in words."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from flywheel_app import config

TABLE = (config.ROOT / "docs/reference/settings.md").read_text()


@pytest.mark.parametrize("name", list(config.Config.model_fields))
def test_each_setting_stands_in_the_table_as_it_is(name: str) -> None:
    setting = config.Config.model_fields[name]
    default = "required" if setting.is_required() else f"`{str(setting.default).lower()}`"
    assert f"| `{name.upper()}` | {default} | {setting.description} |" in TABLE.splitlines()


def test_the_table_names_no_setting_that_does_not_exist() -> None:
    named = [line.split("`")[1].lower() for line in TABLE.splitlines() if line.startswith("| `")]
    assert named == list(config.Config.model_fields)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"DATABASE_URL": "sqlite:///x.db"}, "DATABASE_URL must start with postgresql://"),
        ({"REDIS_URL": "memory://"}, "REDIS_URL must start with redis://"),
        ({"STORAGE_URL": "file://relative"}, "STORAGE_URL must be file:// and an absolute folder"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY String should have at least 32 characters"),
        ({"JUDGE_BASE_URL": "api.example.com/v1"}, "JUDGE_BASE_URL must be http:// or https:// and a host"),
        ({"WEBHOOK_NETWORKS": "10.0.0.0/8,intranet"}, "WEBHOOK_NETWORKS must be networks by comma"),
        ({"OIDC_ISSUER": "login.example.com"}, "OIDC_ISSUER must be http:// or https:// and a host"),
        ({"OIDC_ISSUER": "https://login.example.com"}, "OIDC_CLIENT_ID has to be set with OIDC_ISSUER"),
        ({"OIDC_ADMITS": "domain"}, "OIDC_DOMAIN has to be set with OIDC_ADMITS=domain"),
        ({"OIDC_DOMAIN": "@example.com"}, "OIDC_DOMAIN must be a domain alone"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES Input should be greater than or equal to 0"),
        ({"HASH_KEY": ""}, "HASH_KEY is not set."),
    ],
)
def test_a_wrong_setting_ends_the_start_in_words(wrong: dict[str, str], sentence: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import flywheel_app.settings"],
        env=os.environ | wrong,
        cwd=config.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert "make demo" in ended.stderr
    assert "Traceback" not in ended.stderr
