"""What the Rules say: pure functions and tables on plain values; no clock, no socket, no database."""
