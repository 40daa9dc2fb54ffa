"""From bytes to what was written: pure functions on one message, no clock, no socket, no database."""
