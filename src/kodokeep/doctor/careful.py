"""Care: a check that goes wrong becomes a finding, and the next check is made all the same."""

from collections.abc import Callable, Iterator

from kodokeep.errors import KodokeepError
from kodokeep.model.finding import Finding, failed


def carefully(check: str, work: Callable[[], Iterator[Finding]], mend: str) -> Iterator[Finding]:
    """The findings of a check; an error that ends it is one more, mended by the error's own hint or by `mend`."""
    try:
        yield from work()
    except KodokeepError as error:
        yield failed(check, error.message, error.hint or mend)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        yield failed(check, f"{where}{error.strerror or error}", mend)
