"""In which language an article is written, as far as the judge must know: whose cues to read it with, if any."""

import re

ENGLISH = "en"
WITH_CUES = ("de", "fr", "es", "sv")  # besides English: config/cues.de.toml and so on
UNREAD = "other"  # a language without cues

_READ = 1500  # characters that are looked at
_LEAST = 2  # common words of a language without which a text is taken for English
_WORD = re.compile(r"[^\W\d_]+")
_FOREIGN_SCRIPT = re.compile(r"[\u0370-\u1fff\u2e80-\uabff\uac00-\ud7ff\uf900-\ufaff\ufe70-\ufeff]")
# Function words that are frequent in one language and rare or unknown in the others
_COMMON = {
    ENGLISH: "the and of to for that with is are was its it has have will by from as at this be says after who not",
    "de": "der die das und nicht ist mit für auf dem den ein eine sich von zu im wird werden auch nach bei sie aus wie",
    "fr": "le les des est une dans pour qui que sur avec par plus pas du au aux ses leur elle ont après été cette",
    "es": "el los las una por para con del que se más su sus como pero al ha han tras sin sobre entre según y es",
    "sv": "och att det som på är för med inte av till har den ett om sig från efter när ska kan var nya sina vid",
    "it": "il gli della che per una con del sono nel dei alla anche più dopo come ha",
    "nl": "het een van voor niet met zijn aan ook wordt naar door heeft bij werknemers dat op de",
    "pt": "os das dos uma para não com pelo mais foi são após ao pela em seus também",
    "pl": "nie się na jest że przez dla oraz od po do jak który są",
    "da": "og det er til af ikke på med som har den der fra blev efter ved",
    "fi": "ja ei että se joka myös mutta kun ovat",
    "tr": "ve bir için ile bu olarak çok daha sonra",
}
_BY_WORD: dict[str, tuple[str, ...]] = {
    word: tuple(language for language, words in _COMMON.items() if word in words.split())
    for word in {word for words in _COMMON.values() for word in words.split()}
}


def language_of(title: str, text: str) -> str:
    """Return ENGLISH, one of WITH_CUES, or UNREAD; a text that says too little is taken for English."""
    start = f"{title[:300]} {text[:_READ]}".lower()
    letters = len(_WORD.findall(start))
    if len(_FOREIGN_SCRIPT.findall(start)) > letters + 5:
        return UNREAD
    counts = dict.fromkeys(_COMMON, 0.0)
    for word in _WORD.findall(start):
        languages = _BY_WORD.get(word, ())
        for language in languages:
            counts[language] += 1 / len(languages)
    best = max(counts, key=lambda language: (counts[language], language == ENGLISH))
    if counts[best] < _LEAST or counts[best] <= 1.2 * counts[ENGLISH]:
        return ENGLISH
    return best if best in WITH_CUES else UNREAD
