"""What the form of a queue sends."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from annotation import taxonomy
from annotation.access import ANNOTATOR
from annotation.models import Feature, Queue, TaxonomyVersion, User
from annotation.queues import setup
from annotation.web.queues import words

MAX_GUIDELINE = 20_000
MAX_OVERLAP = 50
MAX_HOURS = 8760
MAX_RANK = 1_000_000


def _share(**texts: Any) -> forms.FloatField:
    return forms.FloatField(min_value=0, max_value=1, widget=forms.NumberInput(attrs={"step": "any"}), **texts)


def _whole(low: int, high: int, **texts: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=low, max_value=high, **texts)


class QueueForm(forms.Form):
    """A queue's settings, by their names in the contract. `seen`: which changes were shown before they are made."""

    rank = _whole(
        -MAX_RANK, MAX_RANK, label=_("Rank"), help_text=_("Lower is asked first. Of equal ranks the older queue is.")
    )
    signal_kinds = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Kinds of signals"),
        help_text=_("None chosen: every kind that no queue of a lower rank takes."),
    )
    overlap = _whole(
        1,
        MAX_OVERLAP,
        label=_("Labels an item"),
        help_text=_("So many people answer about each item, at first (overlap)."),
    )
    overlap_max = _whole(
        1,
        MAX_OVERLAP,
        label=_("Labels at most"),
        help_text=_("Where nothing is certain enough, and for the share below."),
    )
    full_overlap_share = _share(
        label=_("Share labeled by as many as may"),
        help_text=_("Of items, from 0 to 1, drawn at random: agreement is measured on them. Only above one label."),
    )
    stop_at = _share(
        label=_("Certain enough at"),
        help_text=_("From 0 to 1: so likely an answer must be. Where people are weighed; a majority doesn't use it."),
    )
    consensus = forms.ChoiceField(choices=list(words.CONSENSUS.items()), label=_("How labels decide"))
    mix = _share(
        label=_("Weight (mix)"),
        help_text=_(
            "1: all items alike. Below 1: items whose answer is hard to foresee come up to five times as often; the "
            "rates stay honest, since each item's chance is known."
        ),
    )
    delay_hours = _whole(
        0, MAX_HOURS, label=_("Delay in hours"), help_text=_("So long a signal waits for what the user does next.")
    )
    limit_hours = _whole(
        0,
        MAX_HOURS,
        label=_("Limit in hours"),
        help_text=_("So long after a day's end its items can still be reached."),
    )
    lease_minutes = _whole(
        1, 1440, label=_("Hold in minutes"), help_text=_("So long an item stays with who opened it and does nothing.")
    )
    gold_share = _share(
        label=_("Share of gold items"),
        help_text=_("From 0 to 1: items whose answer is known, to see how often people are right."),
    )
    second_look_share = _share(
        label=_("Share of second looks"),
        help_text=_("Of what people decided, from 0 to 1: somebody else is asked too."),
    )
    show_suggestions = forms.BooleanField(
        required=False, label=_("Show what rules and judges suggest"), help_text=_("Labels may lean to what is shown.")
    )
    taxonomy_version = forms.ModelChoiceField(
        TaxonomyVersion.objects.filter(published_at__isnull=False).order_by("-number"),
        to_field_name="number",
        required=False,
        empty_label=_("always the latest"),
        label=_("Taxonomy version"),
    )
    members = forms.ModelMultipleChoiceField(
        User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Who labels"),
        help_text=_("Nobody chosen: all annotators of the feature. Admins always may."),
    )
    guideline = forms.CharField(
        max_length=MAX_GUIDELINE,
        required=False,
        label=_("Guideline"),
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Markdown. Annotators have it beside each item, one key away."),
    )
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, sent: QueryDict | None = None, *, feature: Feature, queue: Queue | None = None) -> None:
        self.feature, self.queue = feature, queue
        super().__init__(sent, initial=_initial(queue))
        kinds = self.fields["signal_kinds"]
        assert isinstance(kinds, forms.MultipleChoiceField)
        kinds.choices = [(kind, kind) for kind in _kinds(queue)]
        members = self.fields["members"]
        assert isinstance(members, forms.ModelMultipleChoiceField)
        members.queryset = people(feature, queue)

    def clean(self) -> dict[str, Any]:
        sent = self.cleaned_data
        if "overlap" in sent and "overlap_max" in sent and sent["overlap_max"] < sent["overlap"]:
            self.add_error("overlap_max", _t("At least as many as “Labels an item”, or fewer there."))
        return sent

    def wanted(self) -> dict[str, Any]:
        """The settings as `setup` takes them; the form must be valid."""
        values = {name: self.cleaned_data[name] for name in setup.CHANGEABLE_OF_QUEUE}
        return values | {"members": list(values["members"]), "guideline": values["guideline"].replace("\r\n", "\n")}

    def planned(self) -> Queue:
        """The queue as it would be, not saved."""
        values = {name: value for name, value in self.wanted().items() if name != "members"}
        own = {"pk": self.queue.pk, "created_at": self.queue.created_at} if self.queue else {}
        return Queue(feature=self.feature, name=self.queue_name(), **own, **values)

    def queue_name(self) -> str:
        return self.queue.name if self.queue else str(self.cleaned_data["name"])

    def differences(self) -> dict[str, list[Any]]:
        """What it would change, by name: [before, after]. Of a new queue: what isn't as usual."""
        if self.queue is not None:
            return setup.queue_differences(queue=self.queue, wanted=self.wanted())
        return setup.unusual(wanted=self.wanted())


class NewQueueForm(QueueForm):
    name = forms.SlugField(
        max_length=100,
        label=_("Name"),
        help_text=_("Letters, digits, “-” and “_”. It stands in addresses and never changes."),
        error_messages={"required": _("Give it a name: people and programs find it by that.")},
    )

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if Queue.objects.filter(feature=self.feature, name=name).exists():
            raise forms.ValidationError(
                _t("This feature has a queue with this name. Choose another, or open that one.")
            )
        return name


def people(feature: Feature, queue: Queue | None) -> QuerySet[User]:
    """Who can be chosen: annotators of the feature, and who is chosen already."""
    annotators = Q(groups__name=ANNOTATOR, memberships__feature=feature, is_active=True)
    chosen = Q(queues=queue) if queue is not None else Q(pk__in=[])
    return User.objects.filter(annotators | chosen).distinct().order_by("name", "email")


def _kinds(queue: Queue | None) -> list[str]:
    """Those that its taxonomy version asks about, in its order, and those that it names beside them."""
    version = taxonomy.of_queue(queue) if queue is not None else taxonomy.current()
    known = list(version.kinds.filter(is_queued=True).values_list("kind", flat=True))
    named = queue.signal_kinds if queue is not None else []
    return known + sorted(set(named) - set(known))


def _initial(queue: Queue | None) -> dict[str, Any]:
    source: object = queue or setup.QueueSpec(name="")
    values = {name: getattr(source, name) for name in setup.CHANGEABLE_OF_QUEUE if name != "members"}
    values["taxonomy_version"] = values["taxonomy_version"] and values["taxonomy_version"].number
    members = list(queue.members.values_list("pk", flat=True)) if queue is not None else []
    return {name: _plain(value) for name, value in values.items()} | {"members": members}


def _plain(value: Any) -> Any:
    """A whole share without its “.0”."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
