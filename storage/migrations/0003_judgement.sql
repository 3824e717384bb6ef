-- Verdicts that changed keep their history, a person's word on an article has a place, and a model may be asked.

-- what an article was judged to be before ---------------------------------------------------------------------

create table earlier_verdicts (
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
create index earlier_verdicts_article on earlier_verdicts (article_id);

alter table events add column retired_at text;  -- when the last article that told of it was judged otherwise; it is then excluded

-- a person's word ---------------------------------------------------------------------------------------------

alter table articles add column review_state text not null default 'auto'
  check (review_state in ('auto', 'needs_review', 'checked', 'disputed', 'excluded'));
create index articles_review on articles (review_state) where review_state <> 'auto';

-- what a language model said of articles, and what asking it cost ------------------------------------------------

create table second_opinions (
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
create index second_opinions_text on second_opinions (content_hash, model, prompt);
create index second_opinions_asked on second_opinions (asked_at);

drop view articles_view;
create view articles_view as
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

drop view companies_view;
create view companies_view as
select
  c.id, c.name,
  min(e.announced_on) as first_event_on, max(e.announced_on) as last_event_on,
  coalesce(sum(e.label = 'cut'), 0) as cuts,
  coalesce(sum(e.label = 'reversal'), 0) as reversals,
  coalesce(sum(e.label = 'hybrid'), 0) as hybrids,
  sum(case when e.label = 'cut' then e.jobs_count end) as jobs_cut_stated,
  sum(case when e.label = 'reversal' then e.jobs_count end) as jobs_returned_stated,
  (select case l.label when 'reversal' then 'reversed' else l.label end from events l
    where l.company_id = c.id and l.kind <> 'productivity_claim' and l.review_state <> 'excluded'
    order by l.announced_on desc, l.id desc limit 1) as current_state,
  (select min(ch.days) from event_chains ch join events r on r.id = ch.event_id
    where r.company_id = c.id and r.review_state <> 'excluded') as days_to_reversal,
  p.name as parent
from companies c
left join companies p on p.id = c.parent_id
left join events e on e.company_id = c.id and e.kind <> 'productivity_claim' and e.review_state <> 'excluded'
group by c.id, c.name, p.name;
