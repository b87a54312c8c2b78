"""A receiver on loopback for every test that wants one, and a message for it."""

from collections.abc import Iterator

import pytest

from kodokeep.alerts.delivery import Message
from kodokeep.model.alert import AlertKind
from tests.receivers import Web, web

MESSAGE = Message(AlertKind.FAILURE, "kodokeep: photos: failed (nas)", "no answer & <nothing>\nNext: kodokeep run")


@pytest.fixture
def receiver() -> Iterator[Web]:
    """A web server."""
    with web() as running:
        yield running
