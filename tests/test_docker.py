"""The image and its two services: what they may do, and that each command works as it is written.

No engine is needed: the Dockerfile's copies are made in a folder and built there, and each service's command is
started with its environment, /data being a folder and the port a free one.
"""

import re
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml  # type: ignore[import-untyped]  # datasette brings it, without types

from monitor.clock import utc_now
from monitor.daemon import GRACE_S
from monitor.store import Store, seeds

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PATIENCE_S = 60.0

Environment = Mapping[str, str]


# --- what the services may do ------------------------------------------------------------------------------


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Give each service in turn."""
    return SERVICES[request.param]


def test_there_is_a_daemon_and_a_viewer() -> None:
    assert set(SERVICES) == {"daemon", "viewer"}


def test_a_service_is_no_root_and_can_write_nothing_but_its_volume(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108  # of the container
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "network_mode", "pid", "cap_add", "devices"} & set(service)
    assert service["user"] == "10001:10001"
    assert "USER 10001:10001" in DOCKERFILE
    assert "--uid 10001 --gid 10001" in DOCKERFILE


def test_the_store_is_a_folder_of_one_named_volume(service: dict[str, Any]) -> None:
    [mount] = service["volumes"]
    assert mount.split(":")[:2] == ["data", "/data"]
    assert list(COMPOSE["volumes"]) == ["data"]
    assert "XDG_DATA_HOME=/data" in DOCKERFILE


def test_only_the_daemon_may_write_the_store() -> None:
    assert [SERVICES[name]["volumes"][0].endswith(":ro") for name in ("daemon", "viewer")] == [False, True]


def test_the_viewer_is_reached_from_this_machine_alone() -> None:
    assert SERVICES["viewer"]["ports"] == ["127.0.0.1:8001:8001"]
    assert "ports" not in SERVICES["daemon"]


def test_a_service_has_a_health_check_and_comes_back(service: dict[str, Any]) -> None:
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"
    assert service["init"] is True


def test_the_viewer_waits_for_a_daemon_that_is_alive() -> None:
    """A feed that fails must not keep the viewer away: the check asks for life, not for well-being."""
    assert SERVICES["viewer"]["depends_on"] == {"daemon": {"condition": "service_healthy"}}
    assert SERVICES["daemon"]["healthcheck"]["test"][1:] == ["layoff-monitor", "check", "--alive"]


def test_the_daemon_is_given_the_time_it_takes_to_stop() -> None:
    assert int(SERVICES["daemon"]["stop_grace_period"].removesuffix("s")) > GRACE_S + 8


def test_no_secret_is_in_the_environment() -> None:
    names = [name for service in SERVICES.values() for name in service.get("environment", {})]
    assert not [name for name in names if re.search("secret|password|token|key", name, re.IGNORECASE)]


# --- the image ---------------------------------------------------------------------------------------------


def copied() -> list[str]:
    """Return what the Dockerfile copies from the project, by name."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return [name for line in lines for name in line.split()[:-1]]


def test_the_build_gets_all_that_is_copied_and_no_more() -> None:
    allowed = [line[1:] for line in IGNORED if line.startswith("!")]
    assert IGNORED[0] == "*"
    assert {name.partition("/")[0] for name in allowed} == set(copied())
    assert all((ROOT / name).exists() for name in allowed)


def test_the_image_has_exact_versions_with_hashes_and_needs_no_compiler() -> None:
    installs = re.findall(r"pip (?:--python \S+ )?install (.+?)(?: &&| \\|$)", DOCKERFILE, re.MULTILINE)
    locked = [line for line in installs if "--require-hashes --only-binary :all:" in line]
    assert len(locked) == 2
    assert [line for line in installs if line not in locked] == ["--no-cache-dir --no-deps dist/*.whl"]
    assert not re.search(r"apt|gcc|build-essential", DOCKERFILE)


def test_in_the_image_there_is_no_installer_and_nothing_that_lends_rights() -> None:
    first, last = re.split(r"^FROM .+\n", DOCKERFILE, flags=re.MULTILINE)[1:]
    assert "python -m venv --without-pip /opt/monitor" in first
    assert "pip uninstall --yes" in last
    assert "ensurepip" in last
    assert "find / -xdev -type f -perm /6000 -exec chmod a-s {} +" in last
    assert last.index("RUN ") < last.index("USER 10001:10001") < last.index("ENTRYPOINT")
    assert "RUN" not in last.partition("USER")[2]


def test_the_image_alone_asks_whether_its_daemon_lives() -> None:
    [check] = re.findall(r'HEALTHCHECK .+ CMD \["(.+)"\]$', DOCKERFILE, re.MULTILINE)
    assert check.split('", "') == SERVICES["daemon"]["healthcheck"]["test"][1:]


def test_a_folder_without_an_installer_is_filled_by_the_one_beside_it(tmp_path: Path) -> None:
    """The build's own steps with a small package of ours, which needs no network."""
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "small.py").write_text("WORD = 'here'\n", encoding="utf-8")
    described = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    described += '[project]\nname = "small"\nversion = "1"\n'
    (tmp_path / "small" / "pyproject.toml").write_text(described, encoding="utf-8")
    [make] = re.findall(r"RUN (python -m venv .+?) ", DOCKERFILE.replace(" /opt/monitor ", f" {tmp_path / 'venv'} "))
    [build] = re.findall(r"RUN (python -m hatchling build .+?) &&", DOCKERFILE)
    target = tmp_path / "venv"
    subprocess.run([sys.executable, *make.split()[1:], str(target)], check=True)
    subprocess.run([sys.executable, *build.split()[1:]], cwd=tmp_path / "small", check=True, capture_output=True)
    [wheel] = (tmp_path / "small" / "dist").glob("*.whl")
    install = ["-m", "pip", "--python", str(target / "bin" / "python"), "install", "--no-cache-dir", "--no-deps"]
    subprocess.run([sys.executable, *install, "--no-index", str(wheel)], check=True, capture_output=True)
    ask = "import importlib.util as u, small; print(small.WORD, u.find_spec('pip'))"
    done = subprocess.run([target / "bin" / "python", "-c", ask], check=True, capture_output=True, text=True)
    assert done.stdout == "here None\n"


def test_the_base_is_named_by_its_version() -> None:
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"python:3.13-slim-trixie"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the wheel, unpacked, that is built of nothing but what the image is given."""
    folder = tmp_path_factory.mktemp("image")
    allowed = [line[1:] for line in IGNORED if line.startswith("!")]
    for name in allowed:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    [build] = re.findall(r"RUN (python -m hatchling build .+?) &&", DOCKERFILE)
    subprocess.run([sys.executable, *build.split()[1:]], cwd=folder, check=True, capture_output=True)
    [wheel] = (folder / "dist").glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def test_the_image_is_built_of_what_is_copied(built: Path) -> None:
    assert {path.name for path in (built / "monitor" / "storage").iterdir()} == {"migrations", "schema.sql", "seed"}
    assert (built / "monitor" / "config" / "datasette.yaml").exists()


# --- each command as it is written -------------------------------------------------------------------------


def written(words: list[str], port: int) -> list[str]:
    """Return a command of the image as one of this machine: its program, the free port in the place of 8001."""
    programs = {"layoff-monitor": [sys.executable, "-P", "-m", "monitor"], "python": [sys.executable]}
    return programs[words[0]] + [word.replace("8001", str(port)) for word in words[1:]]


def environment(service: Mapping[str, Any], built: Path, data: Path) -> Environment:
    """Return what the image and the service set, /data being `data`; nothing is asked for outside this machine."""
    image = re.findall(r"([A-Z_]+)=(\S+)", "\n".join(re.findall(r"^ENV (.+)$", DOCKERFILE, re.MULTILINE)))
    values = {name: value.replace("/data", str(data)) for name, value in image if name != "PATH"}
    for name, value in service.get("environment", {}).items():
        values[name] = re.sub(r"\$\{\w+:-(.*?)\}", r"\1", value)
    return values | {"PYTHONPATH": str(built), "LAYOFF_MONITOR_FEEDS_STARTER": "false"}


def is_healthy(service: Mapping[str, Any], port: int, environ: Environment) -> bool:
    command = written(service["healthcheck"]["test"][1:], port)
    return subprocess.run(command, env=dict(environ), capture_output=True, check=False, timeout=30).returncode == 0


@contextmanager
def running(service: Mapping[str, Any], port: int, environ: Environment) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a service's command, wait until its own check finds it healthy, and kill it if the block did not end it."""
    [entry] = re.findall(r'^ENTRYPOINT \["(.+)"\]$', DOCKERFILE, re.MULTILINE)
    with subprocess.Popen(written([entry, *service["command"]], port), env=dict(environ)) as process:
        try:
            until = monotonic() + PATIENCE_S
            while not is_healthy(service, port, environ):
                assert process.poll() is None, f"it ended with {process.returncode}"
                assert monotonic() < until, "it did not become healthy"
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def page(port: int, path: str, host: str) -> int:
    try:
        request = Request(f"http://127.0.0.1:{port}/{path}", headers={"Host": host})
        with urlopen(request, timeout=20) as answer:  # noqa: S310  # our own server
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def test_the_services_run_become_healthy_answer_and_end(built: Path, tmp_path: Path) -> None:
    """The whole of `docker compose up`, a backup, and `down`, without an engine."""
    port = free_port()
    daemon, viewer = SERVICES["daemon"], SERVICES["viewer"]
    environs = {name: environment(SERVICES[name], built, tmp_path) for name in SERVICES}
    assert not is_healthy(daemon, port, environs["daemon"])
    with running(daemon, port, environs["daemon"]) as first:
        assert not is_healthy(viewer, port, environs["viewer"])
        with running(viewer, port, environs["viewer"]) as second:
            pages = [page(port, "monitor/articles_view", host) for host in ("127.0.0.1:8001", "evil.example")]
            assert pages == [200, 421]
            assert copies(tmp_path, environs["daemon"]) == 1
            second.terminate()
            assert second.wait(20) == 0
        first.terminate()
        assert first.wait(30) == 0
    assert not is_healthy(daemon, port, environs["daemon"])


def copies(data: Path, environ: Environment) -> int:
    """Make a copy as the head of the compose file says, and return how many sound ones there are."""
    head = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    [words] = re.findall(r"docker compose exec daemon (.+ backup) /data$", head, re.MULTILINE)
    subprocess.run([*written(words.split(), 0), str(data)], env=dict(environ), check=True, stdout=subprocess.DEVNULL)
    found = list(data.glob("monitor-*.db"))
    for copy in found:
        with Store.open(copy, clock=utc_now, read_only=True) as store:
            assert store.read_now(seeds.changed) == []
    return len(found)
