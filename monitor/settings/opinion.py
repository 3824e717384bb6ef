"""`[second_opinion]` -> typed values, the key read from where it is kept."""

import re
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from monitor.settings.addresses import address_fault
from monitor.settings.secrets import kept
from monitor.settings.sections import Layer, build
from monitor.settings.values import SecondOpinionSettings
from monitor.settings.wording import HIDDEN, refuse, shown

SECTION: Final = "second_opinion"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,512}")


def second_opinion(layer: Layer, config: Path | None) -> SecondOpinionSettings:
    """Return the section, checked, with its key; without `base_url` nobody is asked."""
    chosen: SecondOpinionSettings = build(SECTION, layer)
    if chosen.base_url is None:
        return chosen
    given = layer[SECTION, "base_url"]
    fault = address_fault(chosen.base_url)
    if not fault and (urlsplit(chosen.base_url).query or urlsplit(chosen.base_url).fragment):
        fault = 'must end with its path, such as "http://127.0.0.1:8080/v1"'
    if not fault and urlsplit(chosen.base_url).path.rstrip("/").endswith("/chat/completions"):
        fault = 'leave out "/chat/completions": it is added to each request'
    if fault:
        refuse(given.where, f"{SECTION}.base_url", shown(chosen.base_url), fault)
    if not (chosen.model or "").strip():
        refuse(given.where, SECTION, None, "base_url needs a model beside it")
    found = kept(layer, config, SECTION, "api_key")
    key = _sound(*found) if found else None
    if key and _leaves_in_clear(chosen.base_url):
        problem = "a key and texts sent by http:// can be read on their way; use https://"
        refuse(given.where, f"{SECTION}.base_url", shown(chosen.base_url), problem)
    return replace(chosen, api_key=key)


def _leaves_in_clear(url: str) -> bool:
    """Return whether requests to an address leave this machine and its network without TLS."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" or ("." not in host.rstrip(".") and ":" not in host):  # localhost, a container's name
        return False
    try:
        return not ip_address(host).is_private
    except ValueError:
        return not host.endswith((".local", ".internal", ".localhost"))


def _sound(key: str, where: str) -> str:
    if not _KEY.fullmatch(key.strip()):
        refuse(where, f"{SECTION}.api_key", HIDDEN, "must be 1 to 512 visible ASCII characters")
    return key.strip()
