-- Copies of one text are one story: its sketch, the keys it is found by, and every merge with the layer that decided.

alter table articles add column stated_canonical text;        -- the page's own word for its address, on any host

update articles set story_id = id where story_id is null;     -- a story is known by the lowest number of its articles

create index articles_story on articles (story_id);

create trigger articles_story_of_its_own after insert on articles when new.story_id is null begin
  update articles set story_id = new.id where id = new.id;
end;

create table sketches (
  article_id integer primary key references articles (id) on delete cascade,
  sketch blob not null                -- of the text; empty if it says too little
) strict;

-- Keys lead to candidates, whose sketches, titles and addresses then decide: one of a text long replaced does no harm.
create table story_keys (
  band integer not null,              -- 0-20 of the sketch, 21 address, 22 publisher and title
  value integer not null,
  article_id integer not null,
  primary key (band, value, article_id)
) strict, without rowid;

create table story_merges (
  id integer primary key,
  article_id integer not null references articles (id) on delete cascade,
  like_article_id integer references articles (id) on delete set null,   -- what it was taken for a copy of
  from_story_id integer not null,     -- the story that was given up
  story_id integer not null,          -- the story it became part of
  layer text not null check (layer in ('address', 'fingerprint', 'title', 'person')),
  likeness real,                      -- 0..1, of the two texts
  why text,                           -- in a person's words
  merged_at text not null,
  undone_at text,
  undone_why text
) strict;

create index story_merges_article on story_merges (article_id);

create index story_merges_like on story_merges (like_article_id);

-- What a person took apart stays apart, whatever else joins.
create table stories_apart (
  article_id integer not null references articles (id) on delete cascade,
  other_id integer not null references articles (id) on delete cascade,
  primary key (article_id, other_id)
) strict, without rowid;

create index stories_apart_other on stories_apart (other_id);

-- One row for the article that gives the story its number; the others are looked up.
create view stories_view as
select
  s.id as story_id,
  (select b.title from articles b where b.story_id = s.id
    order by b.source_tier, b.text_state <> 'full', b.id limit 1) as title,
  (select count(*) from articles b where b.story_id = s.id) as articles,
  (select count(distinct b.publisher) from articles b where b.story_id = s.id) as publishers,
  (select min(b.first_seen_at) from articles b where b.story_id = s.id) as first_seen_at,
  (select max(b.first_seen_at) from articles b where b.story_id = s.id) as last_seen_at,
  (select group_concat(layer, ', ') from (
    select distinct m.layer from articles b join story_merges m on m.article_id = b.id and m.undone_at is null
    where b.story_id = s.id order by m.layer)) as layers
from articles s
where s.story_id = s.id;
