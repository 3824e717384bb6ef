-- Copies of one text are one story: its sketch, and every merge with the layer that decided.

update articles set story_id = id where story_id is null;   -- a story is known by the lowest number of its articles

create index articles_story on articles (story_id);

create table sketches (
  article_id integer primary key references articles (id) on delete cascade,
  sketch blob not null                -- MinHash of the text's shingles, one slot after the other
) strict;

create table sketch_bands (
  band integer not null,
  value integer not null,             -- of the band's slots
  article_id integer not null references articles (id) on delete cascade,
  primary key (band, value, article_id)
) strict, without rowid;

create index sketch_bands_article on sketch_bands (article_id);

create table story_merges (
  id integer primary key,
  article_id integer not null references articles (id) on delete cascade,
  like_article_id integer references articles (id),   -- what it was taken for a copy of
  from_story_id integer not null,     -- the story it was before
  story_id integer not null,          -- the story it became part of
  layer text not null check (layer in ('address', 'fingerprint', 'title', 'person')),
  likeness real,                      -- 0..1, of the two texts
  why text,
  merged_at text not null,
  undone_at text,
  undone_why text
) strict;

create index story_merges_article on story_merges (article_id);
