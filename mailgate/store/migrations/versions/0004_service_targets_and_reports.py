"""service targets and reports"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index(op.f("ix_event_at"), "event", ["at"], unique=False)
    op.add_column("request", sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("request", sa.Column("completion_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("request", sa.Column("breached", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(op.f("ix_request_ended_at"), "request", ["ended_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_request_ended_at"), table_name="request")
    op.drop_column("request", "breached")
    op.drop_column("request", "completion_due_at")
    op.drop_column("request", "answer_due_at")
    op.drop_index(op.f("ix_event_at"), table_name="event")
