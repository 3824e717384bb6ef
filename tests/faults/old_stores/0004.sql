-- Tables that are new in this version.
insert into sketches (article_id, sketch) select id, cast(printf('%064d', id) as blob) from articles where is_seed = 0;
insert into story_keys (band, value, article_id) select b.n, id * 31 + b.n, id from articles cross join (select 0 as n union all select 21) b;
insert into story_merges (article_id, like_article_id, from_story_id, story_id, layer, likeness, merged_at)
select id, id - 1, id, id - 1, 'fingerprint', 0.9, '2026-01-12T00:00:00.000Z' from articles where id % 10 = 0 and is_seed = 0;
update articles set story_id = id - 1 where id % 10 = 0 and is_seed = 0;
insert into stories_apart (article_id, other_id) select id, id + 1 from articles where id % 50 = 1 and is_seed = 0;
