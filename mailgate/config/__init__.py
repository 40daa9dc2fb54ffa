"""The configuration: found, read, checked as a whole, and then unchanging."""

from mailgate.config.addresses import canonical, comparable
from mailgate.config.deadlines import Calendar, Deadlines, NoAnswer, Weekday
from mailgate.config.find import find
from mailgate.config.limits import Loops, MessageLimits
from mailgate.config.load import Config, load
from mailgate.config.login import Login, Security
from mailgate.config.metrics import Metrics
from mailgate.config.models import (
    After,
    Authenticity,
    Database,
    Desk,
    Files,
    Gateway,
    GatewayChannel,
    Imap,
    Mailbox,
    Outbox,
    PlainReply,
    Smtp,
)
from mailgate.config.oauth import Grant, OAuth
from mailgate.config.people import Client, Contact, Fallback, People, Policy, Staff
from mailgate.config.problems import ConfigError, Problem, SecretError
from mailgate.config.targets import ClientTargets, Targets

__all__ = [
    "After",
    "Authenticity",
    "Calendar",
    "Client",
    "ClientTargets",
    "Config",
    "ConfigError",
    "Contact",
    "Database",
    "Deadlines",
    "Desk",
    "Fallback",
    "Files",
    "Gateway",
    "GatewayChannel",
    "Grant",
    "Imap",
    "Login",
    "Loops",
    "Mailbox",
    "MessageLimits",
    "Metrics",
    "NoAnswer",
    "OAuth",
    "Outbox",
    "People",
    "PlainReply",
    "Policy",
    "Problem",
    "SecretError",
    "Security",
    "Smtp",
    "Staff",
    "Targets",
    "Weekday",
    "canonical",
    "comparable",
    "find",
    "load",
]
