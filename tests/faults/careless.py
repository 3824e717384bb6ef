"""The control of the canaries: the daemon with channels that note an error in its own words, address and all."""

from monitor import __main__
from monitor.alerts import mail, webhook
from monitor.settings import Channel


def verbatim(text: str, _channel: Channel) -> str:
    """Return the words as they are."""
    return text


def whole(url: str) -> str:
    """Return all of an address."""
    return url


if __name__ == "__main__":
    mail.scrub = verbatim
    webhook.scrub = verbatim
    webhook.origin = whole
    __main__.main()
