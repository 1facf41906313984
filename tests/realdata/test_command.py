from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from tests import realdata
from tests.realdata import __main__ as command
from tests.realdata import mlqe_pe_en_de_dev, sources


@realdata.requires("mlqe_pe_en_de_dev", "realhumaneval")
def test_the_command_prints_one_record_a_line_in_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding="ascii"))
    command.main(["mlqe_pe_en_de_dev", "realhumaneval"])

    lines = printed.getvalue().decode("utf-8").removesuffix("\n").split("\n")
    expected = [*sources.records("mlqe_pe_en_de_dev"), *sources.records("realhumaneval")]
    assert [json.loads(line) for line in lines] == expected


def test_the_command_names_the_sources_it_knows(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["nothing-of-the-kind"])

    assert "mlqe_pe_en_de_dev" in capsys.readouterr().err


def test_missing_data_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLYWHEEL_REAL_DATA", str(tmp_path))
    with pytest.raises(SystemExit):
        command.main(["realhumaneval"])

    said = capsys.readouterr()
    assert said.out == ""
    assert f"{tmp_path / 'realhumaneval'} is missing. Set FLYWHEEL_REAL_DATA" in said.err


def test_tests_of_missing_data_are_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / mlqe_pe_en_de_dev.FOLDER).mkdir()
    monkeypatch.setenv("FLYWHEEL_REAL_DATA", str(tmp_path))
    missing = realdata.requires("realhumaneval", "mlqe_pe_en_de_dev").mark
    present = realdata.requires("mlqe_pe_en_de_dev").mark

    assert missing.args == (True,)
    assert str(tmp_path / "realhumaneval") in missing.kwargs["reason"]
    assert str(tmp_path / "mlqe_pe_en_de_dev") not in missing.kwargs["reason"]
    assert present.args == (False,)
