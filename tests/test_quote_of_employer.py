"""Which sentence is quoted: what is said of this employer, before what is said of nobody in particular."""

import pytest

from monitor.classify import rules

OWN = "Norvik Bank is cutting 320 phone jobs because an AI assistant answers most callers."
NOBODY = "A survey found that 55% of directors regretted replacing staff with AI."


@pytest.mark.parametrize("sentences", [(OWN, NOBODY), (NOBODY, OWN)], ids=["first", "last"])
def test_the_quote_is_of_the_employer(sentences: tuple[str, str]) -> None:
    text = " ".join((*sentences, "The bank has 5,000 employees."))
    verdict = rules.load().classify("Norvik Bank cuts 320 jobs as AI answers calls", text, None)
    assert verdict.facts.quote == OWN
