"""The second look: is a page that has been fetched worth extracting? By title, summary and its running text."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from itertools import compress
from typing import Final

from monitor.classify import words
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
    optimiser optimizer assistant
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
    att det som av en het van een niet il di che per non uma og til ikke w na nie
""")
_FEW: Final = 2  # of these, and none of the English ones, in a paragraph that is not English
# Most that the words of title and lead may speak for a label, in log-odds: of 3,887 articles with a label those whose
# paragraphs show no trace have 1.7 and more, and of general pages three in four less than 1.0 (November 2026).
LEAN: Final = 1.0
# Least chance of a label by beginning and traces; a page is fetched for 0.1 (`rules.LOOK`). Of 7,341 times that a story
# with a label was set in a public page all have more; of those pages as they are, two thirds of those asked less.
LEAST: Final = 0.01
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

    It may if the words of the title, with those of the summary or of the beginning, speak for a label, as they do
    where a story goes around all names of machines. Else only one with a trace: a paragraph that names a machine, or
    people at work beside what may be one; and with some `chance` of a label by title and text, whoever it is about.
    That is asked of the beginning and the paragraphs with a trace: from the rest it takes little.
    """
    parts = [part.replace("\n", " ") for part in (title, summary, *paragraphs)]
    plain = "\n".join(parts).encode("ascii", "replace").translate(_LETTERS).decode("ascii")
    lines = [set(line.split()) for line in plain.split("\n")]
    if len(set().union(*lines) & _ENGLISH) < _ENOUGH:
        return True
    if any(line.isdisjoint(_ENGLISH) and len(line & _FOREIGN) >= _FEW for line in lines):
        return True
    begins = (paragraphs, [part for part in paragraphs if len(part) >= _LONG])  # a story may begin behind captions
    leads = {summary, *(" ".join(" ".join(begin[:2]).split())[:_LEAD] for begin in begins)} - {""}
    if any(_speaks(weights, title.lower(), lead.lower()) for lead in leads):
        return True
    traced = [_is_traced(line) for line in lines]
    if not any(traced):
        return False
    first = (part for begin in begins for part in begin[:_FIRST])
    told = "\n".join(dict.fromkeys((*first, *compress(parts[1:], traced[1:]))))
    return len(told) > _MOST or chance(title, told) >= LEAST


def _is_traced(line: AbstractSet[str]) -> bool:
    """Return whether a paragraph of these words names a machine, or people at work beside what may be one."""
    return not line.isdisjoint(_MACHINES) or not (line.isdisjoint(_MAYBE) or line.isdisjoint(_PEOPLE))


def _speaks(weights: Weights, title: str, lead: str) -> bool:
    headline, opening = words.of_text(title), words.of_text(lead)
    heard = {f"w:{word}" for word in (*headline, *opening)} | {f"t:{word}" for word in headline}
    return weights.lean(heard, Label.NONE) <= -LEAN
