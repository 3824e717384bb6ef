-- What alerts say beside their headline, why some are not sent, what they knew; rules, mutes and watch-lists.

alter table alerts add column kind text not null default 'any';   -- of its rule
alter table alerts add column details text not null default '{}'; -- JSON: lines, chart
alter table alerts add column withheld text check (withheld in ('shadow', 'muted'));
alter table alerts add column why text;                           -- why it is withheld or late, in words
alter table alerts add column known text;                         -- JSON: what it knew of its event; null before 0006

create index alerts_rule on alerts (rule, raised_at);

create index alerts_company on alerts (company_id, rule, label, raised_at);

create table rules (
  name text primary key,              -- as in the settings; one that is gone from there stays
  kind text not null,
  first_seen_at text not null,
  new_since text                      -- null: there when the store was first run; else in shadow unless the settings say
) strict;

create table mutes (
  id integer primary key,
  rule text,                          -- one of the two
  company_id integer references companies (id),
  until text not null,
  why text not null,
  by text not null,                   -- who said so
  added_at text not null,
  ended_at text,                      -- taken back before its time
  check ((rule is null) <> (company_id is null))
) strict;

create index mutes_until on mutes (until) where ended_at is null;

create table watched (
  list text not null,
  company_id integer not null references companies (id),
  added_at text not null,
  why text,
  primary key (list, company_id)
) strict, without rowid;

create index watched_company on watched (company_id);
