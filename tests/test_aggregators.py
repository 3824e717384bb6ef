"""Aggregators' entries lead to the story they point at, told from the entry alone."""

import json
import re
from unittest.mock import patch
from urllib.parse import quote

import pytest
from documents import item, rss
from hypothesis import given
from hypothesis import strategies as st

from monitor.identity import entry_identity
from monitor.model import FeedEntry
from monitor.poll import parse_feed
from monitor.poll.aggregators import behind_redirects, led_to_story

STORY = "https://harbour.example/2026/roles-go?id=1&p=a%20b"
COMING = quote(STORY, safe="")
BING = f"http://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&tid=673a&url={COMING}&c=1234&mkt=en-us"
ALERT = f"https://www.google.com/url?rct=j&sa=t&url={COMING}&ct=ga&cd=CAIy&usg=AOv"
HN = "https://news.ycombinator.com/item?id=41000001"
REDDIT_MARKUP = f'<a href="{STORY}">[link]</a> Article URL: <a href="{STORY}">it</a>'
REDDIT = "https://www.reddit.com/r/jobs/comments/1abc/roles_go/"


def entry(url: str | None, guid: str | None = None) -> FeedEntry:
    return FeedEntry(guid=guid, url=url, title="Roles go", summary="")


LEADS = {
    "Bing News": BING,
    "Bing News by https and country": BING.replace("http://www.", "https://cn."),
    "Bing News, form in capitals": BING.replace("apiclick", "ApiClick"),
    "Google Alerts": ALERT,
    "Google Alerts of a country": ALERT.replace("google.com", "google.co.uk"),
    "Google search": f"https://www.google.de/url?q={COMING}&sa=U",
    "old Google News": f"http://news.google.com/news/url?sa=t&fd=R&url={COMING}",
    "Google Alerts, address half encoded": f"https://www.google.com/url?sa=t&url={quote(STORY, safe='/:?=')}&ct=ga",
    "Facebook": f"https://l.facebook.com/l.php?u={COMING}&h=AT0",
    "Facebook, mobile": f"https://lm.facebook.com/l.php?u={COMING}",
    "Reddit's own": f"https://out.reddit.com/t3_1abc?url={COMING}&token=x",
    "DuckDuckGo": f"https://duckduckgo.com/l/?uddg={COMING}&rut=1",
    "Yahoo": f"https://r.search.yahoo.com/_ylt=A/RV=2/RE=1763/RO=10/RU={COMING}/RK=2/RS=x-",
    "one in another": f"https://www.google.com/url?url={quote(BING, safe='')}",
    "one in another in another": f"https://l.facebook.com/l.php?u={quote(ALERT, safe='')}",
}


@pytest.mark.parametrize("address", LEADS.values(), ids=LEADS)
def test_a_redirecting_address_tells_where_it_leads(address: str) -> None:
    assert behind_redirects(address) == STORY


@pytest.mark.parametrize("host", ["xn--e1afmkfd.xn--p1ai", "пример.рф", "a.b.c.example", "harbour.example:8443"])
def test_a_story_may_have_any_host_with_a_domain(host: str) -> None:
    assert behind_redirects(f"https://www.google.com/url?url=https://{host}/a") == f"https://{host}/a"


def deep(levels: int) -> str:
    address = STORY
    for _ in range(levels):
        address = f"https://www.google.com/url?url={quote(address, safe='')}"
    return address


STAYS = {
    "a story": STORY,
    "a story with a story in its query": f"https://harbour.example/share?url={COMING}",
    "another page of Bing": f"https://www.bing.com/search?url={COMING}",
    "another page of Google": f"https://www.google.com/search?q={COMING}",
    "a host that sounds like Google": f"https://www.google.com.harbour.example/url?url={COMING}",
    "a host that ends like Google": f"https://notgoogle.com/url?url={COMING}",
    "a host that ends like Bing": f"https://notbing.com/news/apiclick.aspx?url={COMING}",
    "nothing in it": "https://www.google.com/url?url=&q=",
    "words in it": "https://www.google.com/url?q=layoffs",
    "a script": "https://www.google.com/url?url=javascript%3Aalert(1)",
    "a file": "https://www.google.com/url?url=file%3A%2F%2F%2Fetc%2Fhosts",
    "this machine": "https://www.google.com/url?url=http%3A%2F%2F127.0.0.1%3A8080%2F",
    "this machine by name": "https://www.google.com/url?url=http%3A%2F%2Flocalhost%2F",
    "a number as host": "https://www.google.com/url?url=http%3A%2F%2F2130706433%2F",
    "an address of eight": "https://www.google.com/url?url=http%3A%2F%2F%5B%3A%3A1%5D%2F",
    "a name and a word for it": "https://www.google.com/url?url=https%3A%2F%2Fme%3Ame%40harbour.example%2F",
    "a line break": "https://www.google.com/url?url=https%3A%2F%2Fharbour.example%2F%0Ax",
    "a control character": "https://www.google.com/url?url=https%3A%2F%2Fharbour.example%2F%07x",
    "a backslash": "https://www.google.com/url?url=https%3A%2F%2Fharbour.example%5C%40b.example",
    "encoded twice": f"https://www.google.com/url?url={quote(COMING, safe='')}",
    "no address": "::::",
    "half an address": "http://[",
    "deeper than aggregators go": deep(6),
}


@pytest.mark.parametrize("address", STAYS.values(), ids=STAYS)
def test_an_address_that_leads_nowhere_sure_is_left_alone(address: str) -> None:
    assert behind_redirects(address) is None
    assert led_to_story(entry(address)) == entry(address)


PIECES = st.sampled_from(
    [*LEADS.values(), "%25", "url=", "&", "?", "/", "http://", "https://google.de/url?q=", "[", "é"]
)


@given(st.lists(PIECES, max_size=6))
def test_no_address_makes_it_fail_or_lead_to_what_is_none(pieces: list[str]) -> None:
    found = behind_redirects("".join(pieces))
    assert found is None or found.startswith(("http://", "https://"))


HOSTS = [
    "www.bing.com",
    "Google.de",
    "l.FACEBOOK.com",
    "old.reddit.com",
    "redd.it",
    "r.search.yahoo.com",
    "duckduckgo.com",
    "news.ycombinator.com",
    "lobste.rs",
    "goo\tgle.com",
    "faceboo\u212a.com",
    "paper.example",
]


@given(
    st.sampled_from(["http://", "https://www.", "HTTPS://", ""]),
    st.sampled_from(HOSTS),
    st.sampled_from(["/url?q=", "/l.php?u=", "/l/?uddg=", "/a/RU=", "/news/apiclick.aspx?url=", "/r/a"]),
    st.sampled_from([COMING, STORY, "", "x"]),
    st.sampled_from(["", REDDIT_MARKUP]),
)
def test_most_addresses_are_known_at_a_glance_to_lead_nowhere(
    start: str, host: str, path: str, rest: str, markup: str
) -> None:
    one = entry(start + host + path + rest)
    found = led_to_story(one, markup=markup)
    with patch("monitor.poll.aggregators._PERHAPS", re.compile("")):
        assert led_to_story(one, markup=markup) == found


def test_the_aggregators_own_address_is_kept_beside_the_story() -> None:
    found = led_to_story(entry(BING, guid="a"))
    assert (found.url, found.via_url, found.guid) == (STORY, BING, "a")


def test_an_entry_keeps_its_identity_though_the_redirect_changes_with_each_poll() -> None:
    """Bing numbers its links anew each time; where the link stands in for the guid, the story does so too."""
    again = BING.replace("tid=673a", "tid=9f00")
    first, second = (led_to_story(entry(url, guid=url)) for url in (BING, again))
    assert entry_identity(first) == entry_identity(second)


ANCHOR = '<a href="{}">{}</a>'
POST = '<td> submitted by <a href="https://www.reddit.com/user/x"> /u/x </a> <br/> <span>{}</span> <span>{}</span>'


def post(link: str, comments: str = REDDIT) -> str:
    return POST.format(ANCHOR.format(link, "[link]"), ANCHOR.format(comments, "[comments]"))


REDDITS = {
    "a story": (post(STORY.replace("&", "&amp;")), STORY),
    "a story behind a redirect": (post(ALERT.replace("&", "&amp;")), STORY),
    "the post itself": (post(REDDIT), None),
    "another post": (post("https://old.reddit.com/r/a/comments/2/x/"), None),
    "a picture of Reddit": (post("https://i.redd.it/abc.jpeg"), None),
    "a film of Reddit": (post("https://v.redd.it/abc"), None),
    "a gallery": (post("https://www.reddit.com/gallery/1abc"), None),
    "a picture": (post("https://harbour.example/chart.PNG"), None),
    "a picture host": (post("https://imgur.com/a/x"), None),
    "a script": (post("javascript:x"), None),
    "a link in the text": (ANCHOR.format(STORY, "read this"), None),
    "no text": ("", None),
}


@pytest.mark.parametrize(("markup", "story"), REDDITS.values(), ids=REDDITS)
def test_a_post_of_reddit_leads_to_the_story_it_links(markup: str, story: str | None) -> None:
    found = led_to_story(entry(REDDIT, guid="t3_1abc"), markup=markup)
    assert (found.url, found.via_url) == ((story, REDDIT) if story else (REDDIT, None))


HNRSS = (
    '<p>Article URL: <a href="{}">{}</a></p><p>Comments URL: <a href="' + HN + '">' + HN + "</a></p><p>Points: 5</p>"
)
TALKS = {
    "the story with its talk": (STORY, "", HN, STORY, HN),
    "the talk with its story": (HN, HNRSS.format(STORY, STORY), HN, STORY, HN),
    "a question to the readers": (HN, "<p>How did your team fare?</p>", HN, HN, None),
    "a question with a link": (HN, f'<p>As <a href="{STORY}">they</a> say</p>', HN, HN, None),
    "a talk about a talk": (HN, HNRSS.format(HN, HN), HN, HN, None),
    "Lobsters": (STORY, "", "https://lobste.rs/s/abc/roles_go", STORY, "https://lobste.rs/s/abc/roles_go"),
    "comments of the paper": (STORY, "", "https://harbour.example/roles-go#comments", STORY, None),
    "no comments": (STORY, "", None, STORY, None),
}


@pytest.mark.parametrize(("url", "markup", "talk", "story", "via"), TALKS.values(), ids=TALKS)
def test_a_story_that_is_talked_about_is_its_own_address(
    url: str, markup: str, talk: str | None, story: str, via: str | None
) -> None:
    found = led_to_story(entry(url), markup=markup, talk=talk)
    assert (found.url, found.via_url) == (story, via)


def test_an_entry_without_address_stays_without() -> None:
    assert led_to_story(entry(None), markup=post(STORY), talk=HN) == entry(None)


def read(text: str) -> FeedEntry:
    (found,) = parse_feed(text.encode(), None, "https://feeds.example/f").entries
    return found


def test_a_feed_of_bing_news_is_read() -> None:
    found = read(
        rss(item(link=BING, guid=None, extra="<News:Source>Harbour Times</News:Source>")).replace(
            "<rss ", '<rss xmlns:News="https://www.bing.com/news/search?q=roles&amp;format=rss" '
        )
    )
    assert (found.url, found.via_url, found.publisher) == (STORY, BING, "Harbour Times")


def test_a_feed_of_google_alerts_is_read() -> None:
    found = read(f"""<feed xmlns="http://www.w3.org/2005/Atom"><entry>
      <id>tag:google.com,2013:googlealerts/feed:12345</id>
      <title type="html">&lt;b&gt;AI&lt;/b&gt; takes desk&#39;s roles</title>
      <link href="{ALERT.replace("&", "&amp;")}"></link><published>2026-11-17T07:30:00Z</published>
      <content type="html">At &lt;b&gt;Quillmark&lt;/b&gt;&amp;nbsp;...</content></entry></feed>""")
    assert (found.title, found.url, found.via_url) == ("AI takes desk's roles", STORY, ALERT)
    assert (found.guid, found.summary) == ("tag:google.com,2013:googlealerts/feed:12345", "At Quillmark ...")


def test_a_feed_of_hacker_news_is_read() -> None:
    found = read(rss(item(link=STORY, guid=None, extra=f"<comments>{HN}</comments>")))
    assert (found.url, found.via_url) == (STORY, HN)


def test_a_feed_of_reddit_is_read() -> None:
    markup = post(STORY.replace("&", "&amp;")).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    found = read(f"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>t3_1abc</id><title>Roles go</title>
      <content type="html">{markup}</content><link href="{REDDIT}"/></entry></feed>""")
    assert (found.url, found.via_url) == (STORY, REDDIT)


def test_a_json_feed_of_hacker_news_is_read() -> None:
    text = json.dumps({"items": [{"id": HN, "url": HN, "title": "x", "content_html": HNRSS.format(STORY, STORY)}]})
    found = read(text)
    assert (found.url, found.via_url, found.guid) == (STORY, HN, HN)


def test_entries_of_google_news_stay_as_they_are() -> None:
    address = "https://news.google.com/rss/articles/CBMiQUil?oc=5"
    found = read(rss(item(link=address, extra='<source url="https://harbour.example">Harbour Times</source>')))
    assert (found.url, found.via_url, found.publisher) == (address, None, "Harbour Times")
