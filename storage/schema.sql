-- Generated from storage/migrations by `python -m monitor.store.schema`; not to be edited.

CREATE TABLE meta (
  key text primary key,
  value text not null
) strict;

CREATE TABLE feeds (
  id integer primary key,
  url text not null,                  -- as given, for fetching
  canonical_url text not null unique, -- one feed however it is written
  host text not null,                 -- the politeness key
  title text,
  origin text not null check (origin in ('starter', 'added')),
  source_tier integer check (source_tier between 1 and 4),
  added_at text not null,
  removed_at text,                    -- removed feeds keep their history and are not polled
  etag text,
  last_modified text,
  body_digest text,                   -- blake2b of the last body that was read
  read_in_part integer not null default 0, -- that body was broken: what is unchanged since is no whole document
  interval_s integer not null,
  next_poll_at text not null,
  hold_until text,                    -- what Retry-After asked for; `poll --all` keeps to it
  last_polled_at text,
  last_ok_at text,                    -- last poll that was answered, a 304 included
  last_full_at text,                  -- last fetch without validators
  last_document_at text,              -- last document that could be read
  failures integer not null default 0,
  last_reason text,
  last_error text,
  gone_at text,                       -- answered 410: waits for a person
  polls integer not null default 0,
  not_modified integer not null default 0,
  unchanged integer not null default 0,
  possible_gaps integer not null default 0,
  pages_day text,                     -- the day that pages_count is of
  pages_count integer not null default 0
, state text not null default 'ok'
  check (state in ('ok', 'quiet', 'silent_zero', 'failing', 'blocked', 'gone')), failure_weight real not null default 0, overlap_run integer not null default 0, gap_s real, longest_gap_s real, turnover_s real, last_new_at text, last_count integer, ttl_s integer, max_age_s real, entry_digests blob, false_304s integer not null default 0, last_304_at text, last_false_304_at text, least_s real, moved_to text, moved_since text, queue text, encoding text, undecodable integer not null default 0, guids_changed_at text) strict;

CREATE INDEX feeds_due on feeds (next_poll_at) where removed_at is null and gone_at is null;

CREATE TABLE polls (
  id integer primary key,
  feed_id integer not null references feeds (id),
  polled_at text not null,
  result text not null check (result in ('document', 'not_modified', 'unchanged', 'failed')),
  reason text,                        -- why it failed, or parse_partial
  detail text,
  conditional integer not null default 0,
  first_document integer not null default 0,
  parsed integer not null default 0,  -- parsed = new + known + refused
  new integer not null default 0,
  known integer not null default 0,
  refused integer not null default 0,
  body_bytes integer not null default 0,
  duration_ms integer not null default 0,
  check (parsed = new + known + refused)
) strict;

CREATE INDEX polls_feed on polls (feed_id, polled_at);

CREATE TABLE hosts (
  host text primary key,              -- the politeness key
  next_allowed_at text,
  hold_until text,                    -- what Retry-After asked for
  robots_state text check (robots_state in ('rules', 'allow_all', 'unreachable')),
  robots_text text,
  robots_fetched_at text,
  robots_failed_at text,              -- could not be had again since: the rules at hand serve on for a while
  pages_day text,                     -- the day that pages_count is of
  pages_count integer not null default 0
, queue text, feeds_hold_until text, crawl_delay_s real) strict;

CREATE TABLE leases (
  token text primary key,
  host text not null unique,          -- one live lease a host
  issued_at text not null,
  expires_at text not null
, queue text) strict;

CREATE TABLE entries (
  id integer primary key,
  feed_id integer references feeds (id),   -- null: imported
  poll_id integer references polls (id),
  guid text,
  url text,                           -- as found in the feed
  canonical_url text,                 -- the key two entries of one story share
  identity text not null,             -- unique within the feed: guid and canonical address, or a hash of the words
  title text not null default '',
  summary text not null default '',
  publisher text,
  published_at text,
  published_raw text,
  date_guessed integer not null default 0,
  first_document integer not null default 0,
  first_seen_at text not null,
  origin text not null default 'live' check (origin in ('live', 'imported', 'seed')),
  fetch_url text,                     -- where to fetch next; differs from url after a redirect to another host
  host text,
  hops integer not null default 0,
  outcome text check (outcome in ('stored', 'duplicate', 'passed_over', 'refused', 'failed')),
  reason text,
  detail text,
  ended_at text,
  duplicate_of integer references entries (id),
  article_id integer references articles (id),
  attempts integer not null default 0,
  next_attempt_at text,
  lease text, via_url text, readings integer not null default 0, reread_at text,
  -- in exactly one state: waiting with its next attempt, or ended once and for all
  check ((outcome is null) = (next_attempt_at is not null)),
  check ((outcome is null) = (ended_at is null)),
  check (lease is null or outcome is null),
  check (outcome is null or outcome <> 'stored' or article_id is not null),
  check (outcome is null or outcome not in ('refused', 'failed') or reason is not null)
) strict;

CREATE UNIQUE INDEX entries_identity on entries (feed_id, identity);

CREATE UNIQUE INDEX entries_imported on entries (identity) where feed_id is null;

CREATE INDEX entries_canonical on entries (canonical_url);

CREATE INDEX entries_waiting on entries (host, next_attempt_at) where outcome is null and lease is null;

CREATE INDEX entries_lease on entries (lease) where lease is not null;

CREATE INDEX entries_poll on entries (poll_id);

CREATE INDEX entries_article on entries (article_id);

CREATE INDEX entries_duplicate on entries (duplicate_of) where duplicate_of is not null;

CREATE TABLE companies (
  id integer primary key,
  name text not null,                 -- as first seen
  name_key text not null unique,      -- NFC and casefolded: one employer however it is written
  parent_id integer references companies (id)
) strict;

CREATE TABLE articles (
  id integer primary key,
  url text,
  canonical_url text unique,
  final_url text,
  final_canonical text,               -- its canonical form, where it is another key to this story
  publisher text,
  author text,
  title text not null,
  text text not null,
  text_state text not null check (text_state in ('full', 'summary', 'headline_only', 'paywalled', 'blocked', 'abstract')),
  language text,
  published_at text,                  -- a moment, or a date as precise as known
  date_precision text check (date_precision in ('moment', 'day', 'month', 'year')),
  first_seen_at text not null,
  feed_id integer references feeds (id),
  origin text not null check (origin in ('live', 'imported', 'seed')),
  is_seed integer not null default 0,
  seed_id text unique,
  content_hash text not null,         -- SHA-256 of title and text
  source_tier integer not null default 4 check (source_tier between 1 and 4),
  label text not null check (label in ('cut', 'reversal', 'hybrid', 'none')),
  kind text not null,
  confidence text not null check (confidence in ('high', 'medium', 'low')),
  probability real not null,
  rule text not null,
  company_id integer references companies (id),
  facts text not null,                -- JSON, the fields of CODEBOOK.md 5
  spans text not null,                -- JSON, fact -> [title or text, start, end]
  classifier_name text not null,
  classifier_version text not null,
  classified_at text not null,
  story_id integer,
  event_id integer references events (id)
, modified_at text, review_state text not null default 'auto'
  check (review_state in ('auto', 'needs_review', 'checked', 'disputed', 'excluded')), stated_canonical text) strict;

CREATE INDEX articles_company on articles (company_id, label);

CREATE INDEX articles_final on articles (final_canonical) where final_canonical is not null;

CREATE TABLE evidence (
  article_id integer not null references articles (id) on delete cascade,
  position integer not null,          -- 0 is the strongest
  place text not null check (place in ('title', 'text')),
  quote text not null,
  start integer not null,
  "end" integer not null,
  cue text not null,
  weight real not null,
  primary key (article_id, position)
) strict, without rowid;

CREATE VIRTUAL TABLE articles_fts using fts5 (title, text, content=[articles], content_rowid=[id]);

CREATE TRIGGER articles_ai after insert on articles begin
  insert into articles_fts (rowid, title, text) values (new.id, new.title, new.text);
end;

CREATE TRIGGER articles_ad after delete on articles begin
  insert into articles_fts (articles_fts, rowid, title, text) values ('delete', old.id, old.title, old.text);
end;

CREATE TRIGGER articles_au after update of title, text on articles begin
  insert into articles_fts (articles_fts, rowid, title, text) values ('delete', old.id, old.title, old.text);
  insert into articles_fts (rowid, title, text) values (new.id, new.title, new.text);
end;

CREATE TABLE events (
  id integer primary key,
  company_id integer not null references companies (id),
  label text not null check (label in ('cut', 'reversal', 'hybrid')),
  kind text not null,
  action text,
  technology text,
  function text,
  country text,
  employment_form text,
  status text not null,
  announced_on text not null,
  date_precision text not null check (date_precision in ('day', 'month', 'year')),
  origin text not null check (origin in ('live', 'imported', 'seed')),
  jobs_count integer,
  jobs_count_max integer,
  jobs_qualifier text not null default 'none_stated',
  jobs_implied integer,
  jobs_formula text,
  fte_equivalent integer,
  share_pct real,
  share_base text,
  headcount_before integer,
  headcount_after integer,
  attribution_type text,
  attribution_strength text not null default 'none',
  attribution_speaker text,
  quote text,
  quote_speaker text,
  quote_article_id integer references articles (id),
  reason_given text,
  linked_event_id integer references events (id),
  link_type text check (link_type in ('reverses', 'reverses_partly', 'softens', 'follows', 'updates', 'duplicates')),
  source_tier integer not null check (source_tier between 1 and 4),
  review_state text not null default 'auto' check (review_state in ('auto', 'checked', 'disputed', 'excluded')),
  first_seen_at text not null,
  updated_at text not null
, retired_at text, effective_on text, stated_status text, link_by text not null default 'rule' check (link_by in ('rule', 'source', 'person'))) strict;

CREATE INDEX events_company on events (company_id, label, announced_on);

CREATE INDEX events_label on events (label, announced_on);

CREATE INDEX events_link on events (linked_event_id) where linked_event_id is not null;

CREATE TABLE event_articles (
  event_id integer not null references events (id),
  article_id integer not null references articles (id),
  added_at text not null,
  primary key (event_id, article_id)
) strict, without rowid;

CREATE INDEX event_articles_article on event_articles (article_id);

CREATE TABLE alerts (
  id text primary key,                -- stable for ever; the receiver's key against repeats
  sequence integer not null unique,
  rule text not null,
  subject text not null,              -- what the alert is about; one alert per rule and subject
  label text check (label in ('cut', 'reversal', 'hybrid')),
  company_id integer references companies (id),
  raised_at text not null,
  observed real,
  expected real,
  headline text not null,
  event_id integer references events (id), kind text not null default 'any', details text not null default '{}', withheld text check (withheld in ('shadow', 'muted')), why text, known text,
  unique (rule, subject)
) strict;

CREATE INDEX alerts_event on alerts (event_id);

CREATE VIEW event_chains as
with recursive chain (event_id, at_id, depth) as (
  select id, linked_event_id, 1 from events
  where label in ('reversal', 'hybrid') and linked_event_id is not null
  union all
  select chain.event_id, e.linked_event_id, depth + 1
  from chain join events e on e.id = chain.at_id
  where e.label <> 'cut' and e.linked_event_id is not null and depth < 20
)
select chain.event_id, cut.id as cut_id,
  cast(julianday(late.announced_on) - julianday(cut.announced_on) as integer) as days
from chain
join events cut on cut.id = chain.at_id and cut.label = 'cut'
join events late on late.id = chain.event_id;

CREATE VIEW entries_view as
select
  n.id, f.url as feed, n.url, n.title, n.published_at, n.first_seen_at, n.outcome, n.reason, n.article_id,
  n.attempts, n.next_attempt_at
from entries n
left join feeds f on f.id = n.feed_id;

CREATE INDEX feeds_queue on feeds (queue);

CREATE TABLE feed_addresses (
  feed_id integer not null references feeds (id),
  canonical_url text not null,        -- an address it had, or has beside its key, however it is written
  url text not null,                  -- as it was fetched
  until text not null,                -- when it moved
  why text not null check (why in ('moved', 'merged')),
  primary key (feed_id, canonical_url)
) strict, without rowid;

CREATE INDEX feed_addresses_canonical on feed_addresses (canonical_url);

CREATE INDEX hosts_queue on hosts (queue);

CREATE UNIQUE INDEX leases_queue on leases (queue);

CREATE VIEW feeds_view as
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

CREATE TABLE earlier_verdicts (
  id integer primary key,
  article_id integer not null references articles (id) on delete cascade,
  label text not null check (label in ('cut', 'reversal', 'hybrid', 'none')),
  kind text not null,
  confidence text not null check (confidence in ('high', 'medium', 'low')),
  probability real not null,
  rule text not null,
  company_id integer references companies (id),
  facts text not null,                -- JSON, as in articles
  event_id integer references events (id),
  classifier_name text not null,
  classifier_version text not null,
  classified_at text not null,
  replaced_at text not null
) strict;

CREATE INDEX earlier_verdicts_article on earlier_verdicts (article_id);

CREATE INDEX articles_review on articles (review_state) where review_state <> 'auto';

CREATE TABLE second_opinions (
  id integer primary key,
  content_hash text not null,         -- of the article's words, as in articles
  model text not null,
  prompt text not null,               -- version of what is asked, and how many characters are sent
  asked_at text not null,
  outcome text not null check (outcome in (
    'asked',                          -- a request went out; for good where the program was killed then
    'agreed', 'added', 'dropped',     -- it answered: none, too; a label; a label whose quotes do not stand in the text
    'failed',                         -- no answer that can be used
    'held', 'cap_reached'             -- not asked: the server wants peace; the month's requests are spent
  )),
  detail text,
  answer text,                        -- JSON of the closed schema
  cut_chars integer not null default 0,    -- characters of the article that were not sent
  tokens_in integer,
  tokens_out integer
) strict;

CREATE INDEX second_opinions_text on second_opinions (content_hash, model, prompt);

CREATE INDEX second_opinions_asked on second_opinions (asked_at);

CREATE VIEW articles_view as
select
  a.id, a.url, a.canonical_url, a.publisher, a.title, a.text, a.text_state, a.language, a.published_at,
  a.modified_at, a.first_seen_at, f.url as feed, a.origin, a.label, a.kind, a.confidence, a.probability,
  c.name as company,
  (select e.quote from evidence e where e.article_id = a.id order by e.position limit 1) as evidence,
  a.is_seed, a.story_id, a.event_id,
  a.classifier_name || ' ' || a.classifier_version as classifier,
  a.review_state
from articles a
left join feeds f on f.id = a.feed_id
left join companies c on c.id = a.company_id;

CREATE INDEX articles_story on articles (story_id);

CREATE TRIGGER articles_story_of_its_own after insert on articles when new.story_id is null begin
  update articles set story_id = new.id where id = new.id;
end;

CREATE TABLE sketches (
  article_id integer primary key references articles (id) on delete cascade,
  sketch blob not null                -- of the text; empty if it says too little
) strict;

CREATE TABLE story_keys (
  band integer not null,              -- 0-20 of the sketch, 21 address, 22 publisher and title
  value integer not null,
  article_id integer not null,
  primary key (band, value, article_id)
) strict, without rowid;

CREATE TABLE story_merges (
  id integer primary key,
  article_id integer not null references articles (id) on delete cascade,
  like_article_id integer references articles (id) on delete set null,   -- what it was taken for a copy of
  from_story_id integer not null,     -- the story that was given up
  story_id integer not null,          -- the story it became part of
  layer text not null check (layer in ('address', 'fingerprint', 'title', 'person')),
  likeness real,                      -- 0..1, of the two texts
  why text,                           -- in a person's words
  merged_at text not null,
  undone_at text,
  undone_why text
) strict;

CREATE INDEX story_merges_article on story_merges (article_id);

CREATE INDEX story_merges_like on story_merges (like_article_id);

CREATE TABLE stories_apart (
  article_id integer not null references articles (id) on delete cascade,
  other_id integer not null references articles (id) on delete cascade,
  primary key (article_id, other_id)
) strict, without rowid;

CREATE INDEX stories_apart_other on stories_apart (other_id);

CREATE VIEW stories_view as
select
  s.id as story_id,
  (select b.title from articles b where b.story_id = s.id
    order by b.source_tier, b.text_state <> 'full', b.id limit 1) as title,
  (select count(*) from articles b where b.story_id = s.id) as articles,
  (select count(distinct b.publisher) from articles b where b.story_id = s.id) as publishers,
  (select min(b.first_seen_at) from articles b where b.story_id = s.id) as first_seen_at,
  (select max(b.first_seen_at) from articles b where b.story_id = s.id) as last_seen_at,
  (select group_concat(layer, ', ') from (
    select distinct m.layer from articles b join story_merges m on m.article_id = b.id and m.undone_at is null
    where b.story_id = s.id order by m.layer)) as layers
from articles s
where s.story_id = s.id;

CREATE TABLE accounts (
  id integer primary key,
  event_id integer references events (id),   -- null: a note, which tells of no event
  external_id text unique,            -- as the file names it
  company_id integer references companies (id),
  label text not null check (label in ('cut', 'reversal', 'hybrid', 'none')),
  kind text not null,
  status text,
  announced_on text not null,
  date_precision text not null check (date_precision in ('day', 'month', 'year')),
  facts text not null,                -- JSON, the fields of CODEBOOK.md 5, as in articles
  url text,
  publisher text,
  source_tier integer not null check (source_tier between 1 and 4),
  source_check text,                  -- how far the source was read, in the file's words
  review_state text not null default 'auto' check (review_state in ('auto', 'checked', 'disputed', 'excluded')),
  origin text not null check (origin in ('imported', 'seed')),
  added_at text not null
, linked_external_id text, link_type text
  check (link_type in ('reverses', 'reverses_partly', 'softens', 'follows', 'updates', 'duplicates')), replaced text not null default '{}') strict;

CREATE INDEX accounts_event on accounts (event_id);

CREATE INDEX accounts_company on accounts (company_id);

CREATE TABLE corrections (
  id integer primary key,
  event_id integer references events (id),
  article_id integer references articles (id) on delete cascade,
  field text not null,
  old text,
  new text,
  why text not null,
  by text not null check (by in ('source', 'rule', 'person')),
  source_article_id integer references articles (id) on delete set null,   -- whose account changed it
  source_account_id integer references accounts (id) on delete set null,
  corrected_at text not null,
  check (event_id is not null or article_id is not null)
) strict;

CREATE INDEX corrections_event on corrections (event_id);

CREATE INDEX corrections_article on corrections (article_id);

CREATE INDEX events_days on events (company_id, announced_on);

CREATE INDEX events_newest on events (announced_on);

CREATE INDEX events_vague on events (company_id, announced_on) where date_precision <> 'day';

CREATE INDEX articles_event on articles (
  event_id, source_tier, published_at, first_seen_at, publisher, story_id, review_state
) where event_id is not null;

CREATE INDEX articles_unlabelled on articles (company_id, coalesce(published_at, first_seen_at))
where label = 'none' and kind in ('event', 'update') and event_id is null;

CREATE INDEX companies_name on companies (name);

CREATE INDEX events_planned on events (effective_on) where status = 'planned';

CREATE VIEW event_voices as
select a.event_id, a.publisher, coalesce(a.story_id, a.id) as story, a.id as article_id, null as account_id
from articles a where a.event_id is not null
union all
select event_id, publisher, -id, null, id from accounts where event_id is not null and review_state <> 'excluded';

CREATE VIEW events_view as
select
  e.id, c.name as company, e.label, e.kind, e.action, e.technology, e.function, e.country, e.employment_form,
  e.status, e.announced_on, e.date_precision, e.origin, e.jobs_count, e.jobs_count_max, e.jobs_qualifier,
  e.jobs_implied, e.jobs_formula, e.fte_equivalent, e.share_pct, e.share_base, e.headcount_before,
  e.headcount_after, e.attribution_type, e.attribution_strength, e.attribution_speaker, e.quote, e.quote_speaker,
  e.reason_given,
  (select count(*) from event_articles ea where ea.event_id = e.id) as articles,
  (select count(distinct publisher) from (
    select a.publisher from articles a where a.event_id = e.id
    union all
    select n.publisher from accounts n where n.event_id = e.id and n.review_state <> 'excluded'
  )) as publishers,
  (select max(1, min(count(distinct story), count(distinct publisher))) from (
    select coalesce(a.story_id, a.id) as story, a.publisher from articles a where a.event_id = e.id
    union all
    select -n.id, n.publisher from accounts n where n.event_id = e.id and n.review_state <> 'excluded'
  )) as independent_reports,
  e.linked_event_id, e.link_type, cut.id as reverses_event_id,
  cast(julianday(e.announced_on) - julianday(cut.announced_on) as integer) as days_to_reversal,
  e.source_tier, e.review_state, e.effective_on, e.stated_status, e.link_by, e.first_seen_at, e.updated_at,
  (select count(*) from corrections r where r.event_id = e.id) as corrections,
  (select count(*) from accounts o where o.event_id = e.id) as accounts
from events e
join companies c on c.id = e.company_id
left join events cut on cut.id = (
  with recursive back (at_id, depth) as (
    select e.linked_event_id, 1 where e.label <> 'cut' and e.linked_event_id is not null
    union all
    select b.linked_event_id, depth + 1 from back join events b on b.id = back.at_id
    where b.label <> 'cut' and b.linked_event_id is not null and depth < 20
  )
  select back.at_id from back join events b on b.id = back.at_id and b.label = 'cut'
);

CREATE VIEW corrections_view as
select
  r.id, r.event_id, r.article_id, c.name as company, r.field, r.old, r.new, r.why, r.by,
  coalesce(a.url, a.canonical_url, o.url) as source, r.corrected_at
from corrections r
left join events e on e.id = r.event_id
left join articles told on told.id = r.article_id
left join companies c on c.id = coalesce(e.company_id, told.company_id)
left join articles a on a.id = r.source_article_id
left join accounts o on o.id = r.source_account_id;

CREATE INDEX alerts_rule on alerts (rule, raised_at);

CREATE INDEX alerts_company on alerts (company_id, rule, label, raised_at);

CREATE TABLE rules (
  name text primary key,              -- as in the settings; one that is gone from there stays
  kind text not null,
  first_seen_at text not null,
  new_since text                      -- null: there when the store was first run; else in shadow unless the settings say
) strict;

CREATE TABLE mutes (
  id integer primary key,
  rule text,                          -- one of the two
  company_id integer references companies (id),
  until text not null,
  why text not null,
  by text not null,                   -- who said so
  added_at text not null,
  ended_at text,                      -- taken back before its time
  check ((rule is null) <> (company_id is null))
) strict;

CREATE INDEX mutes_until on mutes (until) where ended_at is null;

CREATE TABLE watched (
  list text not null,
  company_id integer not null references companies (id),
  added_at text not null,
  why text,
  primary key (list, company_id)
) strict, without rowid;

CREATE INDEX watched_company on watched (company_id);

CREATE TABLE trend_feed_weeks (
  feed_id integer not null references feeds (id),
  week_start text not null,           -- Monday of an ISO week in which the feed answered
  last_poll_id integer not null,      -- the last such poll; later ones are still to be looked at
  primary key (feed_id, week_start)
) strict, without rowid;

CREATE INDEX trend_feed_weeks_poll on trend_feed_weeks (last_poll_id);

CREATE TABLE trend_weeks (
  label text not null,
  dimension text not null check (dimension in ('all', 'function', 'country', 'watch')),
  value text not null,
  week_start text not null,
  events integer not null,
  primary key (label, dimension, value, week_start)
) strict, without rowid;

CREATE TABLE trend_signals (
  label text not null,
  dimension text not null check (dimension in ('all', 'function', 'country', 'watch')),
  value text not null,
  window_end text not null,
  window_days integer not null,
  observed integer not null,
  expected real,
  low real,
  high real,
  probability real,
  direction text check (direction in ('more', 'fewer')),
  state text not null check (state in ('surge', 'note', 'usual', 'muted')),
  since text,
  feeds integer not null,
  coverage real,
  past_days integer not null,
  family integer not null,
  text text not null,
  primary key (label, dimension, value)
) strict, without rowid;

CREATE TABLE trend_ratios (
  window_end text not null,
  window_days integer not null,
  reversals integer not null,
  cuts integer not null,
  ratio real,
  low real,
  high real,
  primary key (window_days, window_end)
) strict, without rowid;

CREATE TABLE trend_survival (
  ending text not null check (ending in ('reversed', 'reversed_or_softened')),
  dimension text not null check (dimension in ('all', 'function', 'country')),
  value text not null,
  days integer not null,
  at_risk integer not null,
  reversed integer not null,
  share real not null,
  low real,
  high real,
  primary key (ending, dimension, value, days)
) strict, without rowid;

CREATE VIEW trends_view as
with recursive weeks (week_start) as (
  select min(week_start) from trend_weeks where week_start is not null
  union all
  select date(week_start, '+7 days') from weeks where week_start < (select max(week_start) from trend_weeks)
),
series as (select distinct label, dimension, value from trend_weeks),
filled as (
  select w.week_start, s.label, s.dimension, s.value, coalesce(t.events, 0) as events
  from weeks w cross join series s
  left join trend_weeks t on t.label = s.label and t.dimension = s.dimension and t.value = s.value
    and t.week_start = w.week_start
  where w.week_start is not null
)
select
  strftime('%Y', week_start, '+3 days') || '-W'
    || printf('%02d', (cast(strftime('%j', week_start, '+3 days') as integer) - 1) / 7 + 1) as week,
  week_start, label, dimension, value, events,
  sum(events) over (
    partition by label, dimension, value order by week_start rows between 3 preceding and current row
  ) as events_28_days
from filled;

CREATE VIEW signals_view as
select
  label, dimension, value, window_end, window_days, observed, expected, low, high, probability, direction, state, since,
  feeds, coverage, past_days, family, text
from trend_signals;

CREATE VIEW ratio_view as
select window_end, window_days, reversals, cuts, ratio, low, high from trend_ratios;

CREATE VIEW survival_view as
select ending, dimension, value, days, at_risk, reversed, share, low, high from trend_survival;

CREATE TABLE messages (
  id integer primary key,
  message_id text not null,           -- of its alert if it holds one; the receiver's key against repeats
  channel text not null,
  recipient integer not null,         -- number within the channel; the address stays in the settings
  composed_at text not null,
  content text,                       -- JSON: what every attempt sends; null: not yet written, or it cannot be
  state text not null check (state in ('pending', 'leased', 'sent', 'retrying', 'expired', 'refused')),
  attempts integer not null default 0,
  first_attempt_at text,
  last_attempt_at text,
  next_attempt_at text,               -- while leased: when the attempt is given up for lost
  last_status integer,
  last_error text,
  ended_at text,
  unique (message_id, channel, recipient)
) strict;

CREATE INDEX messages_due on messages (next_attempt_at) where state in ('pending', 'retrying', 'leased');

CREATE INDEX messages_recipient on messages (channel, recipient, composed_at);

CREATE TABLE "deliveries" (
  id integer primary key,
  alert_id text not null references alerts (id),
  channel text not null,
  recipient integer not null default 1,
  state text not null check (state in ('pending', 'muted', 'shadow')), -- as decided; then its message's counts
  due_at text,                        -- when a message may take it up; null once one has, and for what is withheld
  message_id integer references messages (id),
  unique (alert_id, channel, recipient),
  check (state = 'pending' or message_id is null)
) strict;

CREATE INDEX deliveries_due on deliveries (channel, recipient, due_at) where state = 'pending' and message_id is null;

CREATE INDEX deliveries_message on deliveries (message_id) where message_id is not null;

CREATE TABLE channel_states (
  channel text not null,
  recipient integer not null,
  failing_since text,                 -- no attempt has succeeded since
  disabled_at text,                   -- nothing is sent until a person says `alerts retry --channel`
  why text,
  primary key (channel, recipient)
) strict, without rowid;

CREATE VIEW deliveries_view as
select
  d.alert_id, d.channel, d.channel || ' ' || d.recipient as recipient, coalesce(m.state, d.state) as state,
  coalesce(m.attempts, 0) as attempts, m.last_attempt_at,
  coalesce(d.due_at, m.next_attempt_at) as next_attempt_at, m.last_error,
  m.message_id
from deliveries d
left join messages m on m.id = d.message_id;

CREATE VIEW alerts_view as
select
  a.id, a.rule, a.subject, a.label, c.name as company, a.raised_at, a.observed, a.expected, a.headline, a.event_id,
  (select case
      when sum(d.state in ('pending', 'leased', 'retrying')) then 'pending'
      when sum(d.state in ('expired', 'refused')) then 'failed'
      when sum(d.state = 'sent') then 'sent'
      when sum(d.state = 'shadow') then 'shadow'
      when sum(d.state = 'muted') then 'muted'
      else 'no_channel'
    end from deliveries_view d where d.alert_id = a.id) as state,
  a.kind, a.why
from alerts a
left join companies c on c.id = a.company_id;

CREATE VIEW messages_view as
select
  m.message_id as id, m.channel, m.channel || ' ' || m.recipient as recipient, m.composed_at, m.state, m.attempts,
  (select count(*) from deliveries d where d.message_id = m.id) as alerts,
  m.last_attempt_at, m.next_attempt_at, m.last_status, m.last_error
from messages m;

CREATE VIEW channels_view as
select channel, channel || ' ' || recipient as recipient, failing_since, disabled_at, why from channel_states;

CREATE VIEW notes_view as
select
  n.id, c.name as company, n.label, n.kind, n.announced_on, n.date_precision, n.publisher, n.url, n.source_tier,
  json_extract(n.facts, '$.action') as action,
  json_extract(n.facts, '$.function') as function,
  json_extract(n.facts, '$.country') as country,
  json_extract(n.facts, '$.jobs_count') as jobs_count,
  json_extract(n.facts, '$.jobs_qualifier') as jobs_qualifier,
  json_extract(n.facts, '$.fte_equivalent') as fte_equivalent,
  json_extract(n.facts, '$.share_pct') as share_pct,
  json_extract(n.facts, '$.share_base') as share_base,
  json_extract(n.facts, '$.headcount_before') as headcount_before,
  json_extract(n.facts, '$.headcount_after') as headcount_after,
  n.source_check, n.review_state, n.origin, n.external_id
from accounts n
left join companies c on c.id = n.company_id
where n.event_id is null;

CREATE VIEW counted_events as
select * from events
where kind = 'event' and review_state <> 'excluded' and coalesce(link_type, '') not in ('updates', 'duplicates');

CREATE INDEX events_counted on events (company_id, announced_on, label, kind, review_state, link_type)
where kind = 'event' and review_state <> 'excluded' and coalesce(link_type, '') not in ('updates', 'duplicates');

CREATE INDEX articles_labelled on articles (company_id, published_at, event_id, label, review_state)
where label <> 'none' and review_state <> 'excluded';

CREATE VIEW followup_dates as
select
  e.id as event_id, e.company_id, e.announced_on, m.months,
  min(
    date(e.announced_on, '+' || m.months || ' months'),
    date(e.announced_on, 'start of month', '+' || (m.months + 1) || ' months', '-1 day')
  ) as due_on,
  case when exists (select 1 from events a where a.linked_event_id = e.id) then (
    with recursive answers (id, announced_on, counts, depth) as (
      select a.id, a.announced_on, a.review_state <> 'excluded', 1 from events a
      where a.linked_event_id = e.id and a.label <> 'cut'
      union all
      select a.id, a.announced_on, a.review_state <> 'excluded', depth + 1
      from answers join events a on a.linked_event_id = answers.id where a.label <> 'cut' and depth < 20
    )
    select min(announced_on) from answers where counts
  ) end as answered_on
from counted_events e
cross join (select column1 as months from (values (3), (6), (12), (18), (24))) m
where e.label = 'cut';

CREATE VIEW followups_view as
select
  d.event_id, c.name as company, d.months, d.due_on,
  case when d.answered_on is not null then 'answered' when d.due_on <= date('now') then 'due' else 'waiting' end as state,
  (
    select case later.events when 0 then (
        select case count(*) when 0 then 'nothing found yet'
          else count(*) || ' later article' || iif(count(*) = 1, '', 's') || ', no later event' end
        from articles a
        where a.company_id = d.company_id and a.label <> 'none' and a.review_state <> 'excluded'
          and a.published_at > d.announced_on || '~' and coalesce(a.event_id, 0) <> d.event_id
      ) else later.events || ' later event' || iif(later.events = 1, '', 's') || ', the first a ' || (
        select label || ' on ' || announced_on from counted_events
        where company_id = d.company_id and announced_on >= d.announced_on and announced_on <= date('now')
      and (announced_on > d.announced_on or label <> 'cut')
        order by announced_on, label limit 1
      ) end
    from (select count(*) as events from counted_events
      where company_id = d.company_id and announced_on >= d.announced_on and announced_on <= date('now')
      and (announced_on > d.announced_on or label <> 'cut')) later
  ) as found,
  (select count(*) from counted_events
    where company_id = d.company_id and announced_on >= d.announced_on and announced_on <= date('now')
      and (announced_on > d.announced_on or label <> 'cut')) as events_found,
  (select count(*) from articles a
    where a.company_id = d.company_id and a.label <> 'none' and a.review_state <> 'excluded'
      and a.published_at > d.announced_on || '~' and coalesce(a.event_id, 0) <> d.event_id) as articles_found,
  (select label from counted_events
    where company_id = d.company_id and announced_on >= d.announced_on and announced_on <= date('now')
      and (announced_on > d.announced_on or label <> 'cut')
    order by announced_on, label limit 1) as first_label,
  (select min(announced_on) from counted_events
    where company_id = d.company_id and announced_on >= d.announced_on and announced_on <= date('now')
      and (announced_on > d.announced_on or label <> 'cut')) as first_found_on,
  d.announced_on, d.answered_on
from followup_dates d
join companies c on c.id = d.company_id;

CREATE VIEW companies_view as
select
  c.id, c.name,
  (select min(e.announced_on) from counted_events e where e.company_id = c.id) as first_event_on,
  (select max(e.announced_on) from counted_events e where e.company_id = c.id) as last_event_on,
  (select count(*) from counted_events e where e.company_id = c.id and e.label = 'cut') as cuts,
  (select count(*) from counted_events e where e.company_id = c.id and e.label = 'reversal') as reversals,
  (select count(*) from counted_events e where e.company_id = c.id and e.label = 'hybrid') as hybrids,
  (select sum(e.jobs_count) from counted_events e where e.company_id = c.id and e.label = 'cut'
    and e.jobs_qualifier not in ('up_to', 'estimate', 'hundreds')) as jobs_cut_stated,
  (select sum(e.jobs_count) from counted_events e where e.company_id = c.id and e.label = 'reversal'
    and e.jobs_qualifier not in ('up_to', 'estimate', 'hundreds')) as jobs_returned_stated,
  (select case e.label when 'reversal' then 'reversed' else e.label end from counted_events e
    where e.company_id = c.id order by e.announced_on desc, e.label <> 'cut' desc, e.id desc limit 1) as current_state,
  (
    with recursive back (event_on, at_id, depth) as (
      select announced_on, linked_event_id, 1 from events
      where company_id = c.id and label <> 'cut' and linked_event_id is not null and review_state <> 'excluded'
      union all
      select event_on, e.linked_event_id, depth + 1 from back join events e on e.id = back.at_id
      where e.label <> 'cut' and e.linked_event_id is not null and depth < 20
    )
    select min(cast(julianday(event_on) - julianday(cut.announced_on) as integer))
    from back join events cut on cut.id = back.at_id and cut.label = 'cut' and cut.review_state <> 'excluded'
  ) as days_to_reversal,
  p.name as parent,
  (select sum(coalesce(e.jobs_count_max, e.jobs_count)) from counted_events e
    where e.company_id = c.id and e.label = 'cut' and e.jobs_qualifier = 'up_to') as jobs_cut_up_to,
  (select sum(e.jobs_count) from counted_events e where e.company_id = c.id and e.label = 'cut'
    and e.jobs_qualifier in ('estimate', 'hundreds')) as jobs_cut_estimated,
  (select sum(coalesce(e.jobs_count_max, e.jobs_count)) from counted_events e
    where e.company_id = c.id and e.label = 'reversal' and e.jobs_qualifier = 'up_to') as jobs_returned_up_to,
  (select sum(e.jobs_count) from counted_events e where e.company_id = c.id and e.label = 'reversal'
    and e.jobs_qualifier in ('estimate', 'hundreds')) as jobs_returned_estimated,
  (select count(*) from events e
    where e.company_id = c.id and e.kind = 'productivity_claim' and e.review_state <> 'excluded')
  + (select count(*) from accounts n
    where n.company_id = c.id and n.kind = 'productivity_claim' and n.event_id is null and n.review_state <> 'excluded')
  as claims,
  (select min(d.due_on) from followup_dates d
    where d.company_id = c.id and d.due_on >= date('now') and d.answered_on is null) as next_followup_on
from companies c
left join companies p on p.id = c.parent_id;

CREATE INDEX articles_label
  on articles (label, kind, published_at, origin, publisher, language, company_id, feed_id, event_id);

CREATE INDEX articles_published on articles (published_at, publisher, label, kind);

CREATE INDEX articles_language on articles (language, label);

CREATE INDEX entries_feed_outcome on entries (feed_id, outcome, reason);

CREATE TABLE unread_documents (
  feed_id integer primary key references feeds (id), -- the newest of each feed
  kept_at text not null,
  url text not null,                  -- where it was found in the end
  content_type text,
  reason text not null check (reason in ('parse_crashed', 'parse_timeout')),
  detail text,
  body_bytes integer not null,        -- of the whole document
  body blob not null                  -- its first mebibyte
) strict;

CREATE INDEX unread_documents_age on unread_documents (kept_at);

CREATE TABLE article_versions (
  id integer primary key,
  article_id integer not null references articles (id) on delete cascade,
  title text not null,
  content_hash text not null,         -- SHA-256 of title and text; the text itself is not kept
  text_length integer not null,       -- characters
  text_state text not null,
  label text not null,
  kind text not null,
  modified_at text,                   -- last change, as the page stated it
  replaced_at text not null           -- until then the article was this
) strict;

CREATE INDEX article_versions_article on article_versions (article_id);

CREATE TABLE poll_sums (
  feed_id integer not null references feeds (id),
  result text not null check (result in ('document', 'not_modified', 'unchanged', 'failed')),
  polls integer not null,
  known integer not null,
  body_bytes integer not null,
  duration_ms integer not null,
  first_polled_at text not null,
  last_polled_at text not null,
  primary key (feed_id, result)
) strict, without rowid;

CREATE TABLE upkeep (
  chore text primary key check (chore in ('backup', 'retention')),
  tried_at text not null,
  done_at text,                       -- the last time it went well
  failure text,                       -- why it did not when it was tried last; null if it did
  told text not null                  -- JSON: what it brought when it went well last
) strict, without rowid;

CREATE INDEX events_quote on events (quote_article_id) where quote_article_id is not null;

CREATE INDEX events_updated on events (updated_at);

CREATE INDEX articles_hash on articles (content_hash) where canonical_url is null;

CREATE TABLE turns (
  queue text primary key,             -- as of hosts; a queue in which entries wait has its row
  look_at text not null,              -- nothing of it can be handed out before
  since text not null                 -- none of its hosts could have been asked since before that: who waits longest is next
) strict, without rowid;

CREATE INDEX turns_look on turns (look_at, since);

CREATE TRIGGER entries_new_turn after insert on entries
when new.outcome is null and new.lease is null and new.host is not null begin
  insert into hosts (host) select new.host where not exists (select 1 from hosts where host = new.host);
  insert into turns select queue, new.next_attempt_at, new.next_attempt_at from hosts
    where host = new.host and queue is not null
    on conflict (queue) do update set look_at = min(look_at, excluded.look_at), since = min(since, excluded.since);
end;

CREATE TRIGGER entries_next_turn after update of outcome, lease, next_attempt_at, host on entries
when new.outcome is null and new.lease is null and new.host is not null begin
  insert into hosts (host) select new.host where not exists (select 1 from hosts where host = new.host);
  insert into turns select queue, new.next_attempt_at, new.next_attempt_at from hosts
    where host = new.host and queue is not null
    on conflict (queue) do update set look_at = min(look_at, excluded.look_at), since = min(since, excluded.since);
end;

CREATE TRIGGER hosts_next_turn after update of queue, next_allowed_at, hold_until, robots_state, robots_fetched_at,
  robots_failed_at, pages_day, pages_count on hosts when new.queue is not null begin
  insert into turns values (new.queue, '', '') on conflict (queue) do update set look_at = '', since = '';
end;

CREATE TRIGGER leases_next_turn after delete on leases when old.queue is not null begin
  insert into turns values (old.queue, '', '') on conflict (queue) do update set look_at = '', since = '';
end;

CREATE TRIGGER feeds_next_turn after update of pages_day, pages_count on feeds
when new.pages_day is old.pages_day and new.pages_count < old.pages_count begin
  update turns set look_at = '', since = '' where queue in (
    select h.queue from entries n join hosts h on h.host = n.host where n.feed_id = new.id and n.outcome is null
  );
end;

CREATE INDEX articles_url on articles (url);

CREATE INDEX articles_found_at on articles (final_url) where final_url is not url;

CREATE INDEX entries_url on entries (url) where canonical_url is not url;

CREATE INDEX entries_fetched on entries (fetch_url) where fetch_url is not url and fetch_url is not null;

CREATE VIEW weekly_view as
with recursive
  counted as (
    select date(announced_on, '-3 days', 'weekday 4') as thursday, label, count(*) as events,
      sum((select count(*) from event_articles ea where ea.event_id = e.id)) as articles,
      count(distinct company_id) as companies, sum(jobs_count) as jobs_stated,
      sum(coalesce(jobs_count_max, jobs_count)) as jobs_up_to
    from events e
    where kind = 'event' and review_state <> 'excluded' and date_precision = 'day'
    group by thursday, label
  ),
  weeks (thursday) as (
    select min(thursday) from counted where thursday is not null
    union all
    select date(thursday, '+7 days') from weeks where thursday < (select max(thursday) from counted)
  ),
  labels (label) as (values ('cut'), ('hybrid'), ('reversal'))
select
  strftime('%Y', w.thursday) || '-W' || printf('%02d', (cast(strftime('%j', w.thursday) as integer) - 1) / 7 + 1) as week,
  l.label,
  coalesce(c.events, 0) as events,
  coalesce(c.articles, 0) as articles,
  coalesce(c.companies, 0) as companies,
  coalesce(c.jobs_stated, 0) as jobs_stated,
  coalesce(c.jobs_up_to, 0) as jobs_up_to
from weeks w
cross join labels l
left join counted c on c.thursday = w.thursday and c.label = l.label
where w.thursday is not null;

CREATE VIEW trend_events as
select e.id, e.label, e.company_id, e.function, e.country, e.status, e.announced_on, e.date_precision, e.origin
from events e
where e.kind = 'event' and e.review_state <> 'excluded' and e.retired_at is null and e.status <> 'rumoured'
  and coalesce(e.technology, 'ai') in ('ai', 'automation')
  and coalesce(e.link_type, '') not in ('updates', 'duplicates')
  and (
    e.source_tier <= 3
    or (
      select count(distinct told.publisher) >= 2 and count(distinct told.story) >= 2
      from (
        select a.publisher as publisher, coalesce(a.story_id, a.id) as story
        from articles a where a.event_id = e.id
        union all
        select n.publisher, -n.id from accounts n where n.event_id = e.id and n.review_state <> 'excluded'
      ) told
    )
  );
