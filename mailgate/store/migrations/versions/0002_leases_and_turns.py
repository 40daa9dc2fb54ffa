"""leases of several daemons, and what notices are claimed by turns by"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.add_column("notice", sa.Column("domain", sa.String(), server_default=sa.text("''"), nullable=False))
    op.create_index("ix_notice_accepted_at", "notice", ["accepted_at"])
    op.create_index("ix_notice_turn", "notice", ["state", "mailbox", "domain", "next_at"])
    notice = sa.table("notice", sa.column("id"), sa.column("state"), sa.column("reader"), sa.column("domain"))
    waiting = sa.select(notice.c.id, notice.c.reader).where(notice.c.state == "waiting")
    for number, reader in op.get_bind().execute(waiting).all():
        domain = reader.rpartition("@")[2]
        op.execute(notice.update().where(notice.c.id == number).values(domain=domain))


def downgrade() -> None:
    op.drop_index("ix_notice_turn", "notice")
    op.drop_index("ix_notice_accepted_at", "notice")
    with op.batch_alter_table("notice") as batch_op:
        batch_op.drop_column("domain")
    op.drop_table("lease")
