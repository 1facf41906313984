"""`manage.py add_person` lets people in."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotation.access import Person
from annotation.models import AuditEvent, Feature, User


def _add(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("add_person", *arguments, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue()


def test_a_new_person_gets_a_password_that_is_shown_once(feature: Feature) -> None:
    password, said = _add("--email", "new@example.com", "--roles", "annotator,engineer", "--features", feature.slug)
    user = User.objects.get(email="new@example.com")
    assert user.check_password(password)
    assert "shown this once" in said
    assert Person(user).roles == {"annotator", "engineer"}
    assert Person(user).features == [feature]
    assert AuditEvent.objects.filter(verb="access.given", target_id=str(user.pk)).exists()


def test_a_known_person_keeps_the_password_and_gets_more_to_do(annotator: User) -> None:
    before = annotator.password
    assert _add("--email", "ANN@example.com", "--roles", "adjudicator") == (
        "",
        "ann@example.com was there already and keeps the password.\n",
    )
    annotator.refresh_from_db()
    assert annotator.password == before
    assert Person(annotator).roles == {"annotator", "adjudicator"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--email", "nobody"], "nobody is not an email address"),
        (["--email", "a@example.com", "--roles", "king"], "There is no role king. The roles are: annotator"),
        (["--email", "a@example.com", "--features", "x"], "There is no feature x. The features are: email-drafts"),
    ],
)
def test_what_can_t_be_is_said_in_words(feature: Feature, arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        _add(*arguments)
    assert not User.objects.exists()
