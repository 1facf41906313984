from __future__ import annotations

import subprocess
import sys

from annotation.errors import Refusal
from flywheel_app.local import supervise
from flywheel_app.local.supervise import Service, Supervisor


class Broken(Refusal):
    """It can't start today."""


def _supervised(code: str) -> tuple[Supervisor, Service, list[str]]:
    said: list[str] = []
    supervisor = Supervisor(say=said.append)
    service = Service("worker", lambda: subprocess.Popen([sys.executable, "-c", code]), lambda: False)
    supervisor.start(service)
    return supervisor, service, said


def test_a_child_that_ends_is_said_in_words_and_started_again() -> None:
    supervisor, service, said = _supervised("import sys; sys.exit(3)")
    first = service.process
    assert first
    first.wait()
    supervisor.tend(now=service.started + 1)
    assert said == ["The worker ended (code 3). Starting it again."]
    assert service.process
    assert service.process is not first
    service.process.wait()


def test_one_that_keeps_ending_is_started_ever_later() -> None:
    supervisor, service, said = _supervised("")
    now = service.started
    for _ in range(3):
        assert service.process
        service.process.wait()
        supervisor.tend(now=now)
        now = service.due
        supervisor.tend(now=now)
    assert [sentence.rpartition("again")[2] for sentence in said] == [".", " in 1 s.", " in 2 s."]
    assert service.process
    service.process.wait()
    assert supervise.pause(failures=50) == supervise.LONGEST_PAUSE


def test_one_that_lived_long_is_started_at_once() -> None:
    supervisor, service, said = _supervised("")
    service.failures = 9
    assert service.process
    service.process.wait()
    supervisor.tend(now=service.started + supervise.RECOVERED_AFTER + 1)
    assert said == ["The worker ended (code 0). Starting it again."]
    assert service.process
    service.process.wait()


def test_one_that_can_not_start_is_tried_again_later() -> None:
    supervisor, service, said = _supervised("")
    assert service.process
    service.process.wait()

    def refuse() -> subprocess.Popen[bytes]:
        raise Broken

    service.start = refuse
    now = service.started + 1
    supervisor.tend(now=now)
    assert said[-1] == "It can't start today."
    assert service.is_down()
    supervisor.tend(now=now)
    assert len(said) == 2
    supervisor.tend(now=service.due)
    assert len(said) == 3
