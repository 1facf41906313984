"""What the editor refuses, in words."""

from __future__ import annotations

from annotation.errors import Refusal


class NotADraft(Refusal):
    """Version {number} is published, and so it is frozen. Make a draft of the current version and change that."""

    code = "not_a_draft"
    status = 409


class DraftExists(Refusal):
    """There is a draft already, version {number}. Go on with it, or discard it and begin anew."""

    code = "draft_exists"
    status = 409


class ReasonGone(Refusal):
    """This reason is no longer in the draft: somebody merged, split or retired it. Go back to the draft and look."""

    code = "reason_gone"
    status = 409


class CodeTaken(Refusal):
    """{kind} has a reason with the code {code} already, “{title}”. Choose another code, or merge the two."""

    code = "code_taken"
    status = 409
    loc = ("code",)


class KeyTaken(Refusal):
    """The key {key} is the one of “{title}”. Free for {kind}: {free}."""

    code = "key_taken"
    status = 409
    loc = ("key",)


class KeyNotForReasons(Refusal):
    """The key {key} can't stand for a reason: those are {allowed}, and the page needs the others. Free for {kind}:
    {free}."""

    code = "key_not_for_reasons"
    status = 422
    loc = ("key",)


class UsesWithoutVerdict(Refusal):
    """Only good and bad answers can be learned from, so a reason with another outcome permits no use. Take the uses
    away, or choose another outcome."""

    code = "uses_without_verdict"
    status = 422
    loc = ("uses",)


class WrongUse(Refusal):
    """{use} teaches from {needed} answers, and this reason says that the answer is {outcome}. Take that use away, or
    choose another outcome."""

    code = "wrong_use"
    status = 422
    loc = ("uses",)


class NeededByFlywheel(Refusal):
    """Flywheel itself gives the reason {code}: an item that two people skip is resolved as that. Its title,
    definition, examples and key can be changed; its code, its outcome and its being there can't."""

    code = "needed_by_flywheel"
    status = 409


class IntoItself(Refusal):
    """A reason can't be merged into itself. Choose another one of the same signal."""

    code = "into_itself"
    status = 422
    loc = ("into",)


class NothingToBringBack(Refusal):
    """This reason is in the draft as it was, so there is nothing to bring back."""

    code = "nothing_to_bring_back"
    status = 409


class KindTaken(Refusal):
    """There is a signal kind {kind} already. Add reasons to it, or choose another name."""

    code = "kind_taken"
    status = 409
    loc = ("kind",)


class KindWithoutReasons(Refusal):
    """People would be asked about “{kind}”, which has {count} of its own. Give it at least two, or say that it isn't
    queued."""

    code = "kind_without_reasons"
    status = 409


class NothingQueued(Refusal):
    """No signal kind of this draft is queued, so nobody could be asked anything. Queue at least one."""

    code = "nothing_queued"
    status = 409


class NothingChanged(Refusal):
    """This draft is the same as version {number}: there is nothing to publish. Change something, or discard it."""

    code = "nothing_changed"
    status = 409
