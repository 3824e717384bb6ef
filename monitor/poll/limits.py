"""How much of a feed document is kept."""

from typing import Final

MAX_ENTRIES: Final = 100_000  # of one document; more are cut off and the document counts as partial
MAX_TITLE: Final = 2_000  # characters
MAX_SUMMARY: Final = 20_000  # characters
MAX_DATE: Final = 200  # characters of a date as printed
