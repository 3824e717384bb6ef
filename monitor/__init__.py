"""A daemon that follows AI-driven job cuts from the first report to their undoing."""

from typing import Final

__version__: Final = "0.1.0"
