"""From counts to trends: is this more or fewer than the past lets us expect, what lasts, how much is undone? All pure.

`series` counts distinct events by week, `chance` says how likely a count is if nothing changed, `signals` puts both
together week after week, `ratio` and `survival` give the two headline figures. Standard library only.
"""
