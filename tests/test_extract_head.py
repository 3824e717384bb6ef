"""What a page says of itself: title, names, dates, its own address; and which language a text is in."""

from datetime import UTC, datetime, timedelta

import pytest
from documents import page
from pages import URL, linked, meta, read

from monitor.extract.tongue import language_of
from monitor.identity import is_plausible

SITE = meta("og:site_name", "Harbour Times")

TITLES = {
    "open graph": (meta("og:title", "From the &amp; head"), "From the & head"),
    "linked data": (linked('{"headline": "From the data"}'), "From the data"),
    "the heading": ("", "Quillmark cuts roles"),
    "the site's name behind a bar": (SITE + meta("og:title", "Hands return | Harbour Times"), "Hands return"),
    "the site's name in capitals": (SITE + meta("og:title", "Hands return - HARBOUR TIMES"), "Hands return"),
    "another name behind a dash": (SITE + meta("og:title", "Hands return - at last"), "Hands return - at last"),
    "nothing but the site's name": (SITE + meta("og:title", "Harbour Times"), "Harbour Times"),
    "the organisation's headline is not the story's": (
        linked('{"@graph": [{"@type": "Organization", "headline": "We print"}, {"@type": "NewsArticle"}]}'),
        "Quillmark cuts roles",
    ),
}


@pytest.mark.parametrize(("head", "title"), TITLES.values(), ids=TITLES)
def test_the_title_is_the_pages_own_word_without_the_site_s_name(head: str, title: str) -> None:
    assert read(page(head=head)).title == title


def test_the_title_element_stands_in_for_a_heading() -> None:
    html = page(head=SITE).replace("<h1>", "<p>").replace("</h1>", "</p>")
    assert read(html).title == "Quillmark cuts roles"


MOMENT = datetime(2026, 11, 17, 7, 30, tzinfo=UTC)
DATES = {
    "article tag": (meta("article:published_time", "2026-11-17T08:30:00+01:00"), MOMENT),
    "itemprop": ('<meta itemprop="datePublished" content="2026-11-17T07:30:00Z">', MOMENT),
    "plain name": ('<meta name="date" content="2026-11-17">', datetime(2026, 11, 17, tzinfo=UTC)),
    "mail form": ('<meta name="pubdate" content="Tue, 17 Nov 2026 08:30:00 +0100">', MOMENT),
    "linked data": (linked('{"@graph": [{"datePublished": "2026-11-17T07:30:00Z"}]}'), MOMENT),
    "data with raw line ends": (linked('{"a": "x\ny", "datePublished": "2026-11-17T07:30:00Z"}'), MOMENT),
    "broken data": (linked('{"datePublished": "2026-'), None),
    "deep data": (linked("[" * 5_000), None),
    "impossible": (meta("article:published_time", "2026-02-30"), None),
    "words": (meta("article:published_time", "last week"), None),
    "none": ("", None),
}


@pytest.mark.parametrize(("head", "moment"), DATES.values(), ids=DATES)
def test_the_date_is_read_from_tags_and_linked_data(head: str, moment: datetime | None) -> None:
    assert read(page(head=head)).published_at == moment


def test_the_date_of_a_marked_time_element_counts() -> None:
    marked = '<time itemprop="datePublished" datetime="2026-11-17T07:30:00Z">today</time>'
    assert read(page(before=marked)).published_at == MOMENT


ADDRESSES = {
    "https://paper.example/2026/11/17/story": "2026-11-17",
    "https://paper.example/news/2026-11-17/story": "2026-11-17",
    "https://paper.example/news/20261117-story": "2026-11-17",
    "https://paper.example/2026/13/17/story": None,
    "https://paper.example/item/20261117001": None,
    "https://paper.example/2026/11/story": None,
}


@pytest.mark.parametrize(("url", "day"), ADDRESSES.items())
def test_the_day_in_an_address_is_the_last_resort(url: str, day: str | None) -> None:
    moment = read(page(), url=url).published_at
    assert (moment.date().isoformat() if moment else None) == day


STATED_DATES = {
    "now": ("2026-11-22T10:00:00Z", True),
    "tomorrow, east of us": ("2026-11-23T09:59:59Z", True),
    "the day after": ("2026-11-23T10:00:01Z", False),
    "half a year ago": ("2026-05-22", True),
    "thirty years ago": ("1996-11-22", True),
    "before there were feeds": ("1994-12-31", False),
    "the epoch": ("1970-01-01T00:00:00Z", False),
    "year 1": ("0001-01-01T00:00:00Z", False),
    "year 9999": ("9999-12-31T23:59:59Z", False),
    "year 10000": ("10000-01-01", False),
    "beyond the end of time, by its zone": ("9999-12-31T23:59:59-12:00", False),
    "30 February": ("2026-02-30", False),
    "month 13": ("2026-13-01", False),
    "in seconds": ("1795341600", False),
    "empty": ("", False),
}


@pytest.mark.parametrize(("stated", "counts"), STATED_DATES.values(), ids=STATED_DATES)
def test_a_date_that_cannot_be_is_none_and_an_old_one_stays_true(stated: str, *, counts: bool) -> None:
    seen_at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    moment = read(page(head=meta("article:published_time", stated))).published_at
    assert (moment is not None and is_plausible(moment, seen_at)) is counts


CHANGES = {
    "article tag": meta("article:modified_time", "2026-11-17T08:30:00+01:00"),
    "open graph": meta("og:updated_time", "2026-11-17T07:30:00Z"),
    "itemprop": '<meta itemprop="dateModified" content="2026-11-17T07:30:00Z">',
    "linked data": linked('{"@type": "NewsArticle", "dateModified": "2026-11-17T07:30:00Z"}'),
    "time element": '<time itemprop="dateModified" datetime="2026-11-17T07:30:00Z">today</time>',
}


@pytest.mark.parametrize("head", CHANGES.values(), ids=CHANGES)
def test_the_last_change_is_read_beside_the_date(head: str) -> None:
    article = read(page(head=head + meta("article:published_time", "2026-11-16")))
    assert article.modified_at == MOMENT
    assert article.published_at == MOMENT - timedelta(hours=31, minutes=30)


AUTHORS = {
    "name": ('<meta name="author" content="Ada Quill">', "Ada Quill"),
    "with a preposition": ('<meta name="author" content="By Ada Quill">', "Ada Quill"),
    "a profile's address is no name": (meta("article:author", "https://paper.example/ada"), None),
    "a host is no name": ('<meta name="author" content="paper.example">', None),
    "the site is not its own author": (SITE + '<meta name="author" content="Harbour Times">', None),
    "linked person": (linked('{"author": {"name": "Ada Quill"}}'), "Ada Quill"),
    "linked persons": (linked('{"author": [{"name": "Ada Quill"}, {"name": "Bo Reed"}]}'), "Ada Quill, Bo Reed"),
    "linked words": (linked('{"author": "Ada Quill"}'), "Ada Quill"),
    "linked number": (linked('{"author": 7}'), None),
    "linked persons before a tag with one of them": (
        '<meta name="author" content="Bo Reed">' + linked('{"author": [{"name": "Ada Quill"}, {"name": "Bo Reed"}]}'),
        "Ada Quill, Bo Reed",
    ),
    "a link to a profile": ('<a rel="author" href="/ada">Ada Quill</a>', "Ada Quill"),
}


@pytest.mark.parametrize(("head", "author"), AUTHORS.values(), ids=AUTHORS)
def test_the_author_is_read(head: str, author: str | None) -> None:
    assert read(page(head=head)).author == author


SITES = {
    "open graph": (SITE, "Harbour Times"),
    "linked publisher": (linked('{"publisher": {"name": "Harbour Times"}}'), "Harbour Times"),
    "none": ("", None),
}


@pytest.mark.parametrize(("head", "site"), SITES.values(), ids=SITES)
def test_the_site_is_read(head: str, site: str | None) -> None:
    assert read(page(head=head)).site == site


CANONICALS = {
    "link": ('<link rel="canonical" href="/story">', "https://paper.example/story"),
    "among others": ('<link rel="alternate Canonical" href="https://b.example/">', "https://b.example/"),
    "open graph": (meta("og:url", "https://paper.example/og"), "https://paper.example/og"),
    "script": ('<link rel="canonical" href="javascript:alert(1)">', None),
    "none": ("", None),
}


@pytest.mark.parametrize(("head", "url"), CANONICALS.values(), ids=CANONICALS)
def test_the_canonical_address_is_one_of_the_web(head: str, url: str | None) -> None:
    assert read(page(head=head)).canonical_url == url


# --- several articles in one page's data -------------------------------------------------------------------

OTHER = '{"@type": "NewsArticle", "url": "https://paper.example/other", "headline": "Another story"}'
THIRD = '{"@type": "NewsArticle", "url": "https://paper.example/third", "headline": "A third one"}'
GRAPHS = {
    "the one that names the page": (
        f'[{OTHER}, {{"@type": "Article", "url": "https://www.paper.example/2026/story/", "headline": "Ours"}}]',
        "Ours",
    ),
    "the one whose page it is the main thing of": (
        f'[{OTHER}, {{"@type": ["NewsArticle"], "headline": "Ours", "mainEntityOfPage": {{"@id": "{URL}#x"}}}}]',
        "Ours",
    ),
    "the one that names no page": (f'[{OTHER}, {{"@type": "BlogPosting", "headline": "Ours"}}]', "Ours"),
    "the one that calls the front page its own": (
        f'[{OTHER}, {{"@type": "NewsArticle", "mainEntityOfPage": "https://paper.example/", "headline": "Ours"}}]',
        "Ours",
    ),
    "the only one, whatever it names": (OTHER, "Another story"),
    "none of several others": (f"[{OTHER}, {THIRD}]", "Quillmark cuts roles"),
    "addresses that are none": ('{"@type": "NewsArticle", "url": "http://[", "headline": "Ours"}', "Ours"),
}


@pytest.mark.parametrize(("data", "title"), GRAPHS.values(), ids=GRAPHS)
def test_of_several_articles_in_the_data_the_page_s_own_counts(data: str, title: str) -> None:
    assert read(page(head=linked(data))).title == title


# --- languages ---------------------------------------------------------------------------------------------

TEXTS = {
    "en": (
        "The mill at Saltby will close in March, its owner said. All who work there were told that it has no "
        "buyer, and that they are not to come back with the others."
    ),
    "de": (
        "Die Stadtwerke stellen wieder Menschen ein, die Zähler ablesen. Das Programm hatte sich oft geirrt und "
        "wird nicht mehr für die Rechnungen verwendet."
    ),
    "fr": (
        "Le supermarché du port rouvre ses caisses. Les bornes qui avaient été installées dans le hall ne sont "
        "plus là pour les clients."
    ),
    "es": (
        "La terminal ha llamado de nuevo a los estibadores. Las grúas que los sustituyeron se detenían con el "
        "viento, según su empresa, y también por la lluvia."
    ),
    "it": (
        "La biblioteca torna ad avere persone al banco. Gli apparecchi che le avevano sostituite non sono più "
        "nella sala, anche se il comune li aveva pagati."
    ),
    "nl": (
        "De pakjesdienst laat klanten weer met mensen bellen. Het systeem dat een jaar lang de vragen van klanten "
        "kreeg, wordt niet meer gebruikt en gaat naar het museum."
    ),
    "pt": (
        "O cartório desligou o programa que redigia as escrituras. Não foram poucas as que saíram com os nomes "
        "trocados, e uma das famílias foi morar na casa da outra."
    ),
    "sv": (
        "Kommunen öppnar sin telefonväxel igen. Den röst som svarat var tredje gång fel, och de som sades upp har "
        "fått erbjudande om att inte sluta. Det är dyrt för kommunen, och till våren ska ett nytt avtal vara "
        "klart."
    ),
    "fi": (
        "Lautta ottaa takaisin lipunmyyjät, sillä automaatit eivät kestäneet suolaa. Yhtiön mukaan se oli virhe, "
        "mutta myös oppi, ja matkustajat ovat samaa mieltä. Kun tuuli on kova, niin kone ei toimi tai se sammuu, "
        "joka on hän sanoi vain haitta."
    ),
    "pl": (
        "Tłumaczki zwolnione z urzędu wracają na swoje stanowiska, bo sąd uznał, że program nie był jeszcze "
        "gotowy. Urząd wypłaci im także pensje, jak mówi jego rzecznik, oraz premie za to, że już są."
    ),
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_language_is_known_by_its_small_words(language: str) -> None:
    assert language_of(TEXTS[language]) == language


UNSURE = {
    "nothing": "",
    "names only": "Quillmark Norvik Harbour Tallow Reed Ferrow " * 5,
    "too little": "The mill will close.",
    "two languages": TEXTS["en"] + TEXTS["de"],
    "figures": "120 340 560 2026 11 17 " * 20,
}


@pytest.mark.parametrize("text", UNSURE.values(), ids=UNSURE)
def test_a_language_is_not_guessed(text: str) -> None:
    assert language_of(text) is None
