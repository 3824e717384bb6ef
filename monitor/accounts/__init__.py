"""Files of events that somebody keeps -> accounts of employers' actions, row by row; what does not fit is refused.

`sheet` reads the file, `columns` names what its columns mean, `vocabulary` its words, `reading` makes the account.
All pure but for `load`, which reads the editable tables.
"""

from monitor.accounts.reading import Refusal, read
from monitor.accounts.sheet import LONGEST_FILE, Record, Sheet, lined, opened
from monitor.accounts.terms import Terms, load

__all__ = ["LONGEST_FILE", "Record", "Refusal", "Sheet", "Terms", "lined", "load", "opened", "read"]
