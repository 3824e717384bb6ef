"""Reading the editable TOML tables of the judge, with errors that name file and key."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitor.errors import ConfigurationError


def read_table(path: Path) -> tuple[dict[str, Any], bytes]:
    """Return a TOML file as a dict and as its bytes; raises ConfigurationError naming file and line."""
    try:
        raw = path.read_bytes()
        return tomllib.loads(raw.decode("utf-8")), raw
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path}: is not valid TOML: {error}") from error


def strings(path: Path, table: Mapping[str, Any], key: str, *, where: str) -> tuple[str, ...]:
    """Return a list of non-empty strings; raises ConfigurationError naming file and key if it is anything else."""
    value = table.get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise ConfigurationError(f"{path}: {where}.{key} must be a list of non-empty strings")
    return tuple(value)


def table_of(path: Path, document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return one table of a document; raises ConfigurationError naming file and key if it is missing."""
    value = document.get(key)
    if not isinstance(value, dict):
        raise ConfigurationError(f"{path}: table [{key}] is missing")
    return value
