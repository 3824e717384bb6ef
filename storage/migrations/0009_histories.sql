-- Rows of files keep their links and printed words; notes, follow-ups and the totals of employers are views.

alter table accounts add column linked_external_id text;      -- the row whose event this one answers, and how
alter table accounts add column link_type text
  check (link_type in ('reverses', 'reverses_partly', 'softens', 'follows', 'updates', 'duplicates'));
alter table accounts add column replaced text not null default '{}';    -- JSON: column -> the file's word, where the table has another

create view notes_view as
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

-- What counts in an employer's history: an event that only updates or repeats another is no second one.
create view counted_events as
select * from events
where kind = 'event' and review_state <> 'excluded' and coalesce(link_type, '') not in ('updates', 'duplicates');

create index events_counted on events (company_id, announced_on, label, kind, review_state, link_type)
where kind = 'event' and review_state <> 'excluded' and coalesce(link_type, '') not in ('updates', 'duplicates');

create index articles_labelled on articles (company_id, published_at, event_id, label, review_state)
where label <> 'none' and review_state <> 'excluded';

-- The views below look up what they say of each row, so that who reads a few rows does not wait for all.

-- When to look again whether a cut lasted: so many months later, or on the last day of a shorter month. The first event
-- that leads back to a cut, as event_chains has it, answers it.
create view followup_dates as
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

-- What answers a cut on its own day comes after it.
create view followups_view as
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

drop view companies_view;
create view companies_view as
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
