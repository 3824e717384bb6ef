"""`review`: a person's word on an event or an article, kept with its reason, above all that is read later.

`target` finds what is meant, `event` and `article` do what is asked; each is one unit of the one writer.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from monitor.errors import MonitorError, UsageError
from monitor.pipeline import Runtime
from monitor.review import article, event
from monitor.review.target import Target, find
from monitor.store import Database

ACTIONS: Final = ("label", "kind", "exclude", "include", "merge", "split", "link")
_TOGETHER: Final = frozenset({"label", "kind"})
_Doing = Callable[[Database, Target, Mapping[str, Any], datetime], list[str]]


async def run(runtime: Runtime, args: Mapping[str, Any]) -> dict[str, Any]:
    """Do what a person asks: `{"target", "why", and of ACTIONS those asked for}`; return what changed.

    `{"target": "event:12", "changed": [sentences], "event": as it is now or null, "article": the same}`
    """
    now = runtime.tools.clock()
    asked = {name: args[name] for name in ACTIONS if args.get(name) not in (None, False)}
    _check(asked, str(args.get("why") or ""))

    def unit(db: Database) -> dict[str, Any]:
        target = find(db, str(args["target"]))
        doing: _Doing = event.act if target.sort == "event" else article.act
        try:
            changed = doing(db, target, asked | {"why": args["why"]}, now)
        except (LookupError, ValueError) as error:
            raise MonitorError(str(error)) from error
        return {"target": str(target), "changed": changed, target.sort: target.seen(db)}

    return await runtime.store.write(unit)


def _check(asked: Mapping[str, Any], why: str) -> None:
    if not why.strip():
        raise UsageError("--why TEXT is needed: it is kept with the change")
    if not asked:
        raise UsageError(f"nothing is asked; one of --{', --'.join(ACTIONS)} says what")
    if len(asked) > 1 and not asked.keys() <= _TOGETHER:
        raise UsageError(f"--{' and --'.join(asked)} cannot be asked together; only --label and --kind can")
