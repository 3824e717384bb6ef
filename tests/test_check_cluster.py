"""What `check` says of a cluster, from what home noted."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.check import findings
from monitor.clock import to_text, utc_now
from monitor.settings import ClusterSettings, Settings, StoreSettings
from monitor.store import Store, meta
from monitor.upkeep.telling import CLUSTER, cluster

NOW = utc_now()


def noted(**changes: Any) -> str:
    state = {"waiting": 2, "running": 3, "results": 1, "failed": 0, "workers": 4, "places": 64}
    return json.dumps({"at": to_text(NOW), **state, **changes})


CASES = {
    "nobody has looked yet": (None, [("note", "has not looked")]),
    "workers are heard": (noted(), [("ok", "4 workers heard, which carry 64 batches at once; 2 batches wait")]),
    "no worker is heard": (noted(workers=0, places=0), [("problem", "no worker is heard")]),
    "home heard nothing for long": (noted(at=to_text(NOW - timedelta(minutes=4))), [("problem", "heard nothing")]),
    "some failed": (noted(failed=5), [("ok", "4 workers"), ("note", "5 jobs of the last week failed")]),
}


@pytest.mark.parametrize(("state", "expected"), CASES.values(), ids=CASES.keys())
def test_a_cluster_is_judged(state: str | None, expected: list[tuple[str, str]]) -> None:
    told = list(cluster(state, NOW))
    assert [level for _, level, _, _ in told] == [level for level, _ in expected]
    assert all(words in text for (_, _, text, _), (_, words) in zip(told, expected, strict=True))
    assert all(remedy for _, level, _, remedy in told if level != "ok")


@pytest.mark.parametrize(("url", "subjects"), [(None, 0), ("postgresql://127.0.0.1/monitor", 1)])
async def test_check_tells_of_a_cluster_where_there_is_one(tmp_path: Path, url: str | None, subjects: int) -> None:
    path = tmp_path / "monitor.db"
    async with Store.open(path, clock=utc_now) as store:
        await store.write(lambda db: meta.put(db, CLUSTER, noted(workers=0)))
    found = await findings(Settings(store=StoreSettings(path=path), cluster=ClusterSettings(url=url)))
    assert [one.level for one in found if one.subject == "cluster"] == ["problem"] * subjects
