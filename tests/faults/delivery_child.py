"""Delivers what is due, again and again, on a clock that leaps to the next thing to do; killed by its test.

Arguments: the store, the webhook's port, the mail server's port, "sound" or "forgetful". A forgetful outbox notes a
message as sent before it sends it: the control, which must lose.
"""

import asyncio
import sys
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from faults.receiver import SECRET

from monitor.alerts import outbox
from monitor.clock import from_text, utc_now
from monitor.fetch import Gate
from monitor.model import MessageJob
from monitor.settings import AlertsSettings, MailChannel, NetworkSettings, Settings, StoreSettings, WebhookChannel
from monitor.store import Database, Store, messages
from monitor.store.messages import End
from monitor.store.rows import scalar

NEXT = "select min(next_attempt_at) from deliveries_view where state in ('pending', 'leased', 'retrying')"


def settings(path: Path, hook: int, mail: int) -> Settings:
    """Return two channels on loopback that gather nothing on purpose."""
    addresses = {"sender": "monitor@desk.example", "to": ("one@example.org", "two@example.org")}
    return Settings(
        store=StoreSettings(path=path),
        network=NetworkSettings(allow_private=("127.0.0.1:*",), host_delay_s=0),
        alerts=AlertsSettings(group_wait_s=0, group_interval_s=0),
        channels={
            "hook": WebhookChannel(name="hook", url=f"http://127.0.0.1:{hook}/hook", secret=SECRET),
            "letters": MailChannel(name="letters", host="127.0.0.1", port=mail, tls="none", **addresses),
        },
    )


class Leaping:
    """A clock that moves only when nothing is due any more."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def leap(self, text: str | None) -> bool:
        """Go to the next thing to do; False if there is none."""
        if text is None:
            return False
        self.now = max(self.now + timedelta(milliseconds=1), from_text(text))
        return True


class Forgetful(outbox._Outbox):
    """An outbox that marks before it sends."""

    async def deliver(self, job: MessageJob) -> None:
        end = End("sent", None, None, None)
        await self.store.write(partial(messages.end_attempt, message=job.id, end=end, now=self.clock()))
        await asyncio.sleep(60)  # busy with something else; its test kills it here
        await super().deliver(job)


async def main(path: Path, hook: int, mail: int, mode: str) -> None:
    """Deliver until nothing waits."""
    if mode == "forgetful":
        outbox._Outbox = Forgetful
    chosen = settings(path, hook, mail)
    with Store.open(path, clock=utc_now) as store:

        def begun(db: Database) -> str | None:
            messages.release_all(db, utc_now())
            last = scalar(db, "select max(last_attempt_at) from messages")
            return str(last) if last else None

        last = await store.write(begun)
        clock = Leaping(max(from_text(last), utc_now()) if last else utc_now())
        print("started", flush=True)
        async with Gate(chosen.network, clock=clock) as gate:
            luck = Random(1)
            while True:
                await outbox.deliver_due(store, chosen, gate, clock=clock, random=luck.random)
                if not clock.leap(await store.read(lambda db: scalar(db, NEXT))):
                    return


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
