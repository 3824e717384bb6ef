-- Documents that change or harm: what a parser could not take, odd habits of feeds, and what articles were before.

create table unread_documents (
  feed_id integer primary key references feeds (id), -- the newest of each feed
  kept_at text not null,
  url text not null,                  -- where it was found in the end
  content_type text,
  reason text not null check (reason in ('parse_crashed', 'parse_timeout')),
  detail text,
  body_bytes integer not null,        -- of the whole document
  body blob not null                  -- its first mebibyte
) strict;

create index unread_documents_age on unread_documents (kept_at);

alter table feeds add column encoding text;        -- as which its last document was read
alter table feeds add column undecodable integer not null default 0; -- characters of that which its bytes did not give
alter table feeds add column guids_changed_at text; -- its last document knew all links and had a new guid for each

alter table entries add column readings integer not null default 0; -- times its page was asked for again
alter table entries add column reread_at text;     -- the last of them began: its words in the feed had changed

create table article_versions (
  id integer primary key,
  article_id integer not null references articles (id) on delete cascade,
  title text not null,
  content_hash text not null,         -- SHA-256 of title and text; the text itself is not kept
  text_length integer not null,       -- characters
  text_state text not null,
  label text not null,
  kind text not null,
  modified_at text,                   -- last change, as the page stated it
  replaced_at text not null           -- until then the article was this
) strict;

create index article_versions_article on article_versions (article_id);
