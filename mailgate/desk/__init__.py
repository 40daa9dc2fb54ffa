"""The desk: one module an incoming fact, one transaction each; no socket."""
