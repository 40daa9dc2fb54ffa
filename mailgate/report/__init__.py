"""Reports: what a month came to, told from the histories of its requests."""

from mailgate.report.figures import Figures
from mailgate.report.gathering import figures_of
from mailgate.report.month import Month

__all__ = ["Figures", "Month", "figures_of"]
