"""Which articles are copies of one text: syndicated, sent by an agency, rewritten a little; pure.

Three layers are asked in turn: `address` (forms of one address), `fingerprint` (a sketch of the text) and `title`
(within one publisher). Then two different employers, numbers or places forbid what the layer found.
"""

from monitor.stories.copies import Copy, Layer, Telling, copy_of, is_alike, keys, loose_address
from monitor.stories.sketch import BANDS, MOST_CHARACTERS, bands, likeness, size, sketch
from monitor.stories.vetoes import Veto, contradiction, facts_contradict

__all__ = [
    "BANDS",
    "MOST_CHARACTERS",
    "Copy",
    "Layer",
    "Telling",
    "Veto",
    "bands",
    "contradiction",
    "copy_of",
    "facts_contradict",
    "is_alike",
    "keys",
    "likeness",
    "loose_address",
    "size",
    "sketch",
]
