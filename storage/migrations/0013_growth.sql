-- What a store of a million articles needs so that nothing costs more there (measured with benchmarks/growth.py).

create index events_quote on events (quote_article_id) where quote_article_id is not null; -- retention of texts
create index events_updated on events (updated_at);

-- Asked of articles without an address only; and of a feed's articles nothing asks.
drop index articles_hash;
create index articles_hash on articles (content_hash) where canonical_url is null;
drop index articles_feed;

-- Which queues are worth a look when entries are handed out: not those that wait, rest, hold or have spent their day.
-- Both moments are bounds, never later than the truth; whatever makes a queue ready sooner sets them back, by the
-- triggers here, so that whoever changes a row need not think of it. Filled at the start, and anew each day.
create table turns (
  queue text primary key,             -- as of hosts; a queue in which entries wait has its row
  look_at text not null,              -- nothing of it can be handed out before
  since text not null                 -- none of its hosts could have been asked since before that: who waits longest is next
) strict, without rowid;

create index turns_look on turns (look_at, since);

create trigger entries_new_turn after insert on entries
when new.outcome is null and new.lease is null and new.host is not null begin
  insert into hosts (host) select new.host where not exists (select 1 from hosts where host = new.host);
  insert into turns select queue, new.next_attempt_at, new.next_attempt_at from hosts
    where host = new.host and queue is not null
    on conflict (queue) do update set look_at = min(look_at, excluded.look_at), since = min(since, excluded.since);
end;

create trigger entries_next_turn after update of outcome, lease, next_attempt_at, host on entries
when new.outcome is null and new.lease is null and new.host is not null begin
  insert into hosts (host) select new.host where not exists (select 1 from hosts where host = new.host);
  insert into turns select queue, new.next_attempt_at, new.next_attempt_at from hosts
    where host = new.host and queue is not null
    on conflict (queue) do update set look_at = min(look_at, excluded.look_at), since = min(since, excluded.since);
end;

create trigger hosts_next_turn after update of queue, next_allowed_at, hold_until, robots_state, robots_fetched_at,
  robots_failed_at, pages_day, pages_count on hosts when new.queue is not null begin
  insert into turns values (new.queue, '', '') on conflict (queue) do update set look_at = '', since = '';
end;

create trigger leases_next_turn after delete on leases when old.queue is not null begin
  insert into turns values (old.queue, '', '') on conflict (queue) do update set look_at = '', since = '';
end;

create trigger feeds_next_turn after update of pages_day, pages_count on feeds
when new.pages_day is old.pages_day and new.pages_count < old.pages_count begin
  update turns set look_at = '', since = '' where queue in (
    select h.queue from entries n join hosts h on h.host = n.host where n.feed_id = new.id and n.outcome is null
  );
end;
