"""3.9: the service targets: how soon requests of each priority are to be answered and completed."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, InstanceOf

from mailgate.config.fields import Section, term_of
from mailgate.config.problems import Wrong
from mailgate.rules.targets import ServiceTarget, Share
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import Priority, Unit

_WORKING: Final = 'working time with its unit: "1 working hour" or "2 working days"'
_WARNING: Final = f'a share of the time, "20 %", or {_WORKING}'
_ROW: Final = 'a table such as { answer = "1 working hour", completion = "8 working hours" }'
_SHARE = re.compile(r"([0-9]{1,2}) ?%")


def _working(value: object) -> Term:
    term = term_of(value, want=_WORKING)
    if term.unit not in (Unit.WORKING_HOURS, Unit.WORKING_DAYS):
        raise Wrong(_WORKING)
    return term


def _warning(value: object) -> object:
    if isinstance(value, Share):
        return value
    match = _SHARE.fullmatch(value) if isinstance(value, str) else None
    if match and int(match[1]):
        return Share(int(match[1]))
    try:
        return _working(value)
    except Wrong:
        raise Wrong(_WARNING) from None


WorkingTerm = Annotated[InstanceOf[Term], BeforeValidator(_working), Field(description=_WORKING)]


class Promise(Section):
    """What is promised for one priority; what is left out is not promised."""

    answer: WorkingTerm | None = Field(None, description=_WORKING)
    """From registration to the first answer of staff."""
    completion: WorkingTerm | None = Field(None, description=_WORKING)
    """From registration to completion, without the time in which the client or a third party is waited for."""


class ClientTargets(Section):
    """The targets of one client, in `[client.targets]`; they come before the desk's own."""

    critical: Promise = Field({}, validate_default=True, description=_ROW)
    high: Promise = Field({}, validate_default=True, description=_ROW)
    medium: Promise = Field({}, validate_default=True, description=_ROW)
    low: Promise = Field({}, validate_default=True, description=_ROW)
    planned: Promise = Field({}, validate_default=True, description=_ROW)

    def of(self, priority: Priority) -> Promise:
        """What is promised for that priority."""
        promise: Promise = getattr(self, priority)
        return promise


class Targets(ClientTargets):
    """Service targets of the desk; without this table there are none, and nothing is seen of them."""

    warning: Annotated[Any, BeforeValidator(_warning)] = Field(Share(20), description=_WARNING)
    """How long before a target would be missed staff are warned: the last share of its time, or a term."""

    def promised(self, priority: Priority, client: ClientTargets | None) -> ServiceTarget:
        """The target of a request: what its client was promised, else what everybody is."""
        own, general = (client or ClientTargets()).of(priority), self.of(priority)
        return ServiceTarget(own.answer or general.answer, own.completion or general.completion)
