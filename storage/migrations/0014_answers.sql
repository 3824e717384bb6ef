-- What people ask of a store of a million articles is looked up there, and not looked for in all its rows.

-- An address that no story is known by. Kept is only where it is another one than the address beside it.
drop index articles_addresses;
create index articles_url on articles (url);
create index articles_found_at on articles (final_url) where final_url is not url;
create index entries_url on entries (url) where canonical_url is not url;
create index entries_fetched on entries (fetch_url) where fetch_url is not url and fetch_url is not null;

-- Events are summed up by week and label before the weeks without any are laid beside them.
drop view weekly_view;
create view weekly_view as
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
