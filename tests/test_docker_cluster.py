"""What the profile `cluster` of the compose file adds: PostgreSQL, workers, and a daemon that is their home."""

import re

import pytest
from test_docker import COMPOSE, ROOT, SERVICES, filled

from monitor.cluster.worker import GRACE_S


def test_a_worker_keeps_nothing_and_is_given_the_time_it_takes_to_stop() -> None:
    worker = SERVICES["worker"]
    assert not {"volumes", "ports", "container_name"} & set(worker)  # as many as there are to be
    assert "/data" in worker["tmpfs"]
    assert int(worker["stop_grace_period"].removesuffix("s")) > GRACE_S + 20


def test_postgresql_is_of_a_certain_version_and_home_and_workers_wait_for_it() -> None:
    assert re.fullmatch(r"postgres:\d+-trixie", SERVICES["postgres"]["image"])
    assert SERVICES["postgres"]["healthcheck"]["test"][1:4] == ["pg_isready", "-h", "127.0.0.1"]
    assert SERVICES["worker"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    alone = {"condition": "service_healthy", "required": False}
    assert SERVICES["daemon"]["depends_on"] == {"postgres": alone}


@pytest.mark.parametrize(("url_file", "home"), [("", ""), ("./cluster-url", "/run/secrets/cluster-url")])
def test_the_daemon_is_home_when_the_cluster_s_address_is_given(url_file: str, home: str) -> None:
    given = {"CLUSTER_URL_FILE": url_file}
    assert filled(SERVICES["daemon"]["environment"]["LAYOFF_MONITOR_CLUSTER_URL_FILE"], given) == home
    assert filled(COMPOSE["secrets"]["cluster-url"]["file"], given) == (url_file or "/dev/null")
    assert SERVICES["worker"]["environment"]["LAYOFF_MONITOR_CLUSTER_URL_FILE"] == "/run/secrets/cluster-url"
    assert SERVICES["daemon"]["secrets"] == SERVICES["worker"]["secrets"] == ["cluster-url"]


def test_the_password_reaches_postgresql_and_home_by_files_that_the_head_of_the_file_tells_how_to_make() -> None:
    head = (ROOT / "docker-compose.yml").read_text(encoding="utf-8").partition("\nx-")[0]
    assert SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/postgres-password"
    assert filled(COMPOSE["secrets"]["postgres-password"]["file"], {}) == "./postgres-password"
    owners = {name: owner for owner, name in re.findall(r"chown (\d+) (\S+)", head)}
    assert owners["postgres-password"] == SERVICES["postgres"]["user"].partition(":")[0]
    assert owners["cluster-url"] == SERVICES["worker"]["user"].partition(":")[0]
    [url] = re.findall(r"printf '(.+?)\\n'", head)
    names = SERVICES["postgres"]["environment"]
    assert url == f"postgresql://{names['POSTGRES_USER']}:%s@postgres/{names['POSTGRES_DB']}"
