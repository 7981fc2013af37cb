"""What a build does not do unless it is told to: publish a site from which most records are suddenly gone."""

from feedloom.config import Guard
from feedloom.report import Records


def objection(counts: Records, before: int, guard: Guard) -> str | None:
    """Why a build should stop that read these records, where `before` were published; None where it may go on."""
    records = counts.read - counts.notes
    if before and not records:
        return f"there is no record any more, and {before:,} are published: is a disk not mounted, or a checkout empty?"
    if before - counts.published > _share(guard.max_loss, before):
        return (
            f"{counts.published:,} records would be published, where {before:,} are now "
            f"(guard.max_loss is {guard.max_loss:g}): {_whereabouts(counts)}"
        )
    if counts.rejected > _share(guard.max_rejected, records):
        what = "record is" if records == 1 else "records are"
        return f"{counts.rejected:,} of {records:,} {what} rejected (guard.max_rejected is {guard.max_rejected:g})"
    return None


def _share(of_one: float, whole: int) -> float:
    """Rounded, since seven tenths of ten are a little more than seven to a computer."""
    return round(of_one * whole, 6)


def _whereabouts(counts: Records) -> str:
    left = {"unpublished": counts.unpublished, "scheduled": counts.scheduled, "rejected": counts.rejected}
    told = ", ".join(f"{number:,} {what}" for what, number in left.items() if number)
    return f"of {counts.read:,} that were read {told}" if told else "are files gone, or was a setting changed?"
