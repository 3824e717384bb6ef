"""`serve`: the store as a site, for this machine; or a copy of it for everybody."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path

import click

from monitor.cli.terms import Invocation, ending

OPENED = """\
  what: a copy of the store, {copy}, made anew every 15 minutes
  open: articles with verdict and quotes, {texts} their texts; events, employers, trends, corrections, feeds, alerts;
        named queries; all of it to download
  shut: recipients and channels, messages, rules, watch-lists, addresses' keys, errors' details; SQL is off
  to:   whoever reaches {where} and asks for {names}; there is no login
  A reverse proxy before it must hand on the Host header; let it limit requests, and let nobody else reach this port."""


@click.command(epilog=ending("serve", "serve --port 8002 --open", "serve --public --host layoffs.example --port 8002"))
@click.option("--host", "hosts", multiple=True, metavar="ADDRESS|NAME", help="Where to listen (127.0.0.1); see above.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0: any that is free.")
@click.option("--open", "open_browser", is_flag=True, help="Show it in the web browser.")
@click.option("--public", is_flag=True, help="Serve a checked copy that is fit for everybody, without SQL.")
@click.option("--with-text", is_flag=True, help="With --public: whole texts of articles, too; who may?")
@click.pass_obj
def serve(
    invocation: Invocation, hosts: tuple[str, ...], port: int, open_browser: bool, public: bool, with_text: bool
) -> None:
    """Show the store in datasette, until interrupted. Only this machine sees it, unless --host or --public says more.

    Read-only: each view with descriptions, facets and search, as pages, JSON and CSV, and by SQL.

    There is no login: whoever reaches ADDRESS reads the whole store. 0.0.0.0 is for containers, whose engine decides
    who that is; requests must then still be for 127.0.0.1 or localhost.

    With --public it serves a copy beside the store (monitor.public.db), remade every 15 minutes, without recipients,
    rules, watch-lists and whole texts, and without SQL. Name the site with --host NAME, once for each name it has.
    """
    address, names = _told_apart(hosts, public=public)
    if with_text and not public:
        raise click.UsageError("--with-text: is for --public; without it all texts are shown")
    from monitor import site  # noqa: PLC0415  # datasette takes a second to load

    store, beside, told = invocation.settings().store.path, None, ""
    with site.listener(port, address) as listening:
        where = f"http://{'127.0.0.1' if address == site.EVERYWHERE else address}:{listening.getsockname()[1]}/"
        if public:
            copy = site.public.copier(store, with_texts=with_text)
            copied = copy()
            viewer = site.public_viewer(copied, (address, *names))
            beside = site.public.remaking(copy)
            told = "\n" + _opened(copied, where, names, "with" if with_text else "without")
        else:
            viewer = site.viewer(store, address)
        invocation.say(f"the {'copy' if public else 'store'} is at {where} (Ctrl-C ends it){told}")
        if open_browser:
            click.launch(where)
        site.confine()
        asyncio.run(site.run(viewer, listening, beside))


def _opened(copy: Path, where: str, names: Sequence[str], texts: str) -> str:
    """Return what is opened, to whom, and what is not, in words."""
    return OPENED.format(copy=copy, texts=texts, where=where, names=", ".join(["127.0.0.1", "localhost", *names]))


def _told_apart(hosts: Sequence[str], *, public: bool) -> tuple[str, list[str]]:
    """Return the address to listen on, and the names that requests may be for."""
    addresses, names = [], []
    for host in hosts:
        with suppress(ValueError):
            addresses.append(str(IPv4Address(host)))
            continue
        names.append(host)
    if names and not public:
        raise click.UsageError(f"--host {names[0]}: must be an IPv4 address of this machine, such as 127.0.0.1")
    if wrong := [name for name in names if not name.replace("-", "").replace(".", "").isalnum() or not name.isascii()]:
        raise click.UsageError(f"--host {wrong[0]}: must be a name such as layoffs.example, without port and path")
    if len(addresses) > 1:
        raise click.UsageError(f"--host {addresses[1]}: one address can be listened on; 0.0.0.0 is all of them")
    return (addresses or ["127.0.0.1"])[0], names
