-- Tables that are new in this version.
insert into accounts (event_id, external_id, company_id, label, kind, announced_on, date_precision, facts, url, publisher,
  source_tier, origin, added_at)
select id, 'file-' || id, company_id, label, 'event', announced_on, 'day', '{"jobs_count": 100}', 'https://file.example/' || id,
  'file.example', 2, 'imported', '2026-01-15T00:00:00.000Z'
from events;
insert into corrections (event_id, field, old, new, why, by, corrected_at)
select id, 'jobs_count', '10', '20', 'the company said so', 'person', '2026-01-16T00:00:00.000Z' from events where id % 3 = 0;
