-- Tables that are new in this version.
insert into channel_states (channel, recipient, failing_since) values ('hook', 1, '2026-01-18T00:00:00.000Z');
