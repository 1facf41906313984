"""What stages and the waits between them are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STAGES = {
    "occurred": _("Occurred"),
    "ingested": _("Ingested"),
    "queued": _("Queued"),
    "labeled": _("Labeled"),
    "resolved": _("Resolved"),
    "exported": _("Exported"),
    "trained": _("Trained"),
    "deployed": _("Deployed"),
    "first_changed": _("First changed"),
}

# By the stage at which something waits.
UNTIL = {
    "occurred": _("until it arrives"),
    "ingested": _("until it is queued"),
    "queued": _("until it is labeled"),
    "labeled": _("until people agree"),
    "resolved": _("until an export"),
    "exported": _("until a training run"),
    "trained": _("until it is deployed"),
    "deployed": _("until the first changed answer"),
}

PARTS = {
    "labeling": _("until people have worked off what is open"),
    "export": _("until the next export that a training run uses"),
    "turn": _("from that export to the first changed answer"),
}
