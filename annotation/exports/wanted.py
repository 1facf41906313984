"""What can be asked for: the contract's names, checked one by one, in one normal form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from annotation.errors import Refusal
from annotation.lib import rfc3339
from annotation.lib.documented import STORABLE, Documented
from annotation.models import Reason

OPENAI = {"openai_sft": "sft", "openai_dpo": "preference"}
"""What services that fine-tune read, and the format that holds the same in TRL's keys."""
FORMATS = ("sft", "preference", "kto", *OPENAI, "reasons")
CONTAINERS = ("jsonl", "jsonl.gz", "parquet", "csv")
SPLITS = ("train", "validation", "test")
DEFAULT_SPLITS = {"train": 0.8, "validation": 0.1, "test": 0.1}
GROUPINGS = ("conversation", "user", "component")
SPLIT_BY = ("group", "time")
DECIDING_SOURCES = ("human", "gold")
SOURCES = (*DECIDING_SOURCES, "rule", "judge")
OUTCOMES = tuple(Reason.Outcome.values)
SHARES: dict[str, Any] = {
    "propertyNames": {"enum": list(SPLITS)},
    "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1},
}


class Unfit(Refusal):
    """The request doesn't fit. {problems}"""

    code = "invalid"
    status = 422


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("holds the character U+0000, which no database text can hold: leave it out")
    return value


def _time(value: object) -> datetime:
    return value if isinstance(value, datetime) else rfc3339.parse(value)


def _normal(values: list[str]) -> list[str]:
    return sorted(set(values))


Text: TypeAlias = Annotated[str, AfterValidator(_no_nul), Documented({"pattern": STORABLE})]
Names: TypeAlias = Annotated[list[Text], AfterValidator(_normal)]
Time: TypeAlias = Annotated[datetime, BeforeValidator(_time), WithJsonSchema({"type": "string", **rfc3339.SCHEMA})]


def _one_of(words: tuple[str, ...]) -> Any:
    """In the document; what another word is, `request.check` says with what it doesn't fit."""
    return Field(json_schema_extra={"enum": list(words)})


def _some_of(words: tuple[str, ...]) -> Any:
    return Field(default=[], json_schema_extra={"items": {"type": "string", "enum": list(words)}})


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True)


class Filters(_Strict):
    """Which items are wanted. An empty list asks for all; the period is by `occurred_at`, `to` not included."""

    signal_kinds: Names = []
    outcomes: Names = _some_of(OUTCOMES)
    reasons: Names = []
    sources: Names = _some_of(SOURCES)
    model_versions: Names = []
    from_: Time | None = Field(default=None, alias="from")
    to: Time | None = None
    min_confidence: float | None = Field(default=None, ge=0, le=1)


class ExportRequest(_Strict):
    """One dataset, by the contract's names.

    Rows of one group fall into one split: of a conversation, a user, or, by `component`, of all that users,
    conversations and near-duplicates hold together. `split_by` group draws the split of each group; by time, the newest
    groups are the test, those before them the validation. `seed` 0 and `group_by` conversation unless said. `splits` is
    ignored by the format reasons, which is all train, and with `purpose: evaluation`, which is all test.
    """

    feature: Text
    format: Annotated[Text, _one_of(FORMATS)]
    container: Annotated[Text, _one_of(CONTAINERS)] = "jsonl"
    filters: Filters = Filters()
    splits: dict[str, float] = Field(default=DEFAULT_SPLITS, json_schema_extra=SHARES)
    group_by: Annotated[Text, _one_of(GROUPINGS)] = "conversation"
    split_by: Annotated[Text, _one_of(SPLIT_BY)] = "group"
    seed: int = Field(default=0, ge=-(2**63), lt=2**63)
    purpose: Literal["training", "evaluation"] = "training"
    override: Text | None = Field(default=None, max_length=2000)
    since: Text | None = None

    @property
    def is_split(self) -> bool:
        """Whether rows are dealt to splits by the plan of this seed and grouping."""
        return self.format != "reasons" and self.purpose == "training"

    @property
    def is_by_component(self) -> bool:
        return self.is_split and self.group_by == "component"

    @property
    def is_by_time(self) -> bool:
        return self.is_split and self.split_by == "time"

    def ratios(self) -> dict[str, float]:
        """The shares above 0 in the order train, validation, test."""
        return {name: self.splits[name] for name in SPLITS if self.splits.get(name)}

    def normal(self) -> dict[str, Any]:
        """The request as it is kept: every default filled in, lists sorted, times in UTC."""
        data = self.model_dump(mode="json", by_alias=True)
        data["splits"] = self.ratios()
        for edge, time in (("from", self.filters.from_), ("to", self.filters.to)):
            data["filters"][edge] = time.astimezone(UTC).isoformat() if time else None
        return data


def containers(format: str) -> tuple[str, ...]:
    """Those in which a format is written. OpenAI's are lines of JSON, and conversations make no table of texts."""
    if format in OPENAI:
        return ("jsonl",)
    return CONTAINERS if format == "reasons" else ("jsonl", "jsonl.gz", "parquet")


def parse(data: object) -> ExportRequest:
    """The request in a JSON object. Raises Unfit."""
    try:
        return ExportRequest.model_validate(data)
    except ValidationError as error:
        told = [
            f"{'.'.join(map(str, one['loc']))}: {one['msg'].removeprefix('Value error, ')}" for one in error.errors()
        ]
        raise Unfit(problems="; ".join(told)) from error
