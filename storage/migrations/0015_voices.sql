-- An account that a person excluded is no second voice for trends either, as it is none of `event_voices`.
drop view trend_events;
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
        select a.publisher as publisher, coalesce(a.story_id, a.id) as story
        from articles a where a.event_id = e.id
        union all
        select n.publisher, -n.id from accounts n where n.event_id = e.id and n.review_state <> 'excluded'
      ) told
    )
  );
