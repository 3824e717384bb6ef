"""A chat server on loopback that speaks the OpenAI protocol as far as we use it, and answers as a test wants.

It refuses what a real one would refuse: no JSON, no model, no messages, a response format it does not know.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final

from faults.hostile import HostileServer, Page, Seen

PATH: Final = "/v1/chat/completions"
JSON: Final = {"Content-Type": "application/json"}


def completion(content: object, *, finish_reason: str = "stop", refusal: str | None = None, usage: Any = None) -> bytes:
    """Return a chat completion whose message holds this text, or this value as JSON."""
    said = content if isinstance(content, str) or content is None else json.dumps(content)
    message = {"role": "assistant", "content": said, "refusal": refusal}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    tokens = {"prompt_tokens": 900, "completion_tokens": 40, "total_tokens": 940} if usage is None else usage
    return json.dumps({"id": "x", "object": "chat.completion", "choices": [choice], "usage": tokens}).encode()


def says(label: str, *quotes: str, kind: str = "event") -> bytes:
    """Return a completion of the schema."""
    return completion({"label": label, "kind": kind, "quotes": list(quotes)})


class Model(HostileServer):
    """The server; `answer` gives the body for the article as it was sent."""

    def __init__(self, answer: Callable[[str], bytes] | bytes = b"") -> None:
        super().__init__()
        self.answer = answer
        self.behave(PATH, self._complete)

    @property
    def base_url(self) -> str:
        return self.url("/v1")

    @property
    def questions(self) -> list[Any]:
        """The requests that came, as JSON."""
        return [json.loads(seen.body) for seen in self.asked(PATH)]

    async def _complete(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        fault = _fault(seen)
        if fault is not None:
            page = Page(json.dumps({"error": {"message": fault}}).encode(), tuple(JSON.items()), 400)
        else:
            article = json.loads(seen.body)["messages"][-1]["content"]
            body = self.answer(article) if callable(self.answer) else self.answer
            page = Page(body, tuple(JSON.items()))
        writer.write(page.answer(seen))
        await writer.drain()


def _fault(seen: Seen) -> str | None:
    """Return what a server of this protocol would refuse a request for."""
    try:
        asked = json.loads(seen.body)
    except ValueError:
        return "no JSON"
    wanted = asked.get("response_format") or {}
    schema = wanted.get("json_schema", {}).get("schema", {})
    checks = {
        "a POST": seen.method == "POST",
        "application/json": seen.header("content-type") == "application/json",
        "a model": isinstance(asked.get("model"), str) and bool(asked["model"]),
        "messages": [one.get("role") for one in asked.get("messages", [])] == ["system", "user"],
        "json_schema": wanted.get("type") == "json_schema" and wanted["json_schema"].get("strict") is True,
        "a closed schema": schema.get("additionalProperties") is False
        and schema.get("required") == list(schema.get("properties", {})),
        "temperature 0": asked.get("temperature") == 0,
        "no stream": asked.get("stream") is False,
    }
    return next((f"must have {name}" for name, kept in checks.items() if not kept), None)
