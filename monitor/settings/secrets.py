"""Where secrets are kept, in files that nobody else can read, and what a signing secret is like."""

import base64
import binascii
from pathlib import Path

from monitor.settings.sections import Layer
from monitor.settings.wording import HIDDEN, refuse, shown


def wide_open(path: Path) -> str | None:
    """Return the mode of a file that others than its owner may use, else None."""
    mode = path.stat().st_mode & 0o777
    return f"{mode:04o}" if mode & 0o077 else None


def from_file(where: str, key: str, given: str, folder: Path) -> str:
    """Return the secret a file holds; refuse one that others can read. A relative path counts from the folder."""
    try:
        path = folder / Path(given).expanduser()
        if mode := wide_open(path):
            refuse(where, key, shown(given), f"others can read it (mode {mode}); run: chmod 600 {path}")
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError, RuntimeError) as error:  # no text, a NUL in the path, the home of no user
        refuse(where, key, shown(given), f"cannot be read: {error}")


def secret_fault(secret: str) -> str | None:
    """Return what is wrong with a signing secret, or None (RELIABILITY.md D11: 24 to 64 bytes, enforced by us)."""
    right = 'must be "whsec_" followed by base64 of 24 to 64 bytes'
    if not secret.startswith("whsec_"):
        return right
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return f"{right}; what follows whsec_ is not base64"
    return None if 24 <= len(key) <= 64 else f"{right}; this one has {len(key)} bytes"


def kept(layer: Layer, config: Path | None, section: str, key: str) -> tuple[str, str] | None:
    """Return a secret and where it was found; None if there is none.

    It is taken from the environment, from the file that `KEY_file` names, or from a private configuration.
    """
    literal, file = layer.get((section, key)), layer.get((section, f"{key}_file"))
    from_environment = literal is not None and literal.where.startswith("environment")
    if literal is not None and file is not None and not from_environment:
        refuse(literal.where, f"{section}.{key}", HIDDEN, f"give {key}_file or {key}, not both")
    if literal is not None:
        if config is not None and not from_environment and (mode := wide_open(config)):
            problem = f"others can read this file (mode {mode}); run: chmod 600 {config} - or use {key}_file"
            refuse(literal.where, f"{section}.{key}", HIDDEN, problem)
        return str(literal.value), literal.where
    if file is None:
        return None
    beside = config is not None and not file.where.startswith("environment")
    folder = config.absolute().parent if config is not None and beside else Path.cwd()
    return from_file(file.where, f"{section}.{key}_file", str(file.value), folder), file.where
