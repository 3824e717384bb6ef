"""Secrets of every sort that settings can hold, servers that repeat them, and where they turn up again."""

import base64
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from pipes import article, rss
from typing import Final
from urllib.parse import quote

from faults.hostile import HostileServer
from faults.receiver import Answer, Receiver
from faults.smtp_peer import Answer as MailAnswer
from faults.smtp_peer import MailPeer


def _key(number: int) -> str:
    return "whsec_" + base64.b64encode(bytes(range(number, number + 32))).decode()


SECRETS: Final[Mapping[str, str]] = {
    "a mail password in a file": "kanari-letters-1/+x",
    "a mail password in the environment": "kanari-post-2",
    "a mail password in the settings": "kanari-own-3",
    "a webhook address in a file": "kanari-hook-4",
    "a webhook key in a file": _key(40),
    "a webhook key in the environment": _key(90),
    "a token in a webhook query": "kanari-env-5",
    "a webhook key in the settings": _key(140),
    "a Slack address in a file": "kanari-slack-6",
    "a Discord address in the environment": "kanari-discord-7",
    "a Teams address in the settings": "kanari-teams-8",
    "an apprise address in a file": "kanari-apprise-9",
    "a model key in the environment": "kanari-model-10",
    "a proxy password in the environment": "kanari-proxy-11",
    "a password in a feed address": "kanari-feed-12",
}
MAILS: Final = ("letters", "post", "own")
HOOKS: Final = ("hook", "env", "literal", "slack", "discord", "teams")
OF_MAILS: Final = dict(zip(MAILS, list(SECRETS)[:3], strict=True))
OF_HOOKS: Final = {
    "hook": ("a webhook address in a file", "a webhook key in a file"),
    "env": ("a token in a webhook query", "a webhook key in the environment"),
    "literal": ("a webhook key in the settings",),
    "slack": ("a Slack address in a file",),
    "discord": ("a Discord address in the environment",),
    "teams": ("a Teams address in the settings",),
}


def found_in(places: Mapping[str, bytes]) -> Iterator[str]:
    """Yield which secret stands where, as it is, in base64, percent-encoded, or as the bytes of a key."""
    for name, secret in SECRETS.items():
        forms = {secret.encode(), base64.b64encode(secret.encode()).rstrip(b"="), quote(secret, safe="").encode()}
        if secret.startswith("whsec_"):
            encoded = secret.removeprefix("whsec_")
            forms |= {encoded.encode(), base64.b64decode(encoded)}
        for place, held in places.items():
            if any(form in held for form in forms):
                yield f"{name}: in {place}"


def files_of(folder: Path) -> dict[str, bytes]:
    """Return what every file in a folder holds, byte by byte."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass
class Town:
    """A site to read, servers that refuse everything and repeat all they were told, and the settings that name them."""

    folder: Path  # settings and secret files
    site: HostileServer
    mails: dict[str, MailPeer]
    hooks: dict[str, Receiver]
    model: Receiver

    @property
    def data(self) -> Path:
        """Where the store is, and all that the program writes."""
        return self.folder / "data"

    @property
    def config(self) -> Path:
        return self.folder / "monitor.toml"

    @property
    def environment(self) -> dict[str, str]:
        """The secrets that are given by the environment."""
        proxy = f"http://user:{SECRETS['a proxy password in the environment']}@127.0.0.1:9"
        return {
            "LAYOFF_MONITOR_CHANNELS_POST_PASSWORD": SECRETS["a mail password in the environment"],
            "LAYOFF_MONITOR_CHANNELS_ENV_SECRET": SECRETS["a webhook key in the environment"],
            "LAYOFF_MONITOR_CHANNELS_DISCORD_URL": self.address("discord"),
            "LAYOFF_MONITOR_SECOND_OPINION_API_KEY": SECRETS["a model key in the environment"],
            **dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"), proxy),
        }

    @property
    def feed_with_password(self) -> str:
        return f"http://user:{SECRETS['a password in a feed address']}@127.0.0.1:{self.site.port}/feed"

    def address(self, name: str) -> str:
        """Return the secret address of a webhook or chat."""
        return f"http://127.0.0.1:{self.hooks[name].port}/services/{SECRETS[OF_HOOKS[name][0]]}"

    def sent(self) -> dict[str, bytes]:
        """Return the words of all messages that came, letters and bodies."""
        letters = [letter.body for peer in self.mails.values() for letter in peer.received]
        bodies = [one.body for peer in (*self.hooks.values(), self.model) for one in peer.received]
        return {"letters": b"\n".join(letters), "bodies": b"\n".join(bodies)}

    def write_settings(self) -> None:
        """Write the settings and the files beside them, each for its owner alone."""
        secret_files = {
            "letters.secret": SECRETS["a mail password in a file"],
            "hook.url": self.address("hook"),
            "hook.secret": SECRETS["a webhook key in a file"],
            "slack.url": self.address("slack"),
            "rise.url": f"json://user:{SECRETS['an apprise address in a file']}@127.0.0.1:9/x",
        }
        self.data.mkdir()
        for name, text in {**secret_files, self.config.name: _settings(self)}.items():
            (self.folder / name).write_text(text, encoding="utf-8")
            (self.folder / name).chmod(0o600)


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[Town]:
    """Give one, its settings written."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(HostileServer())
        mails = {
            name: await stack.enter_async_context(
                MailPeer(default=_refusal(SECRETS[secret]), login=("monitor", SECRETS[secret]), login_in_clear=True)
            )
            for name, secret in OF_MAILS.items()
        }
        hooks = {
            name: await stack.enter_async_context(Receiver(default=_fault(*(SECRETS[one] for one in secrets))))
            for name, secrets in OF_HOOKS.items()
        }
        model = await stack.enter_async_context(Receiver(default=_fault(SECRETS["a model key in the environment"])))
        built = Town(folder, site, mails, hooks, model)
        built.write_settings()
        _print_stories(site)
        yield built


def _refusal(secret: str) -> MailAnswer:
    """Return an answer to the letter that repeats the password as it is and as it was sent."""
    return MailAnswer(data=f"450 4.2.0 no room for {secret} {base64.b64encode(secret.encode()).decode()}")


def _fault(*secrets: str) -> Answer:
    """Return an answer that repeats all it was told, in several forms, and breaks off in the middle of one."""
    forms = [form for secret in secrets for form in (secret, f"/services/{secret}", f"?token={secret}")]
    return Answer(500, {"x-echo": secrets[0]}, " ".join([*forms, *secrets]).encode())


def _print_stories(site: HostileServer) -> None:
    told = "Norvik Bank is laying off 320 people because artificial intelligence does their work. " * 4
    asked = (
        "Lumo Pay uses an artificial intelligence assistant to answer its customers, and staff worry about jobs. " * 4
    )
    stories = {"Norvik Bank cuts 320 jobs as AI takes over phone service": told, "Lumo Pay and its AI assistant": asked}
    for number, (title, words) in enumerate(stories.items()):
        page = article(title, words, "The staff was told on Monday, and the union spoke of it at length. " * 6)
        site.serve(f"/{number}", page, {"Content-Type": "text/html; charset=utf-8"})
    listed = [(title, site.url(f"/{number}")) for number, title in enumerate(stories)]
    site.serve("/feed", rss(*listed), {"Content-Type": "application/rss+xml"})


def _settings(given: Town) -> str:
    mail = 'kind = "mail"\nhost = "127.0.0.1"\ntls = "none"\nusername = "monitor"\nfrom = "monitor@desk.example"\n'
    mail += 'to = ["one@example.org"]\n'
    ports = {name: f"port = {peer.port}\n" for name, peer in given.mails.items()}
    plain = {name: f"http://127.0.0.1:{given.hooks[name].port}" for name in ("env", "literal")}
    return f"""
[store]
path = "data/monitor.db"
[network]
allow_private = ["127.0.0.0/8:*"]
host_delay_s = 0
[alerts]
first_document = "alert"
group_wait_s = 0
group_interval_s = 0
[second_opinion]
base_url = "http://127.0.0.1:{given.model.port}/v1"
model = "m"
below = 1.0
[channels.letters]
{mail}{ports["letters"]}password_file = "letters.secret"
[channels.post]
{mail}{ports["post"]}
[channels.own]
{mail}{ports["own"]}password = "{SECRETS["a mail password in the settings"]}"
[channels.hook]
kind = "webhook"
url_file = "hook.url"
secret_file = "hook.secret"
[channels.env]
kind = "webhook"
url = "{plain["env"]}/hook?token={SECRETS["a token in a webhook query"]}"
[channels.literal]
kind = "webhook"
url = "{plain["literal"]}/hook"
secret = "{SECRETS["a webhook key in the settings"]}"
[channels.slack]
kind = "webhook"
format = "slack"
url_file = "slack.url"
[channels.discord]
kind = "webhook"
format = "discord"
[channels.teams]
kind = "webhook"
format = "teams"
url = "{given.address("teams")}"
[channels.rise]
kind = "apprise"
url_file = "rise.url"
[[rules]]
name = "every event"
kind = "any"
"""
