-- What upkeep leaves behind: the numbers of polls whose rows are gone, and how each chore fared last.

-- A poll that brought nothing is one row for a while and then counts here: parsed = known, for nothing was new or refused.
create table poll_sums (
  feed_id integer not null references feeds (id),
  result text not null check (result in ('document', 'not_modified', 'unchanged', 'failed')),
  polls integer not null,
  known integer not null,
  body_bytes integer not null,
  duration_ms integer not null,
  first_polled_at text not null,
  last_polled_at text not null,
  primary key (feed_id, result)
) strict, without rowid;

create table upkeep (
  chore text primary key check (chore in ('backup', 'retention')),
  tried_at text not null,
  done_at text,                       -- the last time it went well
  failure text,                       -- why it did not when it was tried last; null if it did
  told text not null                  -- JSON: what it brought when it went well last
) strict, without rowid;
