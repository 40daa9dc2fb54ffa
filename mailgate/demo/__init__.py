"""`mailgate demo`: the main job played on embedded mail servers.

play.py         the scenes: who writes, what is expected, how it is shown
stage.py        servers, configuration and the real daemon in a temporary folder
servers.py      SMTP (aiosmtpd) that delivers into
imap_server.py  IMAP (pymap), in memory
"""

from mailgate.demo.play import play

__all__ = ["play"]
