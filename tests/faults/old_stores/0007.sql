-- Tables that are new in this version.
insert into trend_feed_weeks (feed_id, week_start, last_poll_id) select feed_id, '2026-01-05', id from polls;
insert into trend_weeks (label, dimension, value, week_start, events)
with recursive n (i) as (values (0) union all select i + 1 from n where i < 51)
select 'cut', 'all', '', date('2025-01-06', '+' || (7 * i) || ' days'), i % 6 from n;
