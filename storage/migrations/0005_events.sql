-- What sources without a stored article say, every change of an event, and a person's word on it.

alter table events add column effective_on text;
alter table events add column stated_status text;             -- as the accounts have it; `status` is what followed, too
alter table events add column link_by text not null default 'rule' check (link_by in ('rule', 'person'));

update events set stated_status = status;

create table accounts (
  id integer primary key,
  event_id integer references events (id),   -- null: a note, which tells of no event
  external_id text unique,            -- as the file names it
  company_id integer references companies (id),
  label text not null check (label in ('cut', 'reversal', 'hybrid', 'none')),
  kind text not null,
  status text,
  announced_on text not null,
  date_precision text not null check (date_precision in ('day', 'month', 'year')),
  facts text not null,                -- JSON, the fields of CODEBOOK.md 5, as in articles
  url text,
  publisher text,
  source_tier integer not null check (source_tier between 1 and 4),
  source_check text,                  -- how far the source was read, in the file's words
  review_state text not null default 'auto' check (review_state in ('auto', 'checked', 'disputed', 'excluded')),
  origin text not null check (origin in ('imported', 'seed')),
  added_at text not null
) strict;

create index accounts_event on accounts (event_id);

create index accounts_company on accounts (company_id);

create table corrections (
  id integer primary key,
  event_id integer references events (id),
  article_id integer references articles (id) on delete cascade,
  field text not null,
  old text,
  new text,
  why text not null,
  by text not null check (by in ('source', 'rule', 'person')),
  source_article_id integer references articles (id) on delete set null,   -- whose account changed it
  source_account_id integer references accounts (id) on delete set null,
  corrected_at text not null,
  check (event_id is not null or article_id is not null)
) strict;

create index corrections_event on corrections (event_id);

create index corrections_article on corrections (article_id);
