-- An address that a person asks for, and no story is known by, is looked up in a large store instead of looked for in
-- all its rows. Kept is only where it is another one than the address beside it.

drop index articles_addresses;
create index articles_url on articles (url);
create index articles_found_at on articles (final_url) where final_url is not url;

create index entries_url on entries (url) where canonical_url is not url;
create index entries_fetched on entries (fetch_url) where fetch_url is not url and fetch_url is not null;
