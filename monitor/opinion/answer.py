"""What a model may answer, and the little that follows from it. Pure.

The answer is a label and a kind from closed lists and quotes that must stand in the text; nothing else of it is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import msgspec

from monitor.classify import Classifier
from monitor.model import SECOND_OPINION, Confidence, Evidence, Extracted, Kind, Label, TextState, Verdict
from monitor.settings import SecondOpinionSettings

AnswerLabel = Literal["cut", "reversal", "hybrid", "none"]
AnswerKind = Literal[
    "event", "update", "productivity_claim", "commentary", "survey", "forecast", "roundup", "policy_legal", "off_topic"
]
MOST_QUOTES: Final = 3
QUOTE_CHARS: Final = (8, 300)  # shorter ones stand in any text
PROBABILITY: Final = 0.5  # of a label that was added: nothing has been measured
_READ: Final = frozenset({TextState.FULL, TextState.SUMMARY})


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a model answers."""

    label: AnswerLabel
    kind: AnswerKind
    quotes: tuple[str, ...]


class _Message(msgspec.Struct, frozen=True):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Message
    finish_reason: str | None = None


class _Completion(msgspec.Struct, frozen=True):
    choices: tuple[_Choice, ...]
    usage: Any = None


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a request: an answer, or what was wrong with it in words of ours; and what it cost."""

    answer: Answer | None
    fault: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None


def read(body: bytes) -> Said:
    """Return what a chat completion says; nothing of it but a valid answer is handed on."""
    try:
        completion = msgspec.json.decode(body, type=_Completion)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Said(None, "bad_answer: it is no chat completion")
    tokens = (_tokens(completion.usage, "prompt_tokens"), _tokens(completion.usage, "completion_tokens"))
    if not completion.choices:
        return Said(None, "bad_answer: it holds no choice", *tokens)
    choice = completion.choices[0]
    if choice.message.refusal or not choice.message.content:
        return Said(None, "declined: the model gave no answer", *tokens)
    if choice.finish_reason == "length":
        return Said(None, "bad_answer: it is longer than allowed", *tokens)
    try:
        return Said(msgspec.json.decode(choice.message.content, type=Answer), None, *tokens)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Said(None, "bad_answer: it is not of the schema", *tokens)


def stored(text: str | None) -> Answer | None:
    """Return an answer as it was cached; None for none."""
    return None if text is None else msgspec.json.decode(text, type=Answer)


def wanted(chosen: SecondOpinionSettings, classifier: Classifier, verdict: Verdict, article: Extracted) -> bool:
    """Return whether a verdict is to be asked about: none, less sure than set, of a text worth a look."""
    return (
        chosen.base_url is not None
        and verdict.label is Label.NONE
        and verdict.probability < chosen.below
        and article.text_state in _READ
        and classifier.first_look(article.title, article.text[: chosen.max_chars])
    )


def added(verdict: Verdict, answer: Answer, title: str, text: str) -> Verdict | None:
    """Return the verdict with the label a model added, or None where it adds none that can be shown in the text.

    A label of the rules is never touched. The kind stays theirs, unless they saw nothing of the subject; facts stay
    theirs, too.
    """
    if verdict.label is not Label.NONE or answer.label == "none":
        return None
    kind = Kind(answer.kind) if verdict.kind is Kind.OFF_TOPIC else verdict.kind
    evidence = tuple(_evidence(answer, title, text))
    if kind is Kind.OFF_TOPIC or not evidence or len(evidence) != len(answer.quotes) or len(evidence) > MOST_QUOTES:
        return None
    return replace(
        verdict,
        label=Label(answer.label),
        kind=kind,
        confidence=Confidence.LOW,
        probability=PROBABILITY,
        rule=SECOND_OPINION,
        evidence=evidence,
    )


def _evidence(answer: Answer, title: str, text: str) -> Iterator[Evidence]:
    """Yield the quotes that stand verbatim in the title or the text, with their places."""
    least, most = QUOTE_CHARS
    for quote in answer.quotes:
        if not least <= len(quote) <= most or not quote.strip():
            continue
        if (at := title.find(quote)) >= 0:
            yield Evidence("title", quote, at, at + len(quote), SECOND_OPINION)
        elif (at := text.find(quote)) >= 0:
            yield Evidence("text", quote, at, at + len(quote), SECOND_OPINION)


def _tokens(usage: Any, name: str) -> int | None:
    """Return a number of tokens as the server states it, if that is one."""
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None
