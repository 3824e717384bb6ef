-- Tables that are new in this version.
insert into feed_addresses (feed_id, canonical_url, url, until, why)
select id, 'https://old-paper-' || id || '.example/feed', 'https://old-paper-' || id || '.example/feed',
  '2026-01-15T00:00:00.000Z', iif(id % 2, 'moved', 'merged')
from feeds;
