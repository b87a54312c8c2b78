"""Sniffing: what the first bytes of a content tell of its mime type, where its name tells nothing."""

HEAD_BYTES = 4096
"""How much of a content is looked at."""

_LEAST_CONFIDENCE = 0.3  # three bytes that match: fewer would take many a text for something


def mime_of_content(head: bytes) -> str | None:
    """The type that most of the beginning fits; the plainest one if several do (a zip, not one of all its kinds)."""
    import puremagic  # noqa: PLC0415 - its tables are large, and most files have a telling name

    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    named = [match for match in matches if match.mime_type and match.confidence >= _LEAST_CONFIDENCE]
    best = max((match.confidence for match in named), default=0.0)
    return min((match.mime_type for match in named if match.confidence == best), key=len, default=None)
