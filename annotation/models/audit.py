"""Who did what to what."""

from __future__ import annotations

import pgtrigger
from django.db import models


class AuditEvent(models.Model):
    """One change, in ids, codes and counts: never text that somebody wrote. Append-only."""

    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    user = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True)
    token = models.ForeignKey("annotation.ApiToken", on_delete=models.PROTECT, null=True)
    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, null=True)
    target_type = models.CharField(max_length=40)
    target_id = models.CharField(max_length=60)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["-at"], name="audit_recent"),
            models.Index(fields=["target_type", "target_id"], name="audit_target"),
            models.Index(fields=["verb"], name="audit_verb"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_type} {self.target_id}"
