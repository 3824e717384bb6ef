-- What trends are made of. All tables here are derived: refreshing empties and fills them from the other rows.

create view trend_events as
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
        select a.publisher as publisher, 'story ' || coalesce(a.story_id, a.id) as story
        from articles a where a.event_id = e.id
        union all
        select n.publisher, 'account ' || n.id from accounts n where n.event_id = e.id
      ) told
    )
  );

create table trend_feed_weeks (
  feed_id integer not null references feeds (id),
  week_start text not null,           -- Monday of an ISO week in which the feed answered
  last_poll_id integer not null,      -- the last such poll; later ones are still to be looked at
  primary key (feed_id, week_start)
) strict, without rowid;

create index trend_feed_weeks_poll on trend_feed_weeks (last_poll_id);

create table trend_weeks (
  label text not null,
  dimension text not null check (dimension in ('all', 'function', 'country', 'watch')),
  value text not null,
  week_start text not null,
  events integer not null,
  primary key (label, dimension, value, week_start)
) strict, without rowid;

create table trend_signals (
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

create table trend_ratios (
  window_end text not null,
  window_days integer not null,
  reversals integer not null,
  cuts integer not null,
  ratio real,
  low real,
  high real,
  primary key (window_days, window_end)
) strict, without rowid;

create table trend_survival (
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

create view trends_view as
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

create view signals_view as
select
  label, dimension, value, window_end, window_days, observed, expected, low, high, probability, direction, state, since,
  feeds, coverage, past_days, family, text
from trend_signals;

create view ratio_view as
select window_end, window_days, reversals, cuts, ratio, low, high from trend_ratios;

create view survival_view as
select ending, dimension, value, days, at_risk, reversed, share, low, high from trend_survival;
