"""The second look: is a page that has been fetched worth extracting? By title, summary and its running text."""

from collections.abc import Sequence
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
_LEAD: Final = 300  # characters, as much as a feed tells of an entry
_LETTERS: Final = bytes(
    code + 32 if 65 <= code <= 90 else code if 97 <= code <= 122 or code == 10 else 32 for code in range(256)
)


def worth_extracting(weights: Weights, title: str, summary: str, paragraphs: Sequence[str]) -> bool:
    """Return whether a page shows any trace of the subject; True where in doubt, and for what is not English.

    It does if one of its paragraphs names a machine, or names people at work beside what may be one, or if the words
    of the title, with those of the summary or of the first paragraphs, speak for a label, as they do where a story
    goes around all such names.
    """
    plain = "\n".join((title, summary, *paragraphs)).encode("ascii", "replace").translate(_LETTERS).decode("ascii")
    lines = [set(line.split()) for line in plain.split("\n")]
    said = set().union(*lines)
    if len(said & _ENGLISH) < _ENOUGH or not said.isdisjoint(_MACHINES):
        return True
    if any(line.isdisjoint(_ENGLISH) and len(line & _FOREIGN) >= _FEW for line in lines):
        return True
    if any(not line.isdisjoint(_MAYBE) and not line.isdisjoint(_PEOPLE) for line in lines):
        return True
    leads = {summary, " ".join(paragraphs[:2])[:_LEAD]} - {""}  # a summary may be a mere teaser
    return any(_speaks(weights, title.lower(), lead.lower()) for lead in leads)


def _speaks(weights: Weights, title: str, lead: str) -> bool:
    headline, opening = words.of_text(title), words.of_text(lead)
    heard = {f"w:{word}" for word in (*headline, *opening)} | {f"t:{word}" for word in headline}
    return weights.lean(heard, Label.NONE) <= -LEAN
