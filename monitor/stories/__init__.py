"""Which articles are copies of one text: syndicated, sent by an agency, rewritten a little; pure.

Three layers are asked in turn: `address` (forms of one address), `fingerprint` (a sketch of the text) and `title`
(within one publisher). Then two different employers, numbers or places forbid what the layer found.
"""

from monitor.stories.copies import Copy, Layer, Telling, copy_of, keys, loose_address
from monitor.stories.sketch import MOST_CHARACTERS, bands, likeness, size, sketch
from monitor.stories.vetoes import contradiction, facts_contradict

__all__ = [
    "MOST_CHARACTERS",
    "Copy",
    "Layer",
    "Telling",
    "bands",
    "contradiction",
    "copy_of",
    "facts_contradict",
    "keys",
    "likeness",
    "loose_address",
    "size",
    "sketch",
]
