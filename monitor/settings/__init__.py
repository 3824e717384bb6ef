"""Typed settings: packaged defaults < operator's file < environment < flags."""

from monitor.settings.addresses import PrivateTarget, private_target
from monitor.settings.load import default_store, load
from monitor.settings.starter import StarterFeed, starter_feeds
from monitor.settings.upkeep import BackupSettings, HealthSettings, RetentionSettings
from monitor.settings.values import (
    DEFAULT_LIST,
    EVENT_KINDS,
    AlertsSettings,
    AppriseChannel,
    Channel,
    ClusterSettings,
    FeedsSettings,
    MailChannel,
    NetworkSettings,
    PollSettings,
    ProcessSettings,
    RuleKind,
    RuleSettings,
    SecondOpinionSettings,
    Settings,
    StoreSettings,
    WebhookChannel,
    recipients,
)

__all__ = [
    "DEFAULT_LIST",
    "EVENT_KINDS",
    "AlertsSettings",
    "AppriseChannel",
    "BackupSettings",
    "Channel",
    "ClusterSettings",
    "FeedsSettings",
    "HealthSettings",
    "MailChannel",
    "NetworkSettings",
    "PollSettings",
    "PrivateTarget",
    "ProcessSettings",
    "RetentionSettings",
    "RuleKind",
    "RuleSettings",
    "SecondOpinionSettings",
    "Settings",
    "StarterFeed",
    "StoreSettings",
    "WebhookChannel",
    "default_store",
    "load",
    "private_target",
    "recipients",
    "starter_feeds",
]
