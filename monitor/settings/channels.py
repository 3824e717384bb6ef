"""`[channels.NAME]` -> typed values, secrets read from where they are kept."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from monitor.settings.addresses import address_fault
from monitor.settings.mailing import mail_address_fault, may_be_plain, port_of
from monitor.settings.secrets import from_file, secret_fault, wide_open
from monitor.settings.sections import PREFIX, Given, converted, keys_of
from monitor.settings.values import AppriseChannel, Channel, MailChannel, WebhookChannel
from monitor.settings.wording import HIDDEN, nearest, refuse, shown, suggestion

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "webhook": ("kind", "url", "url_file", "secret_file", "secret", "format"),
    "mail": (
        *("kind", "host", "port", "tls", "allow_plain", "username", "password_file", "password", "from", "to"),
        "ca_file",
    ),
    "apprise": ("kind", "url_file", "url"),
}
_NEEDED: Final = {
    "webhook": 'needs kind = "webhook" and url = "https://..."',
    "mail": 'needs host, from and to = ["you@example.org"]',
}
_SECRETS: Final = frozenset({"url", "secret", "password"})


def channels(table: Any, file: Path, environ: Mapping[str, str]) -> dict[str, Channel]:
    """Return the configured channels by name."""
    if not isinstance(table, dict):
        refuse(str(file), "channels", HIDDEN, "must be sections: write [channels.NAME] on a line of its own")
    return {name: _channel(_Table(name, part, file, environ)) for name, part in table.items()}


def check_channel_variables(environ: Mapping[str, str], names: Mapping[str, object]) -> None:
    """Refuse a LAYOFF_MONITOR_CHANNELS_... variable that belongs to no configured channel."""
    known = [secret_variable(name, key) for name in names for key in ("secret", "password", "url")]
    for variable in sorted(environ):
        if variable.startswith(f"{PREFIX}CHANNELS_") and environ[variable] and variable not in known:
            hint = nearest(variable, known)
            words = f"did you mean {hint}?" if hint else "no channel of that name is configured"
            refuse("environment", variable, HIDDEN, f"unknown variable; {words}")


def secret_variable(name: str, key: str = "secret") -> str:
    """Return the variable that can hold a channel's secret, its password or its secret address."""
    return f"{PREFIX}CHANNELS_{re.sub(r'[^A-Z0-9]', '_', name.upper())}_{key.upper()}"


class _Table:
    """One [channels.NAME], and where it was found."""

    def __init__(self, name: str, table: Any, file: Path, environ: Mapping[str, str]) -> None:
        self.name, self.table, self.file, self.environ = name, table, file, environ
        self.where, self.key = str(file), f"channels.{name}"

    def refuse(self, part: str | None, said: str | None, problem: str) -> NoReturn:
        """Say what is wrong with a key of the section, or with the section."""
        refuse(self.where, f"{self.key}.{part}" if part else self.key, said, problem)

    def value(self, part: str, kind: Any) -> Any:
        """Return the value of a key as its type."""
        given = Given(self.table[part], self.where)
        return converted(given, f"{self.key}.{part}", kind, secret=part in _SECRETS)

    def values(self, kind: type[Any], *parts: str) -> dict[str, Any]:
        """Return those of the keys that are given, as the types of a channel's fields."""
        hints = keys_of(kind)
        return {part: self.value(part, hints[part]) for part in parts if part in self.table}

    def secret(self, part: str) -> tuple[str | None, str, str]:
        """Return a secret, from the environment, a file of its own or a private configuration; and where it was."""
        variable = secret_variable(self.name, part)
        if from_environment := self.environ.get(variable):
            return from_environment.strip(), "environment", variable
        if part in self.table and f"{part}_file" in self.table:
            self.refuse(part, HIDDEN, f"give {part}_file or {part}, not both")
        if f"{part}_file" in self.table:
            key = f"{self.key}.{part}_file"
            given = self.value(f"{part}_file", str)
            return from_file(self.where, key, given, self.file.absolute().parent), self.where, key
        if part not in self.table:
            return None, self.where, self.key
        secret = str(self.value(part, str))
        if mode := wide_open(self.file):
            problem = f"others can read this file (mode {mode}); run: chmod 600 {self.file} - or use {part}_file"
            self.refuse(part, HIDDEN, problem)
        return secret, self.where, f"{self.key}.{part}"


def _channel(given: _Table) -> Channel:
    if not isinstance(given.table, dict):
        given.refuse(None, HIDDEN, f"must be a section: write [{given.key}] on a line of its own")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", given.name):
        given.refuse(None, None, "a channel's name is made of letters, digits, - and _")
    kind = given.table.get("kind", "webhook")
    known = _KEYS.get(kind) if isinstance(kind, str) else None
    if known is None:
        given.refuse("kind", shown(kind), 'must be one of "webhook", "mail", "apprise"')
    for unknown in given.table.keys() - set(known):
        given.refuse(unknown, HIDDEN, f"unknown key; {suggestion(unknown, known)}")
    if "kind" not in given.table:
        given.refuse(None, None, _NEEDED["webhook"])
    return _MAKERS[kind](given)


def _webhook(given: _Table) -> WebhookChannel:
    chosen = given.values(WebhookChannel, "format")
    chat = chosen.get("format", "standard") != "standard"
    if chat:
        url, where, key = given.secret("url")
    else:
        url, where, key = _plain_url(given)
    if url is None:
        given.refuse(None, None, _NEEDED["webhook"])
    if fault := address_fault(url):
        refuse(where, key, _address_shown(url), fault)
    if chat:
        if given.table.keys() & {"secret", "secret_file"}:
            given.refuse("secret", HIDDEN, "a chat service verifies no signature: its address is the secret")
        return WebhookChannel(name=given.name, url=url, **chosen)
    secret, where, key = given.secret("secret")
    if secret is None:
        variable = secret_variable(given.name)
        given.refuse(None, None, f"needs a secret: secret_file, or the variable {variable}")
    if fault := secret_fault(secret):
        refuse(where, key, HIDDEN, fault)
    return WebhookChannel(name=given.name, url=url, secret=secret, **chosen)


def _plain_url(given: _Table) -> tuple[str | None, str, str]:
    """Return the address of a signed webhook, which may stand in a file that others can read."""
    if "url" in given.table and "url_file" not in given.table:
        return given.value("url", str), given.where, f"{given.key}.url"
    return given.secret("url")


def _mail(given: _Table) -> MailChannel:
    if not {"host", "from", "to"} <= given.table.keys():
        given.refuse(None, None, _NEEDED["mail"])
    chosen = given.values(MailChannel, "host", "port", "tls", "allow_plain", "username", "to", "ca_file")
    chosen["sender"] = given.value("from", str)
    chosen["port"] = port_of(chosen)
    _check_addresses(given, chosen)
    if chosen.get("tls") == "none" and not may_be_plain(chosen):
        problem = "would send mail, and a password, in clear text; allow_plain = true allows it"
        given.refuse("tls", '"none"', problem)
    password, _, _ = given.secret("password")
    if (password is None) != ("username" not in chosen):
        needed = f"username and a password (password_file, or the variable {secret_variable(given.name, 'password')})"
        given.refuse(None, None, f"needs both of {needed}, or neither")
    if file := chosen.get("ca_file"):
        chosen["ca_file"] = given.file.absolute().parent / file.expanduser()
        if not chosen["ca_file"].is_file():
            given.refuse("ca_file", shown(str(file)), "there is no such file")
    return MailChannel(name=given.name, password=password, **chosen)


def _check_addresses(given: _Table, chosen: Mapping[str, Any]) -> None:
    """Refuse a mail server or an address that cannot be one."""
    host = chosen["host"]
    if not host or any(c.isspace() or not c.isprintable() for c in host):
        given.refuse("host", shown(host), "must be the name or address of a mail server")
    if not chosen["to"]:
        given.refuse("to", "[]", 'must name somebody: ["you@example.org"]')
    for part, address in (("from", chosen["sender"]), *(("to", address) for address in chosen["to"])):
        if fault := mail_address_fault(address):
            given.refuse(part, shown(address), fault)


def _apprise(given: _Table) -> AppriseChannel:
    url, _, _ = given.secret("url")
    if not url or "://" not in url:
        variable = secret_variable(given.name, "url")
        given.refuse(None, None, f"needs an apprise address in url_file, or in the variable {variable}")
    return AppriseChannel(name=given.name, url=url)


def _address_shown(url: str) -> str:
    """Return as much of an address as may be printed: chat services keep their secret in its path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    return shown(f"{parts.scheme}://{parts.hostname}/...") if parts.scheme and parts.hostname else HIDDEN


_MAKERS: Final[Mapping[str, Callable[[_Table], Channel]]] = {"webhook": _webhook, "mail": _mail, "apprise": _apprise}
