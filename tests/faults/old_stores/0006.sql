-- Tables that are new in this version.
insert into rules (name, kind, first_seen_at) values ('every event', 'any', '2026-01-17T00:00:00.000Z');
insert into mutes (company_id, until, why, by, added_at)
select id, '2027-01-01T00:00:00.000Z', 'known', 'desk', '2026-01-17T00:00:00.000Z' from companies where id % 9 = 1;
insert into watched (list, company_id, added_at) select 'ours', id, '2026-01-17T00:00:00.000Z' from companies where id % 7 = 0;
