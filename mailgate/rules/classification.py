"""4.2: what the orders of one mail name of type, urgency, impact and priority, put together.

Why: the order of the lines must not matter, so the type comes first: an impact means nothing without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailgate.rules.arguments import PriorityNamed, TypeNamed
from mailgate.rules.commands import Order, Verb
from mailgate.rules.lifecycle import RequestFacts, reclassified
from mailgate.rules.obstacles import Obstacle
from mailgate.rules.vocabulary import Impact, RequestType, Urgency


@dataclass(frozen=True, slots=True)
class Misnamed:
    """A line that names what the request cannot have."""

    line: str
    why: Obstacle


def as_named(facts: RequestFacts, orders: Sequence[Order]) -> RequestFacts | Misnamed:
    """The request as these orders classify it; the first of them that cannot."""
    for order in sorted(orders, key=lambda order: order.verb is not Verb.TYPE):
        named = _with(facts, order)
        if isinstance(named, Obstacle):
            return Misnamed(order.line, named)
        facts = named
    return facts


def impact_obstacle(type: RequestType, impact: Impact | None) -> Obstacle | None:
    """Appendix 2: only technical support has an impact."""
    if impact is None or type is RequestType.TECHNICAL_SUPPORT:
        return None
    return Obstacle("impact_of_technical_support_only")


def _with(facts: RequestFacts, order: Order) -> RequestFacts | Obstacle:
    match order.value:
        case TypeNamed(type, impact):
            return _typed(facts, type, impact)
        case None:
            return _as_suggested(facts)
        case Urgency() as urgency:
            return reclassified(facts, urgency=urgency)
        case Impact() as impact:
            return impact_obstacle(facts.type, impact) or reclassified(facts, impact=impact)
        case PriorityNamed(priority):
            return reclassified(facts, priority=priority, priority_by_table=priority is None)
    raise AssertionError(f"{order.verb} classifies nothing")


def _as_suggested(facts: RequestFacts) -> RequestFacts | Obstacle:
    """3.3: the type that the client named."""
    if facts.type_suggested is None:
        return Obstacle("no_suggestion")
    return _typed(facts, facts.type_suggested, None)


def _typed(facts: RequestFacts, type: RequestType, impact: Impact | None) -> RequestFacts:
    is_technical = type is RequestType.TECHNICAL_SUPPORT
    return reclassified(facts if is_technical else replace(facts, impact=None), type=type, impact=impact)
