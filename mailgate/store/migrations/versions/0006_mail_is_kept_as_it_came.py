"""mail is kept as it came

PostgreSQL would try to compress each message, which costs several times what storing it does, and gains next to
nothing: what is large in mail is base64 of what is compressed already. SQLite compresses nothing.
"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _store("EXTERNAL")


def downgrade() -> None:
    _store("EXTENDED")


def _store(how: str) -> None:
    """From now on; what lies in the table stays as it is."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE raw_mail ALTER COLUMN raw SET STORAGE {how}")
