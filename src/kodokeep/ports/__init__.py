"""What the engine asks of the world: small Protocols, named after the consumer's need, with no base class to inherit.

bucket   the remote side
folder   the local side
source   a file of the folder, open to be uploaded to the bucket
state    what is remembered: what both sides agreed on, the plan, what was begun
ledger   what is remembered besides: thaws, disabled objects, traffic
runlog   the audit trail of one run
signals  what a run tells while it works, and how it is asked to end
world    all of it together, as one run has it

`run`, `planning` and `execution` see the folder, the bucket, the state and the run log only through these. What does
not belong here: how any of it is done.
"""

from kodokeep.ports.bucket import Bucket, UploadRequest
from kodokeep.ports.folder import Folder
from kodokeep.ports.ledger import Ledger
from kodokeep.ports.runlog import RunLog
from kodokeep.ports.signals import Emit, StopSignal
from kodokeep.ports.source import Source
from kodokeep.ports.state import HeldGroups, Repaired, Share, State
from kodokeep.ports.world import World

__all__ = [
    "Bucket",
    "Emit",
    "Folder",
    "HeldGroups",
    "Ledger",
    "Repaired",
    "RunLog",
    "Share",
    "Source",
    "State",
    "StopSignal",
    "UploadRequest",
    "World",
]
