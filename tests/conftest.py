"""What holds for all tests."""

import gc
import warnings

with warnings.catch_warnings():
    # datasette opens a connection when it is imported and leaves it to the garbage collector, which Python 3.13
    # reports in whatever test runs then. Here it is collected before the first test; leaks of ours still fail.
    warnings.simplefilter("ignore", ResourceWarning)
    import datasette.filters  # type: ignore[import-untyped]  # ships no types

    assert datasette.filters.Filters
    gc.collect()
