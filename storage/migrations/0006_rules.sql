-- What alerts say beside their headline, and why some are not sent.

alter table alerts add column kind text not null default 'any';   -- of its rule
alter table alerts add column details text not null default '{}'; -- JSON: lines, chart
alter table alerts add column withheld text check (withheld in ('shadow', 'muted'));
alter table alerts add column why text;                           -- why it is withheld or late, in words
