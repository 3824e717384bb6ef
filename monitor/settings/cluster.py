"""`[cluster]` -> typed values, the address of PostgreSQL read from where it is kept."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from monitor.settings.secrets import kept
from monitor.settings.sections import Layer, build
from monitor.settings.values import ClusterSettings
from monitor.settings.wording import HIDDEN, refuse

SECTION: Final = "cluster"


def cluster(layer: Layer, config: Path | None) -> ClusterSettings:
    """Return the section with its address, which holds a password; without one everything runs on this machine."""
    chosen: ClusterSettings = build(SECTION, layer)
    found = kept(layer, config, SECTION, "url")
    if found is None:
        return replace(chosen, url=None)
    url, where = found
    if not url.startswith(("postgresql://", "postgres://")):
        refuse(where, f"{SECTION}.url", HIDDEN, 'must begin with "postgresql://"')
    return replace(chosen, url=url)
