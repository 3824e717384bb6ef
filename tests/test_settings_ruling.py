"""Rules in the settings: which keys each kind takes, and what is said of a wrong one."""

from pathlib import Path
from typing import get_args

import pytest

from monitor.errors import ConfigurationError
from monitor.settings import RuleKind, RuleSettings, Settings, load
from monitor.settings.ruling import employers_of
from monitor.shipped import shipped

HOME = {"HOME": "/home/op"}


def loaded(folder: Path, text: str) -> Settings:
    file = folder / "monitor.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, HOME)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        loaded(folder, text)
    assert caught.value.exit_code == 2
    return str(caught.value)


def rule(folder: Path, text: str) -> RuleSettings:
    [found] = loaded(folder, f'[[rules]]\nname = "a"\n{text}\n').rules
    return found


KINDS = {
    "any": 'kind = "any"\ncool_down_h = 0\nmax_tier = 2\nquiet_hours = "22:00-07:00"\nwindow_days = 7',
    "watch": 'kind = "watch"\nwatchlist = true',
    "flip": 'kind = "flip"\nlabels = ["reversal"]',
    "size": 'kind = "size"\nmin_jobs = 500\nconfirm = 1',
    "surge": 'kind = "surge"\ndirection = "more"\nwindow_days = 28\nfunctions = ["software"]',
    "milestone": 'kind = "milestone"\nmonths = [6, 12]\nemployers = ["Norvik Bank"]',
    "silence": 'kind = "silence"\ndays = 3\nlabels = ["reversal"]',
    "digest": 'kind = "digest"\nat = "07:30"\nevery = "monday"\nmin_jobs = 100',
}


def test_every_kind_of_rule_has_an_example() -> None:
    assert KINDS.keys() == set(get_args(RuleKind))


@pytest.mark.parametrize(("kind", "text"), KINDS.items(), ids=KINDS)
def test_each_kind_of_rule_takes_its_own_keys(kind: str, text: str, tmp_path: Path) -> None:
    assert rule(tmp_path, text).kind == kind


SENSELESS = {
    "a direction of single events": ('kind = "any"\ndirection = "more"', "direction = 'more': says nothing for a rule"),
    "a number of jobs of a silence": ('kind = "silence"\nmin_jobs = 5', 'says nothing for a rule of kind "silence"'),
    "months of a digest": ('kind = "digest"\nmonths = [3]', 'it is for "milestone"'),
    "a time of a flip": ('kind = "flip"\nat = "08:00"', 'it is for "digest"'),
    "quiet hours of a digest": ('kind = "digest"\nquiet_hours = "22:00-07:00"', "says nothing for a rule"),
    "a cool-down of a surge": ('kind = "surge"\ncool_down_h = 5', 'says nothing for a rule of kind "surge"'),
    "watching nobody": ('kind = "watch"', 'of kind "watch" needs countries or employers or functions or list'),
    "a size of nothing": ('kind = "size"', 'rules[1]: of kind "size" needs min_jobs'),
    "one quiet hour": ('quiet_hours = "22:00"', 'must be two times of day that differ: "22:00-07:00"'),
    "a quiet hour too late": ('quiet_hours = "22:00-24:00"', "must be two times of day"),
    "quiet for no time": ('quiet_hours = "07:00-07:00"', "must be two times of day that differ"),
    "a time that is none": ('kind = "digest"\nat = "8"', 'must be a time of day: "08:00"'),
    "another day": ('kind = "digest"\nevery = "friday"', 'must be one of "day", "monday"'),
    "a month that is none": ('kind = "milestone"\nmonths = [5]', "must be among 3, 6, 12, 18 and 24"),
    "no months": ('kind = "milestone"\nmonths = []', "must be among 3, 6, 12, 18 and 24"),
    "no labels": ("labels = []", "must name a label, or be left out for all three"),
    "a window that is not counted": ('kind = "surge"\nwindow_days = 14', "must be 28, the window"),
    "a tier that is none": ("max_tier = 5", "must be a whole number from 1 to 4"),
    "a list that is a number": ("watchlist = 3", "must be true or false or text in quotes"),
    "a country in words": ('countries = ["Germany"]', "did you mean DE?"),
    "a country that is none": ('countries = ["UK"]', "did you mean GB?"),
    "a place that is nowhere": ('countries = ["Narnia"]', "must be codes of ISO 3166"),
    "a kind of work that is none": ('functions = ["support"]', "did you mean customer service?"),
    "work nobody knows": ('functions = ["zzz"]', "known here: "),
    "a cut that undoes a cut": ('kind = "flip"\nlabels = ["cut"]', 'must hold "reversal" or "hybrid"'),
    "an employer without a name": ('employers = [" "]', "must be names of employers"),
    "a name that no screen shows": ('name = "a\\u001b[2J"', "be up to 200 printable characters"),
    "a list that is not there": ('list = "gone.csv"', "gone.csv: cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), SENSELESS.values(), ids=SENSELESS)
def test_a_key_that_makes_no_sense_is_refused_with_words(text: str, words: str, tmp_path: Path) -> None:
    named = "" if text.startswith("name") else 'name = "a"\n'
    said = refusal(tmp_path, f"[[rules]]\n{named}{text}\n")
    assert said.startswith(f"{tmp_path / 'monitor.toml'}: rules[1]")
    assert words in said


def test_a_rule_that_does_not_say_whether_it_is_in_shadow_leaves_that_to_the_store(tmp_path: Path) -> None:
    said = [rule(tmp_path, text).shadow for text in ("", "shadow = false", "shadow = true")]
    assert said == [None, False, True]


@pytest.mark.parametrize(
    ("text", "name"), [("", None), ("watchlist = true", "watch"), ('watchlist = "banks"', "banks")], ids=str
)
def test_a_rule_names_its_watch_list(text: str, name: str | None, tmp_path: Path) -> None:
    assert rule(tmp_path, text).watched == name


ZONES = {
    "a zone of the database": ("Europe/Paris", None),
    "none": ("Europe/Pariss", 'no such time zone; did you mean "Europe/Paris"?'),
    "one like no other": ("12345", 'did you mean "Europe/Paris"?'),
}


@pytest.mark.parametrize(("zone", "words"), ZONES.values(), ids=ZONES)
def test_a_time_zone_is_one_of_the_database(zone: str, words: str | None, tmp_path: Path) -> None:
    text = f'[alerts]\ntime_zone = "{zone}"\n'
    if words is None:
        assert loaded(tmp_path, text).alerts.time_zone == zone
    else:
        assert words in refusal(tmp_path, text)


# --- lists of employers ------------------------------------------------------------------------------------

LISTS = {
    "one a line": ("Norvik Bank\nLumo Pay\n", ("Norvik Bank", "Lumo Pay")),
    "under a title": ("id,Company,why\n1,Norvik Bank,ours\n2,Lumo Pay,\n", ("Norvik Bank", "Lumo Pay")),
    "in quotes": ('company\n"Vexa, Inc."\n', ("Vexa, Inc.",)),
    "with empty lines, and twice": ("\nLumo Pay\n,,\n Lumo Pay \n", ("Lumo Pay",)),
    "with a mark of its encoding": ("\ufeffname\nÅse AS\n", ("Åse AS",)),
}
BAD_LISTS = {
    "nobody in the column": ("id,company\n1,Norvik Bank\n2,\n", ", line 3: names no employer"),
    "a line that is too short": ("id,company\n7\n", ", line 2: names no employer"),
    "a quotation that does not end": ('Lumo Pay\n"Norvik\n', ": is not CSV"),
    "a name that is none": ("Lumo\tPay\n", ", line 1: 'Lumo\\tPay': must be the name of an employer"),
    "a name too long": (f"company\n{'x' * 201}\n", "up to 200 printable characters"),
    "nobody at all": ("company\n", "names no employer"),
}


@pytest.mark.parametrize(("text", "names"), LISTS.values(), ids=LISTS)
def test_a_list_of_employers_is_read(text: str, names: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(text, encoding="utf-8")
    assert employers_of(file) == names


@pytest.mark.parametrize(("text", "words"), BAD_LISTS.values(), ids=BAD_LISTS)
def test_a_bad_line_of_a_list_is_refused_by_its_number(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    said = refusal(tmp_path, '[[rules]]\nname = "a"\nlist = "list.csv"\n')
    assert "rules[1].list = 'list.csv': " in said
    assert words in said


def test_a_list_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(b"Lumo Pay\n\xff\n")
    assert "list.csv, line 2: is not UTF-8" in refusal(tmp_path, '[[rules]]\nname = "a"\nlist = "list.csv"\n')


def test_a_list_lies_beside_the_configuration_and_adds_to_the_employers(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("Lumo Pay\n", encoding="utf-8")
    assert rule(tmp_path, 'employers = ["Vexa"]\nlist = "list.csv"').employers == ("Vexa", "Lumo Pay")


# --- what is shipped ---------------------------------------------------------------------------------------


def test_the_examples_in_the_shipped_configuration_are_rules_that_load(tmp_path: Path) -> None:
    text = shipped("config/monitor.toml").read_text(encoding="utf-8")
    start = text.index("# [[rules]]", text.index("# --- rules"))
    examples = "\n".join(line.removeprefix("#").removeprefix(" ") for line in text[start:].splitlines())
    code = "\n".join(line for line in examples.splitlines() if line.startswith("[[") or " = " in line)
    kinds = {one.kind for one in loaded(tmp_path, code).rules}
    assert kinds == {"surge", "milestone", "silence", "digest", "watch", "flip", "size"}
