"""What a daemon tells those who watch over it: /healthz and /metrics on this machine, and the service manager."""

from monitor.health.attending import attended
from monitor.health.notify import NOBODY, Manager, manager_in
from monitor.health.pulse import Pulse

__all__ = ["NOBODY", "Manager", "Pulse", "attended", "manager_in"]
