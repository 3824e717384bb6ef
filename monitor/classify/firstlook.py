"""The first look: is the page behind a feed entry worth fetching? High in recall, cheap, and never sure."""

from monitor.classify.reader import Reader
from monitor.classify.reading import lower

READ = 6000  # characters of a summary


def worth_reading(reader: Reader, title: str, summary: str) -> bool:
    """Return whether title or summary, whose sentences the reader holds, show a trace of the subject.

    That is: AI beside anything done to human work or at stake in it, jobs lost or given back in the headline whatever
    the reason, or the like in another language. A headline alone is held to less, and with nothing to go by the page
    is fetched.
    """
    head, low = lower(title[:1000]).strip(), lower(summary[:READ]).strip()
    nothing = not head and not low
    return nothing or _words_tell(reader, head, low) or _sentences_tell(reader)


def _words_tell(reader: Reader, head: str, low: str) -> bool:
    """Return whether single words are enough: of jobs lost, or of AI beside work."""

    def has(name: str, text: str) -> bool:
        return f"{{{name}}}" in reader.met and reader.book.words[name].search(text) is not None

    if has("look_change", head):
        return True
    if not has("look_ai", f"{head}\n{low}"):
        return False
    hires = has("hiring", head) and has("people", head)  # work given back is often told as plain hiring
    return hires or has("look_work", f"{head}\n{low}") or (not low and has("look_trace", head))


def _sentences_tell(reader: Reader) -> bool:
    """Return whether the headline tells of work taken or given, or the sentences of AI and a change in work."""
    if not reader.has_cues():
        return False
    titles = [reader.read(s, "title", "title") for s in reader.titles]
    if any(signal.side != "hybrid" and signal.asserted for reading in titles for signal in reading.signals):
        return True
    readings = titles + [reader.read(s, "text", "opening") for s in reader.sentences]
    if any("kind.theme" in reading.frames for reading in readings):
        return True
    signals = [signal for reading in readings for signal in reading.signals]
    return any(signal.mark.cue.linked for signal in signals) or bool(signals and any(r.ai for r in readings))
