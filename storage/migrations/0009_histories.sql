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

-- When to look again whether a cut lasted: so many months later, or on the last day of a shorter month.
create view followup_dates as
with
  months (months) as (values (3), (6), (12), (18), (24)),
  answers (cut_id, answered_on) as (
    select ch.cut_id, min(e.announced_on)
    from event_chains ch join events e on e.id = ch.event_id and e.review_state <> 'excluded'
    group by ch.cut_id
  )
select
  e.id as event_id, e.company_id, e.announced_on, m.months,
  min(
    date(e.announced_on, '+' || m.months || ' months'),
    date(e.announced_on, 'start of month', '+' || (m.months + 1) || ' months', '-1 day')
  ) as due_on,
  a.answered_on
from counted_events e
cross join months m
left join answers a on a.cut_id = e.id
where e.label = 'cut';

create view followups_view as
with
  -- After an event, how many events, and the first; what answers a cut on its own day comes after it.
  later (event_id, events_found, first_found) as (
    select id,
      count(*) over (of_one groups between 1 following and unbounded following),
      min(announced_on || ' ' || label) over (of_one groups between 1 following and 1 following)
    from counted_events
    where announced_on <= date('now')
    window of_one as (partition by company_id order by announced_on, label <> 'cut')
  ),
  told (event_id, articles_found) as (
    select cut.id, count(a.id)
    from counted_events cut
    left join articles a
      on a.company_id = cut.company_id and a.label <> 'none' and a.review_state <> 'excluded'
      and substr(a.published_at, 1, 10) > cut.announced_on and coalesce(a.event_id, 0) <> cut.id
    where cut.label = 'cut'
    group by cut.id
  )
select
  d.event_id, c.name as company, d.months, d.due_on,
  case when d.answered_on is not null then 'answered' when d.due_on <= date('now') then 'due' else 'waiting' end as state,
  case
    when coalesce(l.events_found, 0) = 0 and t.articles_found = 0 then 'nothing found yet'
    when coalesce(l.events_found, 0) = 0 then t.articles_found || ' later article' || iif(t.articles_found = 1, '', 's') || ', no later event'
    else l.events_found || ' later event' || iif(l.events_found = 1, '', 's') || ', the first a '
      || substr(l.first_found, 12) || ' on ' || substr(l.first_found, 1, 10)
  end as found,
  coalesce(l.events_found, 0) as events_found, t.articles_found,
  substr(l.first_found, 12) as first_label,
  substr(l.first_found, 1, 10) as first_found_on,
  d.announced_on, d.answered_on
from followup_dates d
join companies c on c.id = d.company_id
left join later l on l.event_id = d.event_id
join told t on t.event_id = d.event_id;

drop view companies_view;
create view companies_view as
with
  totals as (
    select
      company_id, min(announced_on) as first_on, max(announced_on) as last_on,
      sum(label = 'cut') as cuts, sum(label = 'reversal') as reversals, sum(label = 'hybrid') as hybrids,
      sum(case when label = 'cut' and jobs_qualifier not in ('up_to', 'estimate', 'hundreds') then jobs_count end) as cut_stated,
      sum(case when label = 'cut' and jobs_qualifier = 'up_to' then coalesce(jobs_count_max, jobs_count) end) as cut_up_to,
      sum(case when label = 'cut' and jobs_qualifier in ('estimate', 'hundreds') then jobs_count end) as cut_estimated,
      sum(case when label = 'reversal' and jobs_qualifier not in ('up_to', 'estimate', 'hundreds') then jobs_count end) as back_stated,
      sum(case when label = 'reversal' and jobs_qualifier = 'up_to' then coalesce(jobs_count_max, jobs_count) end) as back_up_to,
      sum(case when label = 'reversal' and jobs_qualifier in ('estimate', 'hundreds') then jobs_count end) as back_estimated
    from counted_events
    group by company_id
  ),
  latest as (  -- label is that of the row that has the maximum (sqlite.org/lang_select.html, bare columns)
    select company_id, label, max(announced_on || (label <> 'cut') || printf('%012d', id)) from counted_events group by company_id
  ),
  undone as (
    select r.company_id, min(ch.days) as days
    from event_chains ch
    join events r on r.id = ch.event_id and r.review_state <> 'excluded'
    join events cut on cut.id = ch.cut_id and cut.review_state <> 'excluded'
    group by r.company_id
  ),
  claims as (
    select company_id, count(*) as claims
    from (
      select company_id from events where kind = 'productivity_claim' and review_state <> 'excluded'
      union all
      select company_id from accounts
      where kind = 'productivity_claim' and event_id is null and review_state <> 'excluded'
    )
    group by company_id
  ),
  next_look as (
    select company_id, min(due_on) as due_on from followup_dates
    where answered_on is null and due_on >= date('now')
    group by company_id
  )
select
  c.id, c.name, t.first_on as first_event_on, t.last_on as last_event_on,
  coalesce(t.cuts, 0) as cuts, coalesce(t.reversals, 0) as reversals, coalesce(t.hybrids, 0) as hybrids,
  t.cut_stated as jobs_cut_stated, t.back_stated as jobs_returned_stated,
  case l.label when 'reversal' then 'reversed' else l.label end as current_state,
  u.days as days_to_reversal, p.name as parent,
  t.cut_up_to as jobs_cut_up_to, t.cut_estimated as jobs_cut_estimated,
  t.back_up_to as jobs_returned_up_to, t.back_estimated as jobs_returned_estimated,
  coalesce(k.claims, 0) as claims, n.due_on as next_followup_on
from companies c
left join companies p on p.id = c.parent_id
left join totals t on t.company_id = c.id
left join latest l on l.company_id = c.id
left join undone u on u.company_id = c.id
left join claims k on k.company_id = c.id
left join next_look n on n.company_id = c.id;
