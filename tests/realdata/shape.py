"""The contract's record, read strictly: for tests of senders, and apart from the code that ingests."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(min_length=1)]

Kind = Literal[
    "accepted",
    "edited",
    "abandoned",
    "regenerated",
    "dismissed",
    "copied",
    "thumbs_up",
    "thumbs_down",
    "escalated",
    "later_result",
]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Message(_Strict):
    role: Literal["system", "user", "assistant", "tool"]
    content: str


class Signal(_Strict):
    id: Text | None = None
    kind: Kind
    observed_at: AwareDatetime
    details: dict[str, Any] = {}


class Exposure(_Strict):
    set_id: Text
    rank: int = Field(ge=1)
    of: int = Field(ge=1)
    propensity: float | None = Field(default=None, gt=0, le=1)


class Interaction(_Strict):
    """Validate it from JSON text, as it is sent: a time that isn't text, or lacks its offset, doesn't pass."""

    feature: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    id: Text
    occurred_at: AwareDatetime
    output: Text | Annotated[list[Message], Field(min_length=1)]
    conversation_id: Text | None = None
    user_key: Text | None = None
    model_version: Text | None = None
    request_model: Text | None = None
    response_model: Text | None = None
    input: str | Annotated[list[Message], Field(min_length=1)] | None = None
    final_text: str | None = None
    exposure: Exposure | None = None
    replaces: Text | None = None
    metadata: dict[str, Any] = {}
    signals: list[Signal] = []

    @model_validator(mode="after")
    def _signals_follow_what_they_are_about(self) -> Interaction:
        for signal in self.signals:
            if signal.observed_at < self.occurred_at:
                raise ValueError(f"{signal.kind} was observed before the interaction occurred")
        return self
