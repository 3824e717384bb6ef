-- Feeds and pages as they are: learned cadence, states, moves, one queue per registrable domain, dates of change.

-- feeds: state and schedule ---------------------------------------------------------------------------------

alter table feeds add column state text not null default 'ok'
  check (state in ('ok', 'quiet', 'silent_zero', 'failing', 'blocked', 'gone'));   -- as of the last poll
alter table feeds add column failure_weight real not null default 0;               -- hard 1, soft 1/2, temporary 1/4
alter table feeds add column overlap_run integer not null default 0;               -- on-time polls in a row: +n mostly known, -n mostly new
alter table feeds add column gap_s real;                                           -- usual time between two new entries
alter table feeds add column longest_gap_s real;                                   -- longest of late
alter table feeds add column turnover_s real;                                      -- shortest time of late in which its document was filled anew
alter table feeds add column last_new_at text;                                     -- last time an entry was new
alter table feeds add column last_count integer;                                   -- entries in its last document
alter table feeds add column ttl_s integer;                                         -- how long its publisher asks us to wait
alter table feeds add column max_age_s real;                                        -- ... as its server said last (Cache-Control)
alter table feeds add column entry_digests blob;                                   -- of the entries of its last whole document, 8 bytes each
alter table feeds add column false_304s integer not null default 0;                -- "not modified" for what had changed
alter table feeds add column last_304_at text;
alter table feeds add column last_false_304_at text;
alter table feeds add column least_s real;                                          -- shortest wait its server puts up with, learned from refusals
alter table feeds add column moved_to text;                                        -- where a permanent redirect leads
alter table feeds add column moved_since text;                                     -- since when it leads there
alter table feeds add column queue text;                                           -- registrable domain: whose turn it waits for
update feeds set queue = queue_key(url), state = case
  when gone_at is not null then 'gone'
  when failures > 0 and last_reason in ('blocked_address', 'blocked_scheme', 'blocked_port', 'redirect_blocked', 'rate_limited')
    then 'blocked'
  when failures > 0 then 'failing'
  else 'ok'
end, failure_weight = failures;
create index feeds_queue on feeds (queue);

create table feed_addresses (
  feed_id integer not null references feeds (id),
  canonical_url text not null,        -- an address it had, or has beside its key, however it is written
  url text not null,                  -- as it was fetched
  until text not null,                -- when it moved
  why text not null check (why in ('moved', 'merged')),
  primary key (feed_id, canonical_url)
) strict, without rowid;
create index feed_addresses_canonical on feed_addresses (canonical_url);

-- hosts and their queues ------------------------------------------------------------------------------------

alter table hosts add column queue text;                -- registrable domain; one request at a time for all its hosts
alter table hosts add column feeds_hold_until text;     -- two of its feeds asked to be left alone
alter table hosts add column crawl_delay_s real;        -- as its robots.txt asks, within bounds
update hosts set queue = queue_key('http://' || host) where host <> '';
update hosts set queue = '' where host = '';
create index hosts_queue on hosts (queue);
alter table leases add column queue text;               -- null in leases from before, which end when the store is opened
create unique index leases_queue on leases (queue);

-- entries and articles --------------------------------------------------------------------------------------

alter table entries add column via_url text;            -- the aggregator's own address, where it led to the story's
alter table articles add column modified_at text;       -- when the page says it was changed last

drop view feeds_view;
create view feeds_view as
select
  f.id, f.url, f.title, f.state, f.last_polled_at, f.next_poll_at, f.interval_s, f.failures, f.last_error,
  (select count(*) from entries n where n.feed_id = f.id) as entries_seen,
  (select count(*) from entries n where n.feed_id = f.id and n.outcome = 'stored') as articles_kept,
  f.possible_gaps, f.false_304s, f.last_new_at, f.gap_s, f.hold_until, f.moved_to, f.queue,
  nullif(max(coalesce(f.hold_until, ''),
    coalesce((select max(h.feeds_hold_until) from hosts h where h.queue = f.queue), '')), '') as held_until,
  (select h.crawl_delay_s from hosts h where h.host = f.host) as crawl_delay_s
from feeds f
where f.removed_at is null;

drop view articles_view;
create view articles_view as
select
  a.id, a.url, a.canonical_url, a.publisher, a.title, a.text, a.text_state, a.language, a.published_at,
  a.modified_at, a.first_seen_at, f.url as feed, a.origin, a.label, a.kind, a.confidence, a.probability,
  c.name as company,
  (select e.quote from evidence e where e.article_id = a.id order by e.position limit 1) as evidence,
  a.is_seed, a.story_id, a.event_id,
  a.classifier_name || ' ' || a.classifier_version as classifier
from articles a
left join feeds f on f.id = a.feed_id
left join companies c on c.id = a.company_id;
