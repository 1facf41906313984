"""What others publish of the rows that they read, as models that refuse every other key.

OpenAI: the schemas of a line for fine-tuning and for preferences, `FineTuneChatRequestInput` and
`FineTunePreferenceRequestInput` of its OpenAPI document. Axolotl: the keys of a data set in its configuration
(`SFTDataset`, `DPODataset`), and what its strategies `chat_template` and `chat_template.default` do with a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


def _is_json(text: str) -> str:
    assert isinstance(orjson.loads(text), dict)
    return text


class Function(Strict):
    name: str = Field(min_length=1)
    arguments: Annotated[str, AfterValidator(_is_json)]


class Call(Strict):
    id: str
    type: Literal["function"]
    function: Function


class System(Strict):
    role: Literal["system"]
    content: str
    name: str = ""


class User(Strict):
    role: Literal["user"]
    content: str
    name: str = ""


class Assistant(Strict):
    role: Literal["assistant"]
    content: str
    name: str = ""
    tool_calls: list[Call] = Field(default=[])

    @model_validator(mode="after")
    def says_something(self) -> Assistant:
        assert self.content.strip() or self.tool_calls
        return self


class Weighed(Assistant):
    weight: Literal[0, 1] = 1


class Answer(Strict):
    role: Literal["tool"]
    content: str
    tool_call_id: str


class ToolFunction(Strict):
    name: str
    description: str = ""
    parameters: dict[str, Any] = {}
    strict: bool = False


class Tool(Strict):
    type: Literal["function"]
    function: ToolFunction


Message: TypeAlias = Annotated[System | User | Weighed | Answer, Field(discriminator="role")]


class Conversation(Strict):
    """Calls are answered by the messages right after them; a conversation may end with a call."""

    messages: list[Message] = Field(min_length=1)
    tools: list[Tool] = Field(default=[])
    parallel_tool_calls: bool = True

    @model_validator(mode="after")
    def each_call_is_answered(self) -> Conversation:
        waiting: set[str] = set()
        for message in self.messages:
            if isinstance(message, Answer):
                waiting.remove(message.tool_call_id)
                continue
            assert not waiting
            if isinstance(message, Assistant):
                waiting = {call.id for call in message.tool_calls}
        return self


class Pair(Strict):
    input: Conversation
    preferred_output: list[Assistant] = Field(min_length=1, max_length=1)
    non_preferred_output: list[Assistant] = Field(min_length=1, max_length=1)

    @model_validator(mode="after")
    def differs(self) -> Pair:
        assert self.preferred_output != self.non_preferred_output
        return self


class AxolotlData(Strict):
    """Those of its keys that we may write."""

    path: str
    split: str
    type: Literal["chat_template", "chat_template.default"]
    field_messages: str
    field_chosen: str | None = None
    field_rejected: str | None = None
    message_field_training: str | None = None
    message_property_mappings: dict[str, str]
    roles: dict[str, list[str]]


class Axolotl(Strict):
    rl: Literal["dpo"] | None = None
    chat_template: Literal["tokenizer_default"]
    datasets: list[AxolotlData] = Field(min_length=1, max_length=1)
    test_datasets: list[AxolotlData] = Field(default=[])


def as_axolotl_reads(told: AxolotlData, row: Mapping[str, Any]) -> dict[str, Any]:
    """The turns and what of them is trained on; of pairs also the two answers."""
    names = {source: target for target, sources in told.roles.items() for source in sources}
    mapped = told.message_property_mappings

    def turn(message: Mapping[str, Any]) -> dict[str, Any]:
        made = {"role": names[message[mapped["role"]]], "content": message[mapped["content"]]}
        if told.message_field_training is not None:
            trained = message.get(told.message_field_training)
            made["is_trained"] = bool(trained) if trained is not None else made["role"] == "assistant"
        return made

    found: dict[str, Any] = {"turns": [turn(one) for one in row[told.field_messages]]}
    for field in filter(None, (told.field_chosen, told.field_rejected)):
        answer = row[field]
        found[field] = turn(answer if isinstance(answer, dict) else answer[-1])
    return found
