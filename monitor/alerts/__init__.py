"""From an event to the alerts its rules raise. Pure; the outbox beside it sends what was stored.

`asking` says whether a rule asks for an event, `cooling` whether there is something new to tell, `hours` when it may be
told, and `deciding` puts them together; `history` says which articles may alert at all.
"""

from monitor.alerts.asking import why_not
from monitor.alerts.deciding import decide, shadow_of
from monitor.alerts.history import FRESH, may_alert

__all__ = ["FRESH", "decide", "may_alert", "shadow_of", "why_not"]
