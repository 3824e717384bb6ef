"""What `evaluate` computes: how well a classifier agrees with careful readers on labelled items.

Items are judged, each verdict becomes a few marks ("label: cut taken for none"), and every figure is a function of how
often each mark occurs. The intervals draw the marks anew.
"""

from monitor.evaluate.agreement import MIN_FOR_MACRO, Agreement, Rate, Score, agreement
from monitor.evaluate.calibration import Bin, Calibration, calibration
from monitor.evaluate.intervals import Figure
from monitor.evaluate.items import Item, read_items
from monitor.evaluate.marks import FactScore
from monitor.evaluate.report import Report, Run, evaluate, judge, report
from monitor.evaluate.telling import as_json, as_text

__all__ = [
    "MIN_FOR_MACRO",
    "Agreement",
    "Bin",
    "Calibration",
    "FactScore",
    "Figure",
    "Item",
    "Rate",
    "Report",
    "Run",
    "Score",
    "agreement",
    "as_json",
    "as_text",
    "calibration",
    "evaluate",
    "judge",
    "read_items",
    "report",
]
