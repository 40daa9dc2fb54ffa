"""no gateway vouches for a contact

3.10: what a gateway handed over for a contact is his while he is one. Such requests were marked as those of strangers
for whom somebody vouched, who may read on for good. What staff released stays as it is: nothing tells its sender from a
stranger whom they let in for a client.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

_RELEASED = (
    "SELECT 1 FROM event WHERE event.request_id = request.id AND event.event = 'registered' "
    "AND CAST(event.detail AS TEXT) LIKE '%released_by%'"
)


def upgrade() -> None:
    op.execute(
        "UPDATE request SET vouched = false WHERE vouched AND client_id IS NOT NULL "
        f"AND channel IN ('portal', 'portal_form', 'smdo') AND NOT EXISTS ({_RELEASED})"
    )


def downgrade() -> None:
    """Which they were is not known any more, and nobody misses it."""
