"""How near to the event a source stands: tiers 1 to 4 by `config/publishers.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.classify.tables import read_table, strings, table_of
from monitor.errors import ConfigurationError
from monitor.shipped import shipped

UNKNOWN_TIER = 4


@dataclass(frozen=True, slots=True)
class Publishers:
    """The table of hosts and outlet names."""

    hosts: Mapping[str, int]
    names: Mapping[str, int]

    def tier(self, name_or_host: str) -> int:
        """Return the source tier, 1 to 4, of an outlet's name or host; sub-hosts count as their parent."""
        plain = " ".join(name_or_host.split()).casefold()
        if plain in self.names:
            return self.names[plain]
        host = plain.removeprefix("www.").partition(":")[0].rstrip(".")
        while host:
            if host in self.hosts:
                return self.hosts[host]
            _, _, host = host.partition(".")
        return UNKNOWN_TIER


def load(path: Path | None = None) -> Publishers:
    """Return the publishers of a file, the shipped one by default; raises ConfigurationError naming file and key."""
    path = path or shipped("config/publishers.toml")
    document, _ = read_table(path)
    hosts: dict[str, int] = {}
    names: dict[str, int] = {}
    for tier in (1, 2, 3):
        table = table_of(path, document, f"tier{tier}")
        for key, known in (("hosts", hosts), ("names", names)):
            for entry in strings(path, table, key, where=f"tier{tier}"):
                if known.setdefault(entry.casefold(), tier) != tier:
                    raise ConfigurationError(f"{path}: tier{tier}.{key}: {entry!r} also stands in another tier")
    return Publishers(hosts, names)
