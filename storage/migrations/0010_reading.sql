-- What the pages of the site ask for again and again, answered from indexes alone: an article's row is mostly its text,
-- an entry's mostly its summary (measured with benchmarks/pages.py).

drop index articles_label;
create index articles_label
  on articles (label, kind, published_at, origin, publisher, language, company_id, feed_id, event_id);
create index articles_published on articles (published_at, publisher, label, kind);
create index articles_language on articles (language, label);
create index articles_addresses on articles (url, final_url);

drop index entries_feed_outcome;
create index entries_feed_outcome on entries (feed_id, outcome, reason);
