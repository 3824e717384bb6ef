"""The edge: one question to one server through the gate, cached and counted in the store, failing open."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from weakref import WeakValueDictionary

import msgspec

from monitor.classify import Classifier
from monitor.clock import Clock
from monitor.errors import FetchError
from monitor.fetch import Answered, Gate, Limits
from monitor.identity import content_hash
from monitor.model import PageRead
from monitor.opinion.answer import Answer, Said, added, read, stored, wanted
from monitor.opinion.prompt import article_sent, prompt_of, request_body
from monitor.settings import SecondOpinionSettings
from monitor.store import Store, opinions
from monitor.store.opinions import Outcome, Question

logger = logging.getLogger("monitor")

AT_ONCE: Final = 2  # requests under way; a local server works on few
MAX_BYTES: Final = 256 * 1024
LEAST_PEACE_S: Final = 60.0  # after a failure, so that a server that is down does not hold up every article
MOST_PEACE_S: Final = 86_400.0


def _nonce() -> str:
    return secrets.token_hex(12)


class Opinions:
    """Second opinions on articles; everything it needs is given to it."""

    def __init__(
        self,
        chosen: SecondOpinionSettings,
        classifier: Classifier,
        *,
        gate: Gate,
        store: Store,
        clock: Clock,
        nonce: Callable[[], str] = _nonce,
    ) -> None:
        self._chosen = chosen
        self._classifier = classifier
        self._gate = gate
        self._store = store
        self._clock = clock
        self._nonce = nonce
        self._places = asyncio.Semaphore(AT_ONCE)
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._peace_until: datetime | None = None

    async def heard(self, page: PageRead) -> tuple[PageRead, Outcome | None]:
        """Return the page, with a label if one was added, and what came of asking; None if nobody needed to be asked.

        Raises StoreError, and nothing for what the model or its server does.
        """
        if not wanted(self._chosen, self._classifier, page.verdict, page.article):
            return page, None
        title, text = page.article.title, page.article.text
        sent, cut = article_sent(title, text, self._chosen.max_chars)
        prompt = prompt_of(self._chosen.max_chars)
        question = Question(content_hash(title, text), self._chosen.model or "", prompt, cut)
        async with self._asking.setdefault(question.content_hash, asyncio.Lock()), self._places:
            outcome, answer = await self._answer(question, sent, page)
        verdict = added(page.verdict, answer, title, text) if answer is not None else None
        if verdict is not None:
            page = msgspec.structs.replace(page, verdict=verdict)
        return page, outcome

    async def _answer(self, question: Question, sent: str, page: PageRead) -> tuple[Outcome, Answer | None]:
        """Return what came of a question, with the answer, cached or new."""
        cap, now = self._chosen.monthly_cap, self._clock()
        if self._peace_until is not None:  # by a clock that may have been set back since
            self._peace_until = min(self._peace_until, now + timedelta(seconds=MOST_PEACE_S))
        reserve = partial(opinions.reserve, question=question, now=now, cap=cap, held_until=self._peace_until)
        standing = await self._store.write(reserve)
        if standing.answer is not None:
            answer = stored(standing.answer)
            return self._outcome(answer, page), answer
        if standing.outcome != "asked":
            logger.info(f"opinion.{standing.outcome}", extra={"entry_id": page.entry_id})  # noqa: G004  # one event name an outcome
            return standing.outcome, None
        said = await self._said(sent)
        outcome = self._outcome(said.answer, page)
        await self._store.write(
            partial(
                opinions.settle,
                opinion_id=standing.id,
                outcome=outcome,
                detail=said.fault,
                answer=None if said.answer is None else msgspec.json.encode(said.answer).decode(),
                tokens_in=said.tokens_in,
                tokens_out=said.tokens_out,
            )
        )
        logger.info(f"opinion.{outcome}", extra={"entry_id": page.entry_id, "detail": said.fault})  # noqa: G004  # one event name an outcome
        return outcome, said.answer

    @staticmethod
    def _outcome(answer: Answer | None, page: PageRead) -> Outcome:
        if answer is None:
            return "failed"
        if answer.label == "none":
            return "agreed"
        return "added" if added(page.verdict, answer, page.article.title, page.article.text) else "dropped"

    async def _said(self, sent: str) -> Said:
        """Return what the server says, or in words of ours why nothing can be used; after a failure it has peace."""
        chosen = self._chosen
        limits = Limits(max_bytes=MAX_BYTES, deadline_s=chosen.deadline_s, headers_s=chosen.deadline_s)
        headers = {"Content-Type": "application/json"}
        if chosen.api_key:
            headers["Authorization"] = f"Bearer {chosen.api_key}"
        url = f"{(chosen.base_url or '').rstrip('/')}/chat/completions"
        body = request_body(chosen.model or "", sent, self._nonce())
        try:
            answered = await self._gate.ask(url, body=body, headers=headers, limits=limits)
        except FetchError as error:
            self._give_peace(None)
            return Said(None, f"{error.reason}: {error.detail}"[:300])
        except Exception as error:  # the verdict stands, whatever happens to be wrong
            logger.exception("opinion.crashed")
            self._give_peace(None)
            return Said(None, f"crashed: {type(error).__name__}")
        if not 200 <= answered.status < 300:
            self._give_peace(answered.retry_after_s)
            return Said(None, _refused(answered))
        return read(answered.body)

    def _give_peace(self, asked_s: float | None) -> None:
        seconds = min(max(asked_s or 0.0, LEAST_PEACE_S), MOST_PEACE_S)
        self._peace_until = self._clock() + timedelta(seconds=seconds)


def _refused(answered: Answered) -> str:
    """Return in words of ours what a status that is no success means; what stands in its body is not told."""
    if answered.status == 429:
        return "rate_limited: the server answered 429"
    if 300 <= answered.status < 400:
        return f"redirect_blocked: the server answered {answered.status}; redirects are not followed"
    return f"{'http_5xx' if answered.status >= 500 else 'http_4xx'}: the server answered {answered.status}"
