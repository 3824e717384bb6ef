-- What is sent is a message to one recipient of one channel, holding one alert or many; a delivery says which alert.

drop view alerts_view;
drop view deliveries_view;

create table messages (
  id integer primary key,
  message_id text not null,           -- of its alert if it holds one; the receiver's key against repeats
  channel text not null,
  recipient integer not null,         -- number within the channel; the address stays in the settings
  composed_at text not null,
  content text,                       -- JSON: what every attempt sends; null: not yet written, or it cannot be
  state text not null check (state in ('pending', 'leased', 'sent', 'retrying', 'expired', 'refused')),
  attempts integer not null default 0,
  first_attempt_at text,
  last_attempt_at text,
  next_attempt_at text,               -- while leased: when the attempt is given up for lost
  last_status integer,
  last_error text,
  ended_at text,
  unique (message_id, channel, recipient)
) strict;
create index messages_due on messages (next_attempt_at) where state in ('pending', 'retrying', 'leased');
create index messages_recipient on messages (channel, recipient, composed_at);

insert into messages (message_id, channel, recipient, composed_at, state, attempts, first_attempt_at, last_attempt_at,
  next_attempt_at, last_status, last_error, ended_at)
select d.alert_id, d.channel, d.recipient, coalesce(d.first_attempt_at, a.raised_at), d.state, d.attempts,
  d.first_attempt_at, d.last_attempt_at, d.next_attempt_at, d.last_status, d.last_error, d.ended_at
from deliveries d join alerts a on a.id = d.alert_id
where d.state in ('leased', 'sent', 'retrying', 'expired', 'refused');

create table deliveries_8 (
  id integer primary key,
  alert_id text not null references alerts (id),
  channel text not null,
  recipient integer not null default 1,
  state text not null check (state in ('pending', 'muted', 'shadow')), -- as decided; then its message's counts
  due_at text,                        -- when a message may take it up; null once one has, and for what is withheld
  message_id integer references messages (id),
  unique (alert_id, channel, recipient),
  check (state = 'pending' or message_id is null)
) strict;

insert into deliveries_8 (id, alert_id, channel, recipient, state, due_at, message_id)
select d.id, d.alert_id, d.channel, d.recipient, case when d.state in ('muted', 'shadow') then d.state else 'pending' end,
  case when d.state = 'pending' then coalesce(d.next_attempt_at, a.raised_at) end, m.id
from deliveries d
join alerts a on a.id = d.alert_id
left join messages m on m.message_id = d.alert_id and m.channel = d.channel and m.recipient = d.recipient;

drop table deliveries;
alter table deliveries_8 rename to deliveries;
create index deliveries_due on deliveries (channel, recipient, due_at) where state = 'pending' and message_id is null;
create index deliveries_message on deliveries (message_id) where message_id is not null;

-- Of recipients with whom something is wrong.
create table channel_states (
  channel text not null,
  recipient integer not null,
  failing_since text,                 -- no attempt has succeeded since
  disabled_at text,                   -- nothing is sent until a person says `alerts retry --channel`
  why text,
  primary key (channel, recipient)
) strict, without rowid;

create view deliveries_view as
select
  d.alert_id, d.channel, d.channel || ' ' || d.recipient as recipient, coalesce(m.state, d.state) as state,
  coalesce(m.attempts, 0) as attempts, m.last_attempt_at,
  coalesce(d.due_at, m.next_attempt_at) as next_attempt_at, m.last_error,
  m.message_id
from deliveries d
left join messages m on m.id = d.message_id;

create view alerts_view as
select
  a.id, a.rule, a.subject, a.label, c.name as company, a.raised_at, a.observed, a.expected, a.headline, a.event_id,
  (select case
      when sum(d.state in ('pending', 'leased', 'retrying')) then 'pending'
      when sum(d.state in ('expired', 'refused')) then 'failed'
      when sum(d.state = 'sent') then 'sent'
      when sum(d.state = 'shadow') then 'shadow'
      when sum(d.state = 'muted') then 'muted'
      else 'no_channel'
    end from deliveries_view d where d.alert_id = a.id) as state,
  a.kind, a.why
from alerts a
left join companies c on c.id = a.company_id;

create view messages_view as
select
  m.message_id as id, m.channel, m.channel || ' ' || m.recipient as recipient, m.composed_at, m.state, m.attempts,
  (select count(*) from deliveries d where d.message_id = m.id) as alerts,
  m.last_attempt_at, m.next_attempt_at, m.last_status, m.last_error
from messages m;

create view channels_view as
select channel, channel || ' ' || recipient as recipient, failing_since, disabled_at, why from channel_states;
