"""The tables, one module a room. Each table is written by one room alone; `docs/adr/0002` says which and why."""

from annotation.models.access import ApiToken, Invitation, Membership, Session, User
from annotation.models.audit import AuditEvent
from annotation.models.backlog import Alarm, Alert, BacklogCount, ItemMove
from annotation.models.closure import ClosureMark, ClosureTally, Deployment, ExportSet, Ledger, TrainingRun
from annotation.models.consensus import ConsensusFit, ConsensusReliability, ConsensusRevision, ConsensusRun
from annotation.models.erasures import Erasure, RetentionCount
from annotation.models.exports import (
    Export,
    ExportHygiene,
    ExportRow,
    ExportShard,
    ExportWithdrawal,
    Rewriting,
    SplitAssignment,
    SplitPlan,
)
from annotation.models.gold import KnownAnswer
from annotation.models.imports import Import, ImportRefusal
from annotation.models.interactions import (
    Evidence,
    EvidenceDue,
    Feature,
    Interaction,
    InteractionContent,
    Signal,
    SignalContent,
    Tombstone,
    WaitingSignal,
)
from annotation.models.jobs import Held, Job
from annotation.models.judges import Judge, JudgeAsk, JudgeCall, JudgeCallContent, JudgeRun, JudgeVersion
from annotation.models.labels import Draft, Flag, FlagContent, Label, LabelContent, Rater, Skip
from annotation.models.loops import LoopFigures, VersionFigures
from annotation.models.mending import MendedCase, MendedJudgement, MendedLease, MendedPair, MendedSearch
from annotation.models.otlp import PartialCall, ResponseId
from annotation.models.queues import Cohort, DelayedSignal, Item, Lease, Queue, SamplingDesign
from annotation.models.recipes import Delivery, Firing, Recipe, Webhook
from annotation.models.redecisions import Redecision
from annotation.models.remaps import Relabel, Remap
from annotation.models.reviews import ReviewNote, ReviewNoteContent
from annotation.models.rewards import DelayedOutcome
from annotation.models.rules import Rule, RuleRun, RuleVersion
from annotation.models.signatures import Signature, SignatureDue
from annotation.models.system import Installation, Worker
from annotation.models.taxonomy import Reason, ReasonMapping, SignalKind, TaxonomyVersion
from annotation.models.triggers import Trigger, TriggerFiring
from annotation.models.validity import Audit, Calibration, Cell, Correction, Look, Part, Term, TermSheet

__all__ = [
    "Alarm",
    "Alert",
    "ApiToken",
    "Audit",
    "AuditEvent",
    "BacklogCount",
    "Calibration",
    "Cell",
    "ClosureMark",
    "ClosureTally",
    "Cohort",
    "ConsensusFit",
    "ConsensusReliability",
    "ConsensusRevision",
    "ConsensusRun",
    "Correction",
    "DelayedOutcome",
    "DelayedSignal",
    "Delivery",
    "Deployment",
    "Draft",
    "Erasure",
    "Evidence",
    "EvidenceDue",
    "Export",
    "ExportHygiene",
    "ExportRow",
    "ExportSet",
    "ExportShard",
    "ExportWithdrawal",
    "Feature",
    "Firing",
    "Flag",
    "FlagContent",
    "Held",
    "Import",
    "ImportRefusal",
    "Installation",
    "Interaction",
    "InteractionContent",
    "Invitation",
    "Item",
    "ItemMove",
    "Job",
    "Judge",
    "JudgeAsk",
    "JudgeCall",
    "JudgeCallContent",
    "JudgeRun",
    "JudgeVersion",
    "KnownAnswer",
    "Label",
    "LabelContent",
    "Lease",
    "Ledger",
    "Look",
    "LoopFigures",
    "Membership",
    "MendedCase",
    "MendedJudgement",
    "MendedLease",
    "MendedPair",
    "MendedSearch",
    "Part",
    "PartialCall",
    "Queue",
    "Rater",
    "Reason",
    "ReasonMapping",
    "Recipe",
    "Redecision",
    "Relabel",
    "Remap",
    "ResponseId",
    "RetentionCount",
    "ReviewNote",
    "ReviewNoteContent",
    "Rewriting",
    "Rule",
    "RuleRun",
    "RuleVersion",
    "SamplingDesign",
    "Session",
    "Signal",
    "SignalContent",
    "SignalKind",
    "Signature",
    "SignatureDue",
    "Skip",
    "SplitAssignment",
    "SplitPlan",
    "TaxonomyVersion",
    "Term",
    "TermSheet",
    "Tombstone",
    "TrainingRun",
    "Trigger",
    "TriggerFiring",
    "User",
    "VersionFigures",
    "WaitingSignal",
    "Webhook",
    "Worker",
]
