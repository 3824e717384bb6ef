"""RELIABILITY.md A8: sixty pairs of addresses that are one story, sixty that are two, and what always holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.identity import canonical_url

PLAIN = "https://news.example/a"
SAME = {
    "campaign": (f"{PLAIN}?utm_source=x&utm_medium=y", PLAIN),
    "campaign among others": (f"{PLAIN}?id=5&utm_campaign=z&page=2", f"{PLAIN}?id=5&page=2"),
    "campaign in capitals": (f"{PLAIN}?UTM_Source=x", PLAIN),
    "campaign, encoded name": (f"{PLAIN}?utm%5Fsource=x", PLAIN),
    "click of one network": (f"{PLAIN}?fbclid=abc", PLAIN),
    "click of another": (f"{PLAIN}?gclid=abc&dclid=d", PLAIN),
    "click of a third": (f"{PLAIN}?msclkid=abc", PLAIN),
    "click of a fourth": (f"{PLAIN}?twclid=abc&igshid=2", PLAIN),
    "ocid": (f"{PLAIN}?ocid=msedge", PLAIN),
    "cmpid": (f"{PLAIN}?cmpid=rss", PLAIN),
    "smid": (f"{PLAIN}?smid=tw-share", PLAIN),
    "_hsenc": (f"{PLAIN}?_hsenc=p2&_hsmi=9", PLAIN),
    "newsletter": (f"{PLAIN}?mc_cid=1&mc_eid=2", PLAIN),
    "newsletter, another": (f"{PLAIN}?mkt_tok=1", PLAIN),
    "broadcaster": (f"{PLAIN}?at_medium=RSS&at_campaign=KARANGA", PLAIN),
    "analytics": (f"{PLAIN}?_ga=1.2&_gl=3", PLAIN),
    "share of a gift": (f"{PLAIN}?unlocked_article_code=q&smid=url-share", PLAIN),
    "pk_campaign": (f"{PLAIN}?pk_campaign=x", PLAIN),
    "xtor": (f"{PLAIN}?xtor=RSS-1", PLAIN),
    "guce": (f"{PLAIN}?guccounter=1&guce_referrer=a", PLAIN),
    "fragment": (f"{PLAIN}#comments", PLAIN),
    "empty query": (f"{PLAIN}?", PLAIN),
    "order of parameters": (f"{PLAIN}?b=2&a=1", f"{PLAIN}?a=1&b=2"),
    "default port": ("https://news.example:443/a", PLAIN),
    "default port of http": ("http://news.example:80/a", "http://news.example/a"),
    "host in capitals": ("https://News.EXAMPLE/a", PLAIN),
    "scheme in capitals": ("HTTPS://news.example/a", PLAIN),
    "no path": ("https://news.example", "https://news.example/"),
    "case of percent forms": ("https://news.example/%c3%a9", "https://news.example/%C3%A9"),
    "letters and their percent form": ("https://news.example/é", "https://news.example/%C3%A9"),
    "needless percent form": ("https://news.example/%61", PLAIN),
    "host in its own script": ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
    "dots in the path": ("https://news.example/b/../a", PLAIN),
    "space around it": (f"  {PLAIN}\n", PLAIN),
    "control characters": (f"{PLAIN}\x00", PLAIN),
    "HubSpot": (f"{PLAIN}?hsa_acc=1&hsa_cam=2", PLAIN),
    "Matomo": (f"{PLAIN}?mtm_campaign=x&matomo_source=y", PLAIN),
    "Piwik": (f"{PLAIN}?piwik_campaign=x&pk_kwd=y", PLAIN),
    "a reader's mail": (f"{PLAIN}?emci=1&emdi=2&ceid=3", PLAIN),
    "a click in a shop": (f"{PLAIN}?srsltid=x&dicbo=y", PLAIN),
    "a click of a fifth network": (f"{PLAIN}?ttclid=1&li_fat_id=2&epik=3", PLAIN),
    "a click of a sixth": (f"{PLAIN}?gbraid=1&wbraid=2&gclsrc=3", PLAIN),
    "a click of a seventh": (f"{PLAIN}?yclid=1&rdt_cid=2", PLAIN),
    "vero": (f"{PLAIN}?vero_id=1&vero_conv=2", PLAIN),
    "omeda": (f"{PLAIN}?oly_anon_id=1&oly_enc_id=2", PLAIN),
    "netscore": (f"{PLAIN}?ns_campaign=1&ns_mchannel=2&ns_source=3&ns_fee=0&ns_linkname=x", PLAIN),
    "webtrends": (f"{PLAIN}?WT.mc_id=1&wt_mc=2", PLAIN),
    "adobe": (f"{PLAIN}?s_cid=1&s_kwcid=2&ef_id=3&sfmc_id=4", PLAIN),
    "a portal": (f"{PLAIN}?ncid=1&sref=2", PLAIN),
    "a share by mail": (f"{PLAIN}?smtyp=cur&giftcopy=1", PLAIN),
    "all its trackers": (f"{PLAIN}?utm_id=1&utm_term=2&utm_content=3&fbclid=4", PLAIN),
    "a tracker between two parameters": (f"{PLAIN}?a=1&utm_source=x&b=2", f"{PLAIN}?b=2&a=1"),
    "a tracker without a value": (f"{PLAIN}?fbclid", PLAIN),
    "a tracker and a fragment": (f"{PLAIN}?utm_source=a#top", PLAIN),
    "a fragment with a question mark": (f"{PLAIN}#a?b=c", PLAIN),
    "a text fragment": (f"{PLAIN}#:~:text=roles%20go", PLAIN),
    "a blank in the path": ("https://news.example/a b", "https://news.example/a%20b"),
    "a line end within": ("https://news.example/a\nb", "https://news.example/ab"),
    "a host in capitals and its own script": ("https://BÜCHER.example/a", "https://xn--bcher-kva.example/a"),
    "a composed letter and its parts": ("https://news.example/e\u0301", "https://news.example/\u00e9"),
}
DIFFERENT = {
    "scheme": (PLAIN, "http://news.example/a"),
    "www": (PLAIN, "https://www.news.example/a"),
    "mobile host": (PLAIN, "https://m.news.example/a"),
    "amp host": (PLAIN, "https://amp.news.example/a"),
    "amp path": (PLAIN, f"{PLAIN}/amp"),
    "amp parameter": (PLAIN, f"{PLAIN}?amp=1"),
    "trailing slash": (PLAIN, f"{PLAIN}/"),
    "case of the path": (PLAIN, "https://news.example/A"),
    "number in the path": ("https://news.example/1", "https://news.example/2"),
    "id": (f"{PLAIN}?id=1", f"{PLAIN}?id=2"),
    "story": (f"{PLAIN}?story=1", f"{PLAIN}?story=2"),
    "p": (f"{PLAIN}?p=1", f"{PLAIN}?p=2"),
    "page": (f"{PLAIN}?page=1", f"{PLAIN}?page=2"),
    "cid": (f"{PLAIN}?cid=1", f"{PLAIN}?cid=2"),
    "ref": (f"{PLAIN}?ref=1", f"{PLAIN}?ref=2"),
    "source": (f"{PLAIN}?source=1", f"{PLAIN}?source=2"),
    "s": (f"{PLAIN}?s=1", f"{PLAIN}?s=2"),
    "mc": (f"{PLAIN}?mc=1", f"{PLAIN}?mc=2"),
    "pk_id": (f"{PLAIN}?pk_id=1", f"{PLAIN}?pk_id=2"),
    "at": (f"{PLAIN}?at=1", f"{PLAIN}?at=2"),
    "utm without its underscore": (f"{PLAIN}?utm=1", f"{PLAIN}?utm=2"),
    "case of a value": (f"{PLAIN}?id=a", f"{PLAIN}?id=A"),
    "value or none": (f"{PLAIN}?print=1", f"{PLAIN}?print"),
    "one value or two": (f"{PLAIN}?tag=1", f"{PLAIN}?tag=1&tag=2"),
    "plus and its percent form": (f"{PLAIN}?q=a%2Bb", f"{PLAIN}?q=a+b"),
    "slash and its percent form": ("https://news.example/a/b", "https://news.example/a%2Fb"),
    "another port": (PLAIN, "https://news.example:8443/a"),
    "http's port under https": (PLAIN, "https://news.example:80/a"),
    "another host": (PLAIN, "https://news2.example/a"),
    "a label less": ("https://uk.news.example/a", PLAIN),
    "tracker's name as a value": (f"{PLAIN}?q=utm_source", PLAIN),
    "tracker's name in the path": ("https://news.example/utm_source=1", PLAIN),
    "path parameter": (f"{PLAIN};v=1", f"{PLAIN};v=2"),
    "extension": (f"{PLAIN}.html", PLAIN),
    "https and its http port": ("https://news.example:80/", "http://news.example/"),
    "a story and its print": (PLAIN, f"{PLAIN}?print=1"),
    "two editions": (f"{PLAIN}?edition=uk", f"{PLAIN}?edition=us"),
    "two languages": (f"{PLAIN}?lang=de", f"{PLAIN}?lang=fr"),
    "two versions": (f"{PLAIN}?v=1", f"{PLAIN}?v=2"),
    "two articles by number": ("https://news.example/?article=1", "https://news.example/?article=2"),
    "two items": (f"{PLAIN}?itemid=1", f"{PLAIN}?itemid=2"),
    "two articles by an odd key": (f"{PLAIN}?a=1", f"{PLAIN}?a=2"),
    "two searches": (f"{PLAIN}?q=cuts", f"{PLAIN}?q=hires"),
    "two tags": (f"{PLAIN}?tag=ai", f"{PLAIN}?tag=jobs"),
    "two sources": (f"{PLAIN}?src=1", f"{PLAIN}?src=2"),
    "from": (f"{PLAIN}?from=1", f"{PLAIN}?from=2"),
    "a shorter path": (PLAIN, "https://news.example/"),
    "a longer path": (PLAIN, f"{PLAIN}/b"),
    "two dates in the path": ("https://news.example/2026/03/02/x", "https://news.example/2026/03/03/x"),
    "two names that begin alike": ("https://news.example/roles-go", "https://news.example/roles-go-2"),
    "a dot and a slash": ("https://news.example/a.b", "https://news.example/a/b"),
    "a dash and an underscore": ("https://news.example/a-b", "https://news.example/a_b"),
    "a tilde and none": ("https://news.example/~a", PLAIN),
    "a plus and a blank in the path": ("https://news.example/a+b", "https://news.example/a%20b"),
    "a percent sign twice": ("https://news.example/a%2520b", "https://news.example/a%20b"),
    "two top-level domains": (PLAIN, "https://news.test/a"),
    "a name and its look-alike": (PLAIN, "https://n\u0435ws.example/a"),
    "a user": (PLAIN, "https://user@news.example/a"),
    "the order of one key's values": (f"{PLAIN}?t=1&t=2", f"{PLAIN}?t=1&t=3"),
    "a key in capitals": (f"{PLAIN}?ID=1", f"{PLAIN}?id=1"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_these_are_one_story(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_these_are_two_stories(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


def test_there_are_sixty_of_each() -> None:
    assert (len(SAME), len(DIFFERENT)) == (60, 60)


@pytest.mark.parametrize("url", {url for pairs in (SAME, DIFFERENT) for pair in pairs.values() for url in pair})
def test_what_is_in_the_tables_is_canonical_after_one_round(url: str) -> None:
    assert canonical_url(canonical_url(url)) == canonical_url(url)


url_like = st.one_of(
    st.text(),
    st.builds(
        "{}{}{}{}{}".format,
        st.sampled_from(["http://", "HTTPS://", "//", "", "mailto:", "http:"]),
        st.text("aB.:@[]1é-_%2f", max_size=12),
        st.text("/aB.%25;é ?\\", max_size=12),
        st.text("?&=;+%26utm_sourceab é", max_size=25),
        st.text("#a%", max_size=3),
    ),
)


@given(url_like)
def test_the_canonical_form_of_a_canonical_form_is_itself(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once
