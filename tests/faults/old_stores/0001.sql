-- A store of the first version that has lived: rows in each table, in every state an entry and a delivery can be in.

insert into meta (key, value) values ('created_at', '2026-01-01T00:00:00.000Z'), ('starter_feeds_at', '2026-01-01');

insert into feeds (id, url, canonical_url, host, title, origin, added_at, etag, interval_s, next_poll_at, failures,
  last_reason, gone_at, removed_at)
with recursive n (i) as (values (1) union all select i + 1 from n where i < 40)
select i, 'https://www.paper-' || i || '.example/feed', 'https://paper-' || i || '.example/feed',
  'www.paper-' || i || '.example', 'Paper ' || i, 'added', '2026-01-01T00:00:00.000Z', '"' || i || '"', 1800,
  '2026-02-01T00:00:00.000Z', i % 4, iif(i % 4 = 0, null, iif(i % 8 = 3, 'blocked_address', 'http_5xx')),
  iif(i % 13 = 0, '2026-01-20T00:00:00.000Z', null), iif(i % 17 = 0, '2026-01-25T00:00:00.000Z', null)
from n;

insert into polls (id, feed_id, polled_at, result, parsed, new, known, refused)
with recursive n (i) as (values (1) union all select i + 1 from n where i < 40)
select i, i, '2026-01-10T00:00:00.000Z', 'document', 36, 34, 0, 2 from n;

insert into hosts (host, next_allowed_at, robots_state, robots_fetched_at)
select host, '2026-01-10T00:00:05.000Z', 'allow_all', '2026-01-10T00:00:00.000Z' from feeds;

insert into leases (token, host, issued_at, expires_at)
select 'lease ' || id, host, '2026-01-31T00:00:00.000Z', '2026-01-31T00:10:00.000Z' from feeds where id <= 5;

-- Employers under several spellings, of which 0005 makes one row each.
insert into companies (id, name, name_key, parent_id)
with recursive n (i) as (values (1) union all select i + 1 from n where i < 300)
select i, iif(i % 3 = 0, 'The Norvik ' || (i / 3) || ' Inc', iif(i % 3 = 1, 'Norvik ' || (i / 3 + 1), 'NORVIK ' || (i / 3 + 1) || ' AB')),
  'key ' || i, iif(i > 150, i - 150, null)
from n;

insert into articles (id, url, canonical_url, publisher, title, text, text_state, first_seen_at, feed_id, origin,
  content_hash, label, kind, confidence, probability, rule, company_id, facts, spans, classifier_name,
  classifier_version, classified_at, published_at)
with recursive n (i) as (values (1) union all select i + 1 from n where i < 600)
select i, 'https://www.paper-' || (i % 40 + 1) || '.example/story/' || i, 'https://paper-' || (i % 40 + 1) || '.example/story/' || i,
  'paper-' || (i % 40 + 1) || '.example', 'Norvik ' || i || ' cuts jobs', 'A program answers the calls of firm ' || i || ' now.',
  'full', '2026-01-10T00:00:00.000Z', i % 40 + 1, 'live', 'hash ' || (i / 2), iif(i % 3 = 0, 'none', 'cut'), 'event', 'high', 0.9, '7',
  iif(i % 3 = 0, null, i % 300 + 1), '{}', '{}', 'rules', '1', '2026-01-10T00:00:00.000Z', '2026-01-09T00:00:00.000Z'
from n;

insert into articles (id, publisher, title, text, text_state, first_seen_at, origin, is_seed, seed_id, content_hash,
  label, kind, confidence, probability, rule, facts, spans, classifier_name, classifier_version, classified_at)
with recursive n (i) as (values (1) union all select i + 1 from n where i < 4)
select 1000 + i, 'seeds.example', 'Seed ' || i, 'An abstract in our own words, number ' || i || '.', 'abstract',
  '2026-01-01T00:00:00.000Z', 'seed', 1, 'S' || i, 'seed hash ' || i, 'cut', 'event', 'high', 0.9, '7', '{}', '{}', 'rules', '1',
  '2026-01-01T00:00:00.000Z'
from n;

insert into evidence (article_id, position, place, quote, start, "end", cue, weight)
select id, 0, 'title', 'cuts jobs', 10, 19, 'cut.verb', 3.0 from articles where is_seed = 0;

-- 34 a poll: stored, passed over, failed, waiting; and two that were refused.
insert into entries (feed_id, poll_id, guid, url, canonical_url, identity, title, first_seen_at, host, outcome, reason,
  ended_at, article_id, attempts, next_attempt_at, lease)
with recursive n (i) as (values (0) union all select i + 1 from n where i < 1439)
select i / 36 + 1, i / 36 + 1, 'guid ' || i, 'https://www.paper-' || (i / 36 + 1) || '.example/story/' || i,
  'https://paper-' || (i / 36 + 1) || '.example/story/' || i, 'identity ' || i, 'Story ' || i, '2026-01-10T00:00:00.000Z',
  'www.paper-' || (i / 36 + 1) || '.example',
  case when i % 36 >= 34 then 'refused' when i % 36 < 15 then 'stored' when i % 36 < 20 then 'passed_over' when i % 36 < 25 then 'failed' end,
  case when i % 36 >= 34 then 'refused_value' when i % 36 between 20 and 24 then 'timed_out' end,
  case when i % 36 >= 34 or i % 36 < 25 then '2026-01-11T00:00:00.000Z' end,
  case when i % 36 < 15 then i / 36 * 15 + i % 36 + 1 end,
  i % 5, case when i % 36 between 25 and 33 then '2026-02-01T00:00:00.000Z' end,
  case when i % 36 = 33 and i / 36 < 5 then 'lease ' || (i / 36 + 1) end
from n;

insert into events (id, company_id, label, kind, status, announced_on, date_precision, origin, jobs_count, linked_event_id,
  link_type, source_tier, first_seen_at, updated_at)
with recursive n (i) as (values (1) union all select i + 1 from n where i < 300)
select i, i, iif(i % 5 = 0, 'reversal', 'cut'), 'event', 'announced', date('2026-01-01', '+' || (i % 60) || ' days'), 'day', 'live', i * 10,
  iif(i % 5 = 0, i - 1, null), iif(i % 5 = 0, 'reverses', null), 3, '2026-01-10T00:00:00.000Z', '2026-01-10T00:00:00.000Z'
from n;
update articles set event_id = company_id where company_id is not null;
insert into event_articles (event_id, article_id, added_at)
select event_id, id, '2026-01-10T00:00:00.000Z' from articles where event_id is not null;

insert into alerts (id, sequence, rule, subject, label, company_id, raised_at, headline, event_id)
select 'alert-' || id, id, 'every event', 'event:' || id, label, company_id, '2026-01-10T00:00:00.000Z', 'Norvik ' || id || ' cuts jobs', id
from events where id in (select event_id from event_articles);
insert into deliveries (alert_id, channel, recipient, state, attempts, next_attempt_at, first_attempt_at, last_attempt_at, ended_at)
select id, iif(r.n = 0, 'hook', 'letters'), r.n + 1,
  case (sequence + r.n) % 8 when 0 then 'pending' when 1 then 'leased' when 2 then 'sent' when 3 then 'retrying' when 4 then 'expired'
    when 5 then 'refused' when 6 then 'muted' else 'shadow' end,
  iif((sequence + r.n) % 8 between 1 and 5, 1, 0), iif((sequence + r.n) % 8 in (0, 1, 3), '2026-02-01T00:00:00.000Z', null),
  iif((sequence + r.n) % 8 between 1 and 5, '2026-01-10T00:00:10.000Z', null),
  iif((sequence + r.n) % 8 between 1 and 5, '2026-01-10T00:00:10.000Z', null),
  iif((sequence + r.n) % 8 in (2, 4, 5), '2026-01-10T00:00:11.000Z', null)
from alerts cross join (select 0 as n union all select 1) r;
