"""The frozen values that flow through the pipeline: feed, batch, article, verdict, event, alert.

Every value is plain data: it can be compared, and written as JSON and read back the same (a test does it
for those that cross the `dispatch` seam). Times are aware and in UTC; spans are half-open character offsets.
"""

from monitor.model.accounts import FiledAccount
from monitor.model.alerting import EventState, Known, Past, Told, Undone
from monitor.model.articles import SECOND_OPINION, ClassifierId, Evidence, Extracted, Facts, Place, Span, Verdict
from monitor.model.batches import (
    BATCH_VERSION,
    Batch,
    BatchItem,
    BatchResult,
    NotTried,
    PageFailed,
    PageMoved,
    PageRead,
    PageResult,
    RobotsRules,
)
from monitor.model.events import (
    AlertArticle,
    AlertDraft,
    AlertEvent,
    AlertRecord,
    DatePrecision,
    DeliveryState,
    EventDraft,
    KnownEvent,
    LinkType,
    MessageContent,
    MessageJob,
)
from monitor.model.feeds import (
    Cadence,
    Feed,
    FeedDocument,
    FeedEntry,
    NextPoll,
    PollCounts,
    PollOutcome,
    UnreadDocument,
    Validators,
)
from monitor.model.followups import FOLLOW_UP_MONTHS, FollowUp, due_on
from monitor.model.trends import Dimension, Point, Signal
from monitor.model.vocabulary import Confidence, FeedState, Kind, Label, Origin, Outcome, Reason, TextState

__all__ = [
    "BATCH_VERSION",
    "FOLLOW_UP_MONTHS",
    "SECOND_OPINION",
    "AlertArticle",
    "AlertDraft",
    "AlertEvent",
    "AlertRecord",
    "Batch",
    "BatchItem",
    "BatchResult",
    "Cadence",
    "ClassifierId",
    "Confidence",
    "DatePrecision",
    "DeliveryState",
    "Dimension",
    "EventDraft",
    "EventState",
    "Evidence",
    "Extracted",
    "Facts",
    "Feed",
    "FeedDocument",
    "FeedEntry",
    "FeedState",
    "FiledAccount",
    "FollowUp",
    "Kind",
    "Known",
    "KnownEvent",
    "Label",
    "LinkType",
    "MessageContent",
    "MessageJob",
    "NextPoll",
    "NotTried",
    "Origin",
    "Outcome",
    "PageFailed",
    "PageMoved",
    "PageRead",
    "PageResult",
    "Past",
    "Place",
    "Point",
    "PollCounts",
    "PollOutcome",
    "Reason",
    "RobotsRules",
    "Signal",
    "Span",
    "TextState",
    "Told",
    "Undone",
    "UnreadDocument",
    "Validators",
    "Verdict",
    "due_on",
]
