"""Whether Kodo knows a pair of keys: the one question that needs no bucket.

What belongs here: asking it. What does not: what the account has.
"""

import threading
import time

import msgspec

from kodokeep.kodo.api import Api
from kodokeep.kodo.failures import told_to_users
from kodokeep.kodo.hosts import uc_bases
from kodokeep.kodo.meter import Meter
from kodokeep.kodo.retry import Retry
from kodokeep.kodo.signing import Signer
from kodokeep.kodo.transport import Patience, Transport
from kodokeep.model.options import Credentials, TransportOptions

ATTEMPTS = 3
"""A person waits."""

_buckets = msgspec.json.Decoder(list[str] | None)


def sign_in(credentials: Credentials, options: TransportOptions) -> None:
    """Ask for the names of the account's buckets (protocol §1.5), which Kodo answers only if the signature is right.

    Raises SignInRefused, ClockSkewed, Unreachable, KodoError.
    """
    api = Api(Transport(options, Meter(), Patience()), Signer(credentials, time.time), Retry(ATTEMPTS))
    with told_to_users():
        api.call(uc_bases(options), "/buckets", _buckets, threading.Event(), method="POST")
