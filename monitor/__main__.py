"""`python -m monitor`, and what the command `layoff-monitor` starts."""

from monitor.cli import layoff_monitor


def main() -> None:
    """Never return: run the command line and exit with its code."""
    layoff_monitor(prog_name="layoff-monitor")


if __name__ == "__main__":
    main()
