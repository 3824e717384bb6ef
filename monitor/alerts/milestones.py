"""What a rule of kind `milestone` says of a cut some months later. Pure."""

from dataclasses import replace

from monitor.alerts.asking import beside_the_point
from monitor.alerts.render import jobs
from monitor.model import AlertDraft, EventState, FollowUp, Label
from monitor.settings import RuleSettings


def why_not_due(rule: RuleSettings, due: FollowUp, cut: EventState) -> str | None:
    """Return why the rule does not tell of a follow-up that is due, in words; None if it does."""
    if due.months not in rule.months:
        return f"it looks after {', '.join(map(str, rule.months))} months, and this is after {due.months}"
    return beside_the_point(replace(rule, labels=(Label.CUT.value,)), cut)


def subject_of(due: FollowUp) -> str:
    """Return what the alert is about: one per cut and month."""
    return f"milestone:{due.event_id}:{due.months}"


def draft_of(rule: RuleSettings, due: FollowUp, cut: EventState) -> AlertDraft:
    """Return the alert on a cut so many months later, with what was found since."""
    after = "1 month" if due.months == 1 else f"{due.months} months"
    what = jobs(cut.facts) or "a number of jobs not stated"
    return AlertDraft(
        rule=rule.name,
        subject=subject_of(due),
        label=Label.CUT,
        company=due.company,
        headline=f"{due.company}, {after} after cutting {what}: {due.found}",
        event_id=due.event_id,
        kind=rule.kind,
        lines=(f"Announced on {due.announced_on.isoformat()}, to be looked at on {due.due_on.isoformat()}",),
    )
