"""Every decision about one story or one feed: seen when, treated how, judged to be what, told to whom; and why not.

Reads the store and decides nothing itself. `explain` gathers, `as_dict` and `as_text` show.
"""

from monitor.explain.story import Explanation, document, explain, recognised
from monitor.explain.telling import as_dict, as_text

__all__ = ["Explanation", "as_dict", "as_text", "document", "explain", "recognised"]
