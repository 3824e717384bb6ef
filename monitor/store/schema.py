"""Regenerates `storage/schema.sql` from the migrations: `python -m monitor.store.schema`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from monitor.shipped import shipped
from monitor.store.connection import connect
from monitor.store.migrations import migrate, schema


def generated() -> str:
    """Return the text that `storage/schema.sql` must have."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "schema.db"
        db = connect(path)
        try:
            migrate(db, path)
            return schema(db)
        finally:
            db.close()


def main() -> None:
    """Write `storage/schema.sql` beside the migrations it is made of."""
    shipped("storage/migrations").with_name("schema.sql").write_text(generated(), encoding="utf-8")


if __name__ == "__main__":
    main()
