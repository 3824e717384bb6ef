-- What sources without a stored article say, every change of an event, and a person's word on it.

alter table events add column effective_on text;
alter table events add column stated_status text;             -- as the accounts have it; `status` is what followed, too
alter table events add column link_by text not null default 'rule' check (link_by in ('rule', 'source', 'person'));

update events set stated_status = status;

create table accounts (
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
) strict;

create index accounts_event on accounts (event_id);

create index accounts_company on accounts (company_id);

create table corrections (
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

create index corrections_event on corrections (event_id);

create index corrections_article on corrections (article_id);

-- An employer is one row however its name is spelt: legal form, accents and punctuation no longer make two.

create table respelt as
select id, employer_key(name) as name_key, min(id) over (partition by employer_key(name)) as kept_id from companies;

update articles set company_id = (select kept_id from respelt r where r.id = company_id)
where company_id in (select id from respelt where id <> kept_id);
update earlier_verdicts set company_id = (select kept_id from respelt r where r.id = company_id)
where company_id in (select id from respelt where id <> kept_id);
update events set company_id = (select kept_id from respelt r where r.id = company_id)
where company_id in (select id from respelt where id <> kept_id);
update alerts set company_id = (select kept_id from respelt r where r.id = company_id)
where company_id in (select id from respelt where id <> kept_id);
update companies set parent_id = (select kept_id from respelt r where r.id = parent_id) where parent_id is not null;
update companies set parent_id = null where parent_id = id;
update companies as c set parent_id = (
  select o.parent_id from respelt r join companies o on o.id = r.id where r.kept_id = c.id and o.parent_id <> c.id limit 1
) where parent_id is null;
delete from companies where id in (select id from respelt where id <> kept_id);
update companies set name_key = '#' || id;    -- no key may stand twice on the way
update companies set name_key = (select r.name_key from respelt r where r.id = companies.id);

drop table respelt;

create index events_days on events (company_id, announced_on);

create index events_newest on events (announced_on);

create index events_vague on events (company_id, announced_on) where date_precision <> 'day';

-- What counting and choosing accounts read of an article, without its text.
drop index articles_event;

create index articles_event on articles (
  event_id, source_tier, published_at, first_seen_at, publisher, story_id, review_state
) where event_id is not null;

-- Reports that tie what they tell to nothing of ours, by employer and day.
create index articles_unlabelled on articles (company_id, coalesce(published_at, first_seen_at))
where label = 'none' and kind in ('event', 'update') and event_id is null;

create index companies_name on companies (name);

create index events_planned on events (effective_on) where status = 'planned';

-- Who tells of an event: copies of one text are one voice, and so is one publisher.
create view event_voices as
select a.event_id, a.publisher, coalesce(a.story_id, a.id) as story, a.id as article_id, null as account_id
from articles a where a.event_id is not null
union all
select event_id, publisher, -id, null, id from accounts where event_id is not null and review_state <> 'excluded';

-- As event_chains and event_voices have it, but for one event at a time: who reads a few does not wait for all.
drop view events_view;

create view events_view as
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

create view corrections_view as
select
  r.id, r.event_id, r.article_id, c.name as company, r.field, r.old, r.new, r.why, r.by,
  coalesce(a.url, a.canonical_url, o.url) as source, r.corrected_at
from corrections r
left join events e on e.id = r.event_id
left join articles told on told.id = r.article_id
left join companies c on c.id = coalesce(e.company_id, told.company_id)
left join articles a on a.id = r.source_article_id
left join accounts o on o.id = r.source_account_id;
