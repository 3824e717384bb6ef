-- Tables that are new in this version.
insert into earlier_verdicts (article_id, label, kind, confidence, probability, rule, company_id, facts, event_id,
  classifier_name, classifier_version, classified_at, replaced_at)
select id, 'none', 'off_topic', 'low', 0.4, '1', company_id, '{}', event_id, 'rules', '0', '2026-01-10T00:00:00.000Z',
  '2026-01-12T00:00:00.000Z'
from articles where id % 4 = 0;
insert into second_opinions (content_hash, model, prompt, asked_at, outcome, answer)
select content_hash, 'local', '1 8000', '2026-01-12T00:00:00.000Z', iif(id % 2, 'agreed', 'added'), '{"label": "cut"}'
from articles where id % 7 = 0;
