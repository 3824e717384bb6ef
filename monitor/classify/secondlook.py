"""The second look: is a page that has been fetched worth extracting? By title, summary and its running text."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, compress
from math import exp
from typing import Final

from monitor.classify import words
from monitor.classify.sentences import split
from monitor.classify.weights import Weights
from monitor.model import Label


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What does the work of people, by names that name little else.
_MACHINES: Final = _set("""
    ai artificial genai generative chatgpt gpt copilot openai anthropic llm llms agentic agentforce algorithm algorithms
    algorithmic chatbot chatbots bot bots voicebot voicebots callbot callbots automation automate automates automated
    automating automatic automatically robot robots robotic robotics robo machine machines synthetic software generator
    ki roboter robotern sprachmodell sprachmodelle automatisierung ia automatisation robotisation chattbot chattbotar
    chattbotten robotar automatisering generators generated cloned avatar avatars kiosk kiosks touchscreen touchscreens
    optimiser optimizer assistant checkout checkouts
""")
# What may, beside people in the same paragraph.
_MAYBE: Final = _set("""
    agent agents app apps assistants camera cameras chat claude computer computers digital drone drones engine engines
    gadget gemini intelligence language learning model models optimisation program programme programs screen screens
    self system systems tablet tablets tech technology tool tools virtual vision voice voices
""")
_PEOPLE: Final = _set("""
    adviser advisers advisor advisors agents analysts assessors bookkeeper bookkeepers callers cashiers clerk clerks
    coders colleagues contractors copywriter copywriters counsellors customers departments designer designers desk desks
    developers employee employees engineers freelance freelancers graduates headcount helpline hire hired hires hiring
    human humans illustrator illustrators interpreters job jobless jobs journalists juniors laid layoff layoffs linguist
    linguists narrators newsroom operators paralegal paralegals payroll personnel pickers planners posts programmers
    proofreader proofreaders receptionist receptionists recruit recruiting recruits redundancies redundancy redundant
    rehire rehired rehires rehiring replaced replaces replacing reporters representatives role roles sack sacked seats
    staff staffers subtitlers teams tellers trainees translator translators typists underwriters union unions vacancies
    worker workers workforce writers
""")
_ENGLISH: Final = _set("the and of to in that for with was is on as by from it has have at are be")
_ENOUGH: Final = 10  # of these words, by which a text is English for certain; no other is passed over
_FOREIGN: Final = _set("""
    der das und ist nicht ein eine mit auf den von le les des est une dans pour et sur el los las una por con del och
    att det som av en het van een niet il di che per non uma og til ikke w na nie durch sind nach einer
""")
_FEW: Final = 2  # of these, and fewer English ones, in a paragraph that is not English
# Least that the words of title and lead must speak for a label, in log-odds, where no paragraph shows a trace; of news
# pages off topic that show none two in five do.
LEAN: Final = 0.5
# Least that judge and lead must say together, in log-odds, without a trace, and one less for each step of it: what the
# judge says of beginning and traces, and half of what the words of the lead speak for a label. Of 22,590 times that a
# story with a label was set in a public page thirteen were passed over, one of which told of the subject; of 178 news
# pages off topic 125, of 4,000 articles of general news 79 in 100 (November 2026).
LEAST: Final = -1.8
_NEAR: Final = 0.1  # of the least chance, for which the beginning is read once more without captions
_FIRST: Final = 3  # paragraphs, and long ones, with which a page begins
_LONG: Final = 100  # characters: no label, and seldom the caption of a picture
_LEAD: Final = 300  # characters, as much as a feed tells of an entry
_MOST: Final = 20_000  # characters; a page with more to read is extracted
_LETTERS: Final = bytes(
    code + 32 if 65 <= code <= 90 else code if 97 <= code <= 122 or code == 10 else 32 for code in range(256)
)


def worth_extracting(
    weights: Weights, chance: Callable[[str, str], float], title: str, summary: str, paragraphs: Sequence[str]
) -> bool:
    """Return whether a page may be about the subject; True where in doubt, and for what is not English.

    It is if its title shows a trace, that is names a machine, or people at work beside what may be one. It may be if a
    paragraph does, or if the words of the title, with those of the summary or of the beginning, speak for a label, as
    they do where a story goes around all names of machines. If it then has some `chance` of a label, whoever it is
    about, by its title, its beginning and the sentences with a trace (from the rest it takes little), it is: the less
    of a chance, the more the lead speaks for it, and the plainer the trace.
    """
    lines = _words((title, summary, *paragraphs))
    traced = [_trace(line) for line in lines]
    if traced[0] or not _is_english(lines):
        return True
    begins = (paragraphs, [part for part in paragraphs if len(part) >= _LONG])  # a story may begin behind captions
    leads = {" ".join(" ".join(begin[:2]).split())[:_LEAD] for begin in begins}
    own = () if summary in {*leads, ""} else (summary,)  # what a feed tells
    lean = max([0.0, *(_lean(weights, title.lower(), lead.lower()) for lead in {*leads, *own} - {""})])
    if lean < LEAN and not any(traced):
        return False
    plain, long = (frozenset(begin[:_FIRST]) for begin in begins)
    if sum(map(len, plain | long | set(compress(paragraphs, traced[2:])))) > _MOST:
        return True
    least = 1 / (1 + exp(lean / 2 - LEAST + max(traced)))
    for first in dict.fromkeys((plain | long, long)):  # captions may say it is about something else
        found = chance(title, "\n".join((*own, *_told(paragraphs, traced[2:], first))))
        if found >= least or found < least * _NEAR:
            return found >= least
    return False


def _words(parts: Iterable[str]) -> list[list[str]]:
    """Return the words of each part in ASCII."""
    lines = "\n".join(part.replace("\n", " ") for part in parts).encode("ascii", "replace")
    return [line.split() for line in lines.translate(_LETTERS).decode("ascii").split("\n")]


def _is_english(lines: Sequence[Sequence[str]]) -> bool:
    """Return whether a page is English for certain, with no paragraph in another language."""
    return len(_ENGLISH.intersection(chain.from_iterable(lines))) >= _ENOUGH and not any(
        _FEW <= len(_FOREIGN.intersection(line)) > len(_ENGLISH.intersection(line)) for line in lines
    )


def _told(paragraphs: Sequence[str], traced: Sequence[int], first: AbstractSet[str]) -> Iterable[str]:
    """Return the first paragraphs and those with a plain trace, of others the sentences with one, in their order."""
    told = (
        part if trace > 1 or part in first else _sentences(part)
        for part, trace in zip(paragraphs, traced, strict=True)
        if trace or part in first
    )
    return dict.fromkeys(told)


def _sentences(paragraph: str) -> str:
    """Return the sentences that show a trace, all of a paragraph if it takes several to show it."""
    parts = [sentence.text for sentence in split(paragraph)]
    return " ".join(compress(parts, map(_trace, _words(parts)))) or paragraph


def _trace(line: Sequence[str]) -> int:
    """Return 2 where a machine is named beside people at work, 1 for a machine, or people beside what may be one."""
    machine = not _MACHINES.isdisjoint(line)
    if not machine and _MAYBE.isdisjoint(line):
        return 0
    return machine + (not _PEOPLE.isdisjoint(line))


def _lean(weights: Weights, title: str, lead: str) -> float:
    """Return how much the words of a lead and its title speak for a label, in log-odds."""
    return -weights.lean(words.as_features(words.of_text(title), words.of_text(lead)), Label.NONE)
