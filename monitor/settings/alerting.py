"""`[channels.NAME]` -> typed values, secrets read from where they are kept."""

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor.settings.addresses import address_fault
from monitor.settings.secrets import from_file, wide_open
from monitor.settings.sections import PREFIX, Given, converted, keys_of
from monitor.settings.values import Channel, WebhookChannel
from monitor.settings.wording import HIDDEN, nearest, refuse, shown, suggestion

_CHANNEL_KEYS = ("kind", "url", "secret_file", "secret", "format")
_MAIL = 'mail channels are not available in this version; use kind = "webhook"'


def _secret_fault(secret: str) -> str | None:
    """Return what is wrong with a signing secret (RELIABILITY: 24 to 64 bytes, enforced by us)."""
    right = 'must be "whsec_" followed by base64 of 24 to 64 bytes'
    if not secret.startswith("whsec_"):
        return right
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return f"{right}; what follows whsec_ is not base64"
    return None if 24 <= len(key) <= 64 else f"{right}; this one has {len(key)} bytes"


def _secret(name: str, table: Mapping[str, Any], file: Path, environ: Mapping[str, str]) -> str:
    """Return a channel's signing secret: from the environment, a file of its own, or a private configuration."""
    where, key = str(file), f"channels.{name}.secret"
    variable = secret_variable(name)
    if from_environment := environ.get(variable):
        where, key, secret = "environment", variable, from_environment.strip()
    elif "secret" in table and "secret_file" in table:
        refuse(where, key, HIDDEN, "give secret_file or secret, not both")
    elif "secret_file" in table:
        key = f"{key}_file"
        given = converted(Given(table["secret_file"], where), key, str)
        secret = from_file(where, key, given, file.absolute().parent)
    elif "secret" in table:
        secret = converted(Given(table["secret"], where), key, str, secret=True)
        if mode := wide_open(file):
            problem = f"others can read this file (mode {mode}); run: chmod 600 {file} - or use secret_file"
            refuse(where, key, HIDDEN, problem)
    else:
        refuse(where, f"channels.{name}", None, f"needs a secret: secret_file, or the variable {variable}")
    if fault := _secret_fault(secret):
        refuse(where, key, HIDDEN, fault)
    return secret


def secret_variable(name: str) -> str:
    """Return the variable that can hold a channel's secret."""
    return f"{PREFIX}CHANNELS_{re.sub(r'[^A-Z0-9]', '_', name.upper())}_SECRET"


def _address_shown(url: str) -> str:
    """Return as much of an address as may be printed: chat services keep their secret in its path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    return shown(f"{parts.scheme}://{parts.hostname}/...") if parts.scheme and parts.hostname else HIDDEN


def _webhook(name: str, table: Any, file: Path, environ: Mapping[str, str]) -> WebhookChannel:
    where, key = str(file), f"channels.{name}"
    if not isinstance(table, dict):
        refuse(where, key, HIDDEN, f"must be a section: write [{key}] on a line of its own")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        refuse(where, key, None, "a channel's name is made of letters, digits, - and _")
    kind = table.get("kind")
    if kind == "mail":
        refuse(where, f"{key}.kind", '"mail"', _MAIL)
    for unknown in table.keys() - set(_CHANNEL_KEYS):
        refuse(where, f"{key}.{unknown}", HIDDEN, f"unknown key; {suggestion(unknown, _CHANNEL_KEYS)}")
    if "kind" not in table or "url" not in table:
        refuse(where, key, None, 'needs kind = "webhook" and url = "https://..."')
    hints = keys_of(WebhookChannel)
    plain = {
        part: converted(Given(table[part], where), f"{key}.{part}", hints[part], secret=part == "url")
        for part in ("kind", "url", "format")
        if part in table
    }
    if fault := address_fault(plain["url"]):
        refuse(where, f"{key}.url", _address_shown(plain["url"]), fault)
    return WebhookChannel(name=name, secret=_secret(name, table, file, environ), **plain)


def channels(table: Any, file: Path, environ: Mapping[str, str]) -> dict[str, Channel]:
    """Return the configured channels by name."""
    if not isinstance(table, dict):
        refuse(str(file), "channels", HIDDEN, "must be sections: write [channels.NAME] on a line of its own")
    return {name: _webhook(name, part, file, environ) for name, part in table.items()}


def check_channel_variables(environ: Mapping[str, str], names: Mapping[str, object]) -> None:
    """Refuse a LAYOFF_MONITOR_CHANNELS_... variable that belongs to no configured channel."""
    known = [secret_variable(name) for name in names]
    for variable in sorted(environ):
        if variable.startswith(f"{PREFIX}CHANNELS_") and environ[variable] and variable not in known:
            hint = nearest(variable, known)
            words = f"did you mean {hint}?" if hint else "no channel of that name is configured"
            refuse("environment", variable, HIDDEN, f"unknown variable; {words}")
