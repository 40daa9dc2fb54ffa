"""from whose folder a copy was taken

Numbers of messages name others in another account or folder, though its UIDVALIDITY may be the same: some servers give
every folder the same. Of copies that were taken before, the place stays empty: it was this one, as far as is known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_PLACE = "uq_arrival_place"
_BEFORE = "arrival_mailbox_uidvalidity_uid_key"
"""As PostgreSQL calls it by itself; SQLite gives no name, so that the convention is to give this one."""
_NAMES = {"uq": _BEFORE}


def upgrade() -> None:
    with op.batch_alter_table("arrival", naming_convention=_NAMES) as batch_op:
        batch_op.add_column(sa.Column("place", sa.String(), server_default=sa.text("''"), nullable=False))
        batch_op.drop_constraint(_BEFORE, type_="unique")
        batch_op.create_unique_constraint(_PLACE, ["mailbox", "place", "uidvalidity", "uid"])


def downgrade() -> None:
    """Of two copies under the same numbers, one is as good as the other: only the first is kept."""
    op.execute(
        "DELETE FROM arrival WHERE EXISTS (SELECT 1 FROM arrival AS first WHERE first.mailbox = arrival.mailbox "
        "AND first.uidvalidity = arrival.uidvalidity AND first.uid = arrival.uid AND first.id < arrival.id)"
    )
    with op.batch_alter_table("arrival") as batch_op:
        batch_op.drop_constraint(_PLACE, type_="unique")
        batch_op.drop_column("place")
        batch_op.create_unique_constraint(_BEFORE, ["mailbox", "uidvalidity", "uid"])
