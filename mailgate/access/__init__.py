"""How mailgate proves to a mail server that it may open a mailbox without a password: access tokens (OAuth 2.0)."""

from mailgate.access.tokens import TokenRefused, TokenUnavailable, access_token

__all__ = ["TokenRefused", "TokenUnavailable", "access_token"]
