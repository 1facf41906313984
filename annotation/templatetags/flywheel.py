"""Template helpers of Flywheel."""

from __future__ import annotations

from django import template

register = template.Library()
