"""In which language an article is written, as far as the judge must know: whose cues to read it with, if any."""

import re
from collections.abc import Sequence

from monitor.classify.tokens import letters

ENGLISH = "en"
WITH_CUES = ("de", "fr", "es", "sv")  # besides English: config/cues.de.toml and so on
UNREAD = "other"  # a language without cues

_READ = 1500  # characters that are looked at
_LEAST = 2  # common words of a language that make a text one of it
_ENOUGH = 14  # words of a text that would show some common ones of English if it were English
_NEIGHBOURS = 1.25  # how much a language with cues is preferred: Swedish and Danish share half their common words
_SHARE = 0.1  # of the words of an English text are such at the least; two fifths usually
_FOREIGN_SCRIPT = re.compile(r"[\u0370-\u1fff\u2e80-\uabff\uac00-\ud7ff\uf900-\ufaff\ufe70-\ufeff]")
# Function words that are frequent in one language and rare or unknown in the others
_COMMON = {
    ENGLISH: "the and of to for that with is are was its it has have will by from as at this be says after who not",
    "de": (
        "der die das und nicht ist mit für auf dem den ein eine sich von zu im wird werden auch nach bei sie aus "
        "wie im am um ihre ihr seine alle wieder mehr als bis über will hat statt"
    ),
    "fr": (
        "le les des est une dans pour qui que sur avec par plus pas du au aux ses leur elle ont après été cette "
        "la un et en il sont ne ce son sa mais tous deux selon"
    ),
    "es": (
        "el los las una por para con del que se más su sus como pero al ha han tras sin sobre entre según y es la "
        "en un lo ya no a todos dos vuelve cuando"
    ),
    "sv": (
        "och att det som på är för med inte av till har den ett om sig från efter när ska kan var nya sina vid en "
        "i de mot över tar får blir säger enligt igen där alla under nu tillbaka"
    ),
    "it": "il gli della che per una con del sono nel dei alla anche più dopo come ha",
    "nl": "het een van voor niet met zijn aan ook wordt naar door heeft bij werknemers dat op de",
    "pt": "os das dos uma para não com pelo mais foi são após ao pela em seus também",
    "pl": "nie się na jest że przez dla oraz od po do jak który są",
    "nb": "og det er til av ikke på som med har den for fra etter ved opplyste sier",
    "da": "og det er til af ikke på med som har den der fra blev efter ved",
    "fi": "ja ei että se joka myös mutta kun ovat",
    "cs": "že se na je který podle jako pro nebo jejich také",
    "ro": "că și nu pe este care pentru mai din după lor",
    "hu": "hogy nem egy az és meg mert volt már",
    "tr": "ve bir için ile bu olarak çok daha sonra",
}
_ALSO_ENGLISH = (
    "a an in on or we you they but if than their more some most can no all new over up out how what when which "
    "would could one two other into now every each while does do just here your our my i he she her his about "
    "during amid still people first last year years week may will so"
)  # in other languages, too
_ENGLISH = frozenset(f"{_COMMON[ENGLISH]} {_ALSO_ENGLISH}".split())
_SPEAKERS: dict[str, list[str]] = {
    word: [language for language, words in _COMMON.items() if word in words.split()]
    for word in {word for words in _COMMON.values() for word in words.split()}
}
_OF_OTHERS = frozenset(word for word, those in _SPEAKERS.items() if those != [ENGLISH])
_BY_WORD = {word: tuple((one, 1 / len(those)) for one in those) for word, those in _SPEAKERS.items()}


def language_of(title: str, text: str) -> str:
    """Return ENGLISH, one of WITH_CUES, or UNREAD; only a text that says too little is taken for English unproved."""
    start = f"{title[:300]} {text[:_READ]}".lower()
    words = letters(start)
    if not start.isascii() and len(_FOREIGN_SCRIPT.findall(start)) > len(words) + 5:
        return UNREAD
    if is_english(words):
        return ENGLISH
    proof = sum(map(_ENGLISH.__contains__, words))
    best, most = _likeliest(words)
    if best != ENGLISH and most >= _LEAST and most > proof:
        return best if best in WITH_CUES else UNREAD
    return ENGLISH if len(words) < _ENOUGH or proof >= _SHARE * len(words) else UNREAD


def is_english(words: Sequence[str]) -> bool:
    """Return whether words in lower case are English for certain: some are, and more than may be of other languages."""
    proof = sum(map(_ENGLISH.__contains__, words))
    return sum(map(_OF_OTHERS.__contains__, words)) <= proof and (len(words) < _ENOUGH or proof >= _SHARE * len(words))


def _likeliest(words: Sequence[str]) -> tuple[str, float]:
    """Return the language of which the words are most, and how many of them."""
    counts = dict.fromkeys(_COMMON, 0.0)
    for word in words:
        for language, share in _BY_WORD.get(word, ()):
            counts[language] += share
    best = max(counts, key=lambda language: counts[language] * (_NEIGHBOURS if language in WITH_CUES else 1))
    return best, counts[best]
