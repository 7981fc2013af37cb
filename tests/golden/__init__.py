"""What users see, kept as text: `make golden` renews it, and its diff is read."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent


def check_golden(name: str, text: str) -> None:
    """Compare what is shown with what is kept, or keep it where that is asked for."""
    place = FOLDER / name
    if os.environ.get("GOLDEN") == "renew":
        place.write_text(text)
    assert text == place.read_text()
