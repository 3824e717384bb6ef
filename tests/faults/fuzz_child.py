"""One target under atheris, whose mutants follow what they reach in our code; ends by itself after so many runs.

`python fuzz_child.py MODULE TARGET RUNS SEED FOLDER`: the folder keeps what reached something new. A finding is
printed with its traceback, and the exit code is not 0. Needs this project and its tests on the import path.
"""

import sys
from importlib import import_module
from pathlib import Path

import atheris  # type: ignore[import-not-found]  # no requirement: where it is not installed, its test is skipped
from faults.mutants import LONGEST


def spelled(token: bytes) -> str:
    """Return bytes as the fuzzer's dictionary has them."""
    return "".join(rf"\x{byte:02x}" for byte in token)


def main(module: str, name: str, runs: str, seed: str, folder: str) -> None:
    """Fuzz until the runs are made."""
    with atheris.instrument_imports(include=["monitor"]):
        targets = import_module(module).TARGETS
    target = next(one for one in targets if one.name == name)
    corpus = Path(folder, "corpus")
    corpus.mkdir()
    for number, data in enumerate(target.seeds):
        (corpus / f"seed{number}").write_bytes(data)
    words = Path(folder, "words")
    words.write_text("".join(f'"{spelled(token)}"\n' for token in target.tokens if token), "ascii")
    limits = [f"-runs={runs}", f"-seed={seed}", f"-max_len={LONGEST}", f"-dict={words}", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *limits, str(corpus)], lambda data: target.run(data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
