"""What stands for a person in their browser, so that what one keeps there is neither shown nor sent as another's."""

from __future__ import annotations

from django.conf import settings

from annotation.lib import keyed
from annotation.models import User

_KEY = settings.HASH_KEY


def of(user: User) -> str:
    """The same for the same person of this installation on every day, and another one for everybody else."""
    return keyed.digest(_KEY, str(user.pk), purpose="browser", size=8).hex()
