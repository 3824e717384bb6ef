"""`feeds`: sites are searched and shown before anything is stored, lists go in and out, feeds are checked."""

import asyncio
import json
import os
import pty
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from pipes import WordJudge, rss

import pytest
from click.testing import CliRunner, Result
from faults.hostile import HostileServer
from gazettes import HTML, declares, feed, page

from monitor.cli import layoff_monitor

NOW = datetime.now(UTC) - timedelta(hours=3)
Call = Callable[..., Awaitable[Result]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "m.toml"
    file.write_text('[store]\npath = "m.db"\n[network]\nallow_private = ["127.0.0.0/8:*"]\nhost_delay_s = 0\n')
    return file


@pytest.fixture
def call(config: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Give a caller of `feeds` in a thread, beside the servers of the test; nothing here is judged."""
    monkeypatch.setattr("monitor.classify.rules.load", WordJudge)

    async def invoke(*words: str, stdin: str | None = None) -> Result:
        args = ["--config", str(config), "feeds", *words]
        return await asyncio.to_thread(CliRunner().invoke, layoff_monitor, args, input=stdin)

    return invoke


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody sit at the terminal."""
    for module in ("subscribing", "feedlists"):
        monkeypatch.setattr(f"monitor.cli.{module}.at_terminal", lambda: True)


def two_feeds(site: HostileServer) -> str:
    """Serve a page that declares two feeds; return its address."""
    site.serve("/one", feed("One", 12, newest=NOW))
    site.serve("/two", feed("Two", 12, newest=NOW))
    return site.serve("/", page(declares("/one"), declares("/two")), HTML)


async def listed(call: Call) -> list[str]:
    rows = json.loads((await call("list", "--json")).stdout)
    return [f"{row['url'].rpartition('/')[2]} {row['title']}" for row in rows]


# --- add ---------------------------------------------------------------------------------------------------


async def test_without_a_terminal_the_best_feed_of_a_site_is_shown_and_added(site: HostileServer, call: Call) -> None:
    result = await call("add", two_feeds(site))
    assert result.exit_code == 0, result.output
    assert "2 feeds found" in result.stdout
    assert f"1. {site.url('/one')}\n   One, RSS 2.0, declared by the page\n" in result.stdout
    assert "about 12 entries a day; the document holds 12, about 24 h; " in result.stdout
    assert "will be polled every 60 min at first, later every 60 min to 24 h" in result.stdout
    assert result.stdout.count("  One ") + result.stdout.count("  Two ") == 10
    assert result.stdout.endswith("1 added\n")
    assert await listed(call) == ["one One"]


async def test_a_dry_run_shows_and_adds_nothing(site: HostileServer, call: Call) -> None:
    result = await call("add", "--dry-run", two_feeds(site))
    assert (result.exit_code, "2 feeds found" in result.stdout, await listed(call)) == (0, True, [])


ANSWERS = {
    "the first by default": ("\ny\n", ["one One"]),
    "another": ("2\ny\n", ["two Two"]),
    "none of them": ("0\n", []),
    "no, by default": ("\n\n", []),
    "no": ("1\nn\n", []),
    "a number that is none, then one": ("7\n2\ny\n", ["two Two"]),
}


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize(("typed", "added"), ANSWERS.values(), ids=ANSWERS)
async def test_a_person_is_asked_which_feed_to_add(
    typed: str, added: list[str], site: HostileServer, call: Call
) -> None:
    result = await call("add", two_feeds(site), stdin=typed)
    assert (result.exit_code, await listed(call)) == (0, added)
    assert "Which one, 1 to 2, or 0 for none [1]: " in result.stderr


@pytest.mark.usefixtures("person")
async def test_with_yes_nobody_is_asked(site: HostileServer, call: Call) -> None:
    result = await call("add", "--yes", two_feeds(site))
    assert (result.exit_code, result.stderr, await listed(call)) == (0, "", ["one One"])


async def test_at_a_real_terminal_the_question_is_asked_and_the_answer_taken(
    site: HostileServer, call: Call, config: Path
) -> None:
    command = ("-m", "monitor", "--config", str(config), "feeds", "add", site.serve("/f", feed("One")))
    ours, theirs = pty.openpty()
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdin=theirs, stdout=theirs, stderr=theirs
        )
        said = b""
        async with asyncio.timeout(60):
            while b"[y/N]" not in said:
                said += await asyncio.to_thread(os.read, ours, 1000)
            assert b"looking for feeds at" in said
            os.write(ours, b"y\n")
            assert await process.wait() == 0
    finally:
        os.close(theirs)
        os.close(ours)
    assert await listed(call) == ["f One"]


async def test_json_is_one_document_with_what_was_found_and_stored(site: HostileServer, call: Call) -> None:
    answer = json.loads((await call("add", "--json", two_feeds(site))).stdout)
    assert (answer["added"], answer["known"], answer["refused"]) == (1, 0, [])
    assert answer["stored"] == [site.url("/one")]
    [found] = answer["found"]
    assert [(one["url"], one["kind"], one["entries"]) for one in found["candidates"]] == [
        (site.url("/one"), "RSS 2.0", 12),
        (site.url("/two"), "RSS 2.0", 12),
    ]
    assert [entry["title"] for entry in found["candidates"][0]["newest"]] == [f"One {n}" for n in range(5)]


async def test_each_address_stands_for_itself(site: HostileServer, call: Call) -> None:
    result = await call("add", site.url("/nowhere"), site.serve("/f", feed("F")), "http://10.0.0.1/f")
    assert (result.exit_code, await listed(call)) == (1, ["f F"])
    nowhere, private = result.stderr.splitlines()
    assert nowhere.startswith(f"refused {site.url('/nowhere')}: http_4xx: the server answered 404 -> ")
    assert nowhere.endswith(" -> give the site's address, its feed may have moved")
    assert private.startswith("refused http://10.0.0.1/f: blocked_address: ")
    assert private.endswith(" -> if it is meant, list it in [network] allow_private")


async def test_an_address_is_stored_unseen_as_given(site: HostileServer, call: Call) -> None:
    result = await call("add", "--as-given", site.url("/down"), "--title", "Later")
    assert (result.exit_code, result.stdout, site.requests) == (0, "1 added\n", [])
    assert await listed(call) == ["down Later"]


async def test_a_bare_host_means_https(call: Call) -> None:
    await call("add", "--as-given", "news.example", "feed://a.example/f#x")
    assert [row["url"] for row in json.loads((await call("list", "--json")).stdout)] == [
        "https://news.example",
        "https://a.example/f",
    ]


async def test_a_feed_of_the_list_is_known_and_not_asked_for(site: HostileServer, call: Call) -> None:
    url = site.serve("/f", feed("F"))
    await call("add", "--as-given", url)
    result = await call("add", f"{url}?utm_source=friend#top")
    assert (result.exit_code, result.stdout) == (0, f"{url}?utm_source=friend is in the list already\n1 known\n")
    assert site.requests == []


async def test_a_feed_of_the_list_is_given_the_title_that_a_person_says_and_no_other(
    site: HostileServer, call: Call
) -> None:
    await call("add", "--as-given", site.serve("/one", feed("One")), "--title", "Mine")
    await call("add", "--as-given", site.url("/one"))
    await call("add", site.serve("/", page(declares("/one")), HTML))
    assert await listed(call) == ["one Mine"]
    await call("add", site.url("/one"), "--title", "Ours")
    assert await listed(call) == ["one Ours"]


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "mailto:desk@a.example"])
async def test_what_is_no_address_is_refused_as_it_was_given(address: str, call: Call) -> None:
    result = await call("add", "--as-given", address)
    assert (result.exit_code, await listed(call)) == (1, [])
    assert f"refused {address}: " in result.stderr


@pytest.mark.usefixtures("person")
async def test_the_end_of_what_is_typed_adds_nothing(site: HostileServer, call: Call) -> None:
    result = await call("add", two_feeds(site), stdin="1\n")
    assert (result.exit_code, result.stderr.splitlines()[-1], await listed(call)) == (1, "nothing added", [])


async def test_a_site_whose_feed_is_known_adds_nothing(site: HostileServer, call: Call) -> None:
    await call("add", "--as-given", site.url("/one"))
    answer = json.loads((await call("add", "--json", two_feeds(site))).stdout)
    assert (answer["added"], answer["known"]) == (0, 1)
    assert [one["known"] for one in answer["found"][0]["candidates"]] == [True, False]


async def test_a_feed_that_moved_for_good_is_stored_where_it_is_now(
    site: HostileServer, other: HostileServer, call: Call
) -> None:
    site.serve("/old", status=301, headers={"Location": other.serve("/new", feed("New"))})
    await call("add", site.url("/old"))
    assert await listed(call) == ["new New"]


async def test_what_a_feed_says_cannot_move_the_cursor(site: HostileServer, call: Call) -> None:
    site.serve("/f", rss(("Story \u202e&#27;[2J", "https://a.example/1"), title="T\u202e"))
    result = await call("add", site.url("/f"))
    assert result.exit_code == 0
    assert not {"\u202e", "\x1b"} & set(result.output)


# --- check ---------------------------------------------------------------------------------------------------


async def test_a_check_is_one_line_a_feed_and_ends_with_1_for_what_needs_a_person(
    site: HostileServer, call: Call
) -> None:
    newest = datetime.now(UTC) - timedelta(hours=3)  # not that of the file: a long run is minutes older
    fine = site.serve("/f", feed("F", 12, newest=newest), {"Cache-Control": "max-age=300"}, etag='"1"')
    await call("add", "--as-given", fine)
    result = await call("check")
    assert result.exit_code == 0
    assert result.stdout == (
        f"ok       {fine}: RSS 2.0, 12 entries, the newest 3 h ago, about 12 entries a day, ETag, asks for 60 min "
        "between polls, fresh for 5 min, polled every 30 min\n"
    )
    result = await call("check", fine, site.url("/nowhere"))
    assert (result.exit_code, len(result.stdout.splitlines())) == (1, 2)
    assert result.stdout.splitlines()[1].startswith(f"problem  {site.url('/nowhere')}: http_4xx: ")


# --- lists -------------------------------------------------------------------------------------------------


def opml(*addresses: str) -> str:
    outlines = "".join(f'<outline text="T" xmlUrl="{address}"/>' for address in addresses)
    return f"<opml version='2.0'><body>{outlines}</body></opml>"


async def test_what_is_exported_is_imported_as_it_was(call: Call, tmp_path: Path) -> None:
    odd = 'AT&T "<b>x</b>" & more'
    await call("add", "--as-given", "https://a.example/f?a=1&b=2", "--title", odd)
    assert (await call("export", str(tmp_path / "f.opml"))).stdout == f"wrote 1 feed to {tmp_path / 'f.opml'}\n"
    await call("remove", "https://a.example/f?a=1&b=2")
    (tmp_path / "m.db").unlink()
    assert (await call("import", str(tmp_path / "f.opml"))).stdout == "1 added\n"
    assert await listed(call) == [f"f?a=1&b=2 {odd}"]


async def test_an_export_overwrites_nothing(call: Call, tmp_path: Path) -> None:
    (tmp_path / "f.opml").write_text("mine")
    await call("add", "--as-given", "https://a.example/f")
    result = await call("export", str(tmp_path / "f.opml"))
    assert (result.exit_code, (tmp_path / "f.opml").read_text()) == (1, "mine")
    assert "exists and is left as it is" in result.stderr


async def test_a_bad_outline_refuses_the_whole_list_and_yes_adds_the_rest(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "f.opml"
    bad = ("file:///etc/hosts", "http://10.0.0.1/f", "nothing")
    file.write_text(opml("https://a.example/f", *bad, "https://b.example/f", "https://A.example:443/f"))
    result = await call("import", str(file))
    assert (result.exit_code, await listed(call)) == (2, [])
    for number, address in enumerate(bad, 2):
        assert f"refused outline {number}: {address}: " in result.stderr
    assert "3 addresses are refused" in result.stderr
    result = await call("import", "--yes", str(file))
    assert (result.exit_code, result.stdout) == (1, "2 added, 1 known, 3 refused\n")
    assert await listed(call) == ["f T", "f T"]


async def test_only_the_first_of_many_bad_addresses_are_named(call: Call) -> None:
    result = await call("import", "-", stdin="".join(f"x{n}\n" for n in range(50)))
    assert (result.exit_code, result.stderr.count("refused line ")) == (2, 20)
    assert "and 30 more" in result.stderr


async def test_a_dry_run_of_a_list_shows_what_it_would_add(call: Call) -> None:
    await call("add", "--as-given", "https://a.example/f")
    result = await call("import", "-", "--dry-run", stdin=opml("https://a.example/f", "https://b.example/f"))
    assert (result.exit_code, result.stdout) == (0, "https://b.example/f  T\n1 to add, 1 known\n")
    assert await listed(call) == ["f None"]


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize(("typed", "added"), [("y\n", 1), ("n\n", 0), ("\n", 0)])
async def test_a_person_sees_the_list_and_is_asked(typed: str, added: int, call: Call, tmp_path: Path) -> None:
    (tmp_path / "f.opml").write_text(opml("https://b.example/f"))
    result = await call("import", str(tmp_path / "f.opml"), stdin=typed)
    assert result.stdout.startswith("https://b.example/f  T\n1 to add\n")
    assert len(await listed(call)) == added


async def test_a_list_without_feeds_is_told(call: Call) -> None:
    result = await call("import", "-", stdin="# nothing yet\n")
    assert (result.exit_code, "it lists no feeds" in result.stderr) == (2, True)
