"""The one Django app: its tables form a ring, and any cut into apps would cut foreign keys (docs/adr/0001)."""

from __future__ import annotations

from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "annotation"
    verbose_name = "Flywheel"
