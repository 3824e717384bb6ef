"""`alerts` on the command line: what it prints, its exit codes, and that it works beside a daemon."""

import json
from pathlib import Path

import pytest
from faults.receiver import SECRET, Answer, Receiver
from test_daemon import daemon, ended, start

from monitor.clock import utc_now
from monitor.model import AlertDraft
from monitor.store import Store, alerts

AT_ONCE = "[alerts]\ngroup_wait_s = 0\ngroup_interval_s = 0\n"


def configured(folder: Path, hook: Receiver, alerting: str = AT_ONCE) -> Path:
    config = folder / "monitor.toml"
    config.write_text(
        f'[store]\npath = "m.db"\n[network]\nallow_private = ["127.0.0.1:*"]\nhost_delay_s = 0\n'
        f"{alerting}"
        f'[channels.hook]\nkind = "webhook"\nurl = "{hook.url}"\nsecret = "{SECRET}"\n'
    )
    config.chmod(0o600)
    return config


async def test_a_test_is_sent_with_and_without_a_daemon(tmp_path: Path) -> None:
    async with Receiver() as hook:
        config = configured(tmp_path, hook)
        code, out, _ = await ended(await start(config, "alerts", "test", "hook"))
        assert (code, "hook 1" in out, "sent" in out) == (0, True, True)
        async with daemon(config):
            assert (await ended(await start(config, "alerts", "test", "hook")))[0] == 0
        assert [one.json["data"]["kind"] for one in hook.taken] == ["test", "test"]


async def test_a_test_that_is_refused_ends_with_1_and_says_why(tmp_path: Path) -> None:
    async with Receiver(default=Answer(500, body=b"closed for works")) as hook:
        code, out, err = await ended(await start(configured(tmp_path, hook), "alerts", "test", "hook"))
    assert code == 1
    assert "closed for works" in out
    assert "1 of 1 did not get the test" in err


async def test_what_was_given_up_is_listed_shown_and_sent_again(tmp_path: Path) -> None:
    async with Receiver([Answer(410)]) as hook:
        config = configured(tmp_path, hook)
        with Store.open(tmp_path / "m.db", clock=utc_now) as store:
            draft = AlertDraft("mine", "event:1", None, None, "a cut", None)
            key = store.submit(lambda db: alerts.insert(db, draft, [("hook", 1)], utc_now())).result(30)
        assert (await ended(await start(config, "run", "--once")))[0] == 0
        listed = (await ended(await start(config, "alerts", "list")))[1]
        assert "channel hook 1 is disabled since" in listed
        [failed] = json.loads((await ended(await start(config, "alerts", "list", "--failed", "--json")))[1])
        assert (failed["id"], failed["state"]) == (key, "refused")
        assert "refused" in (await ended(await start(config, "alerts", "show", str(key))))[1]
        _, out, _ = await ended(await start(config, "alerts", "retry", "--channel", "hook"))
        assert "1 message is due now" in out
        assert (await ended(await start(config, "run", "--once")))[0] == 0
        assert [one.id for one in hook.taken] == [key]


async def test_one_pass_sends_what_it_raised_and_leaves_nothing_for_the_next(tmp_path: Path) -> None:
    async with Receiver() as hook:
        config = configured(tmp_path, hook, alerting="")
        with Store.open(tmp_path / "m.db", clock=utc_now) as store:
            draft = AlertDraft("mine", "event:1", None, None, "a cut", None)
            key = store.submit(lambda db: alerts.insert(db, draft, [("hook", 1)], utc_now())).result(30)
        assert (await ended(await start(config, "run", "--once")))[0] == 0
        assert [one.id for one in hook.taken] == [key]


@pytest.mark.parametrize("words", [(), ("x", "--failed"), ("--failed", "--channel", "hook")], ids=repr)
async def test_a_retry_is_told_what(words: tuple[str, ...], tmp_path: Path) -> None:
    async with Receiver() as hook:
        code, _, err = await ended(await start(configured(tmp_path, hook), "alerts", "retry", *words))
    assert (code, "say what" in err) == (2, True)
