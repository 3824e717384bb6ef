"""Where the data files shipped with the program are: `config/` and `storage/`, in a wheel or a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Return the path of a shipped file or folder, for example `config/cues.toml`.

    In a wheel they lie inside the package, in a checkout beside it. Raises FileNotFoundError with both places.
    """
    for root in (_PACKAGE, _PACKAGE.parent):
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(f"{name} is in neither {_PACKAGE} nor {_PACKAGE.parent}; reinstall layoff-monitor")
