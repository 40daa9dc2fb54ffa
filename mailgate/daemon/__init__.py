"""The running desk: a thread for each mailbox, one asyncio loop for the outbox and the clock."""

from mailgate.daemon.run import Counts, run

__all__ = ["Counts", "run"]
