"""What an upload token permits (protocol §2.4). The token's signature is checked in `auth.py`.

What the service answers and whom it calls back follows the policy too, and is done in `uploads`.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from kodo_emulator.errors import KodoError, file_exists, token_out_of_date
from kodo_emulator.protocol.arguments import document
from kodo_emulator.protocol.auth import Keys, check_upload_token
from kodo_emulator.protocol.metadata import check_header_value
from kodo_emulator.protocol.mime import unwanted_type
from kodo_emulator.protocol.traffic import TRAFFIC_LIMITS

_MAX_KEYS = 20
_FILE_TYPES = range(6)
_ENCODING = "put policy encoding"

# What would start processing, by policy field.
_PROCESSING = ("persistentOps", "persistentWorkflowTemplateID", "transform", "asyncOps")

_Days = Annotated[int, msgspec.Meta(ge=0, lt=2**32)]


class Policy(msgspec.Struct, frozen=True, rename="camel"):
    """The policy fields that the emulator obeys.

    The service does not look at fields that it does not know: PHP SDKs sent it `upHosts` for years, and a misspelled
    `return_body` has no effect (tony612/qiniu issue 4). `deadline` is in Unix seconds, `fsize_*` in bytes,
    `traffic_limit` in bits per second.
    """

    scope: str
    deadline: int
    is_prefixal_scope: int | None = None
    insert_only: int | None = None
    save_key: str | None = None
    force_save_key: bool | None = None
    keylimit: list[str] | None = None
    end_user: str | None = None
    return_url: str | None = None
    return_body: str | None = None
    callback_url: str | None = None
    callback_host: str | None = None
    callback_body: str | None = None
    callback_body_type: str | None = None
    callback_fetch_key: int | None = None
    fsize_min: int | None = None
    fsize_limit: int | None = None
    detect_mime: int | None = None
    mime_limit: str | None = None
    file_type: int | None = None
    delete_after_days: _Days | None = None
    traffic_limit: int | None = None

    @property
    def bucket(self) -> str:
        return self.scope.partition(":")[0]

    @property
    def scope_key(self) -> str | None:
        """The key, or with isPrefixalScope the prefix, that the scope names."""
        _, colon, key = self.scope.partition(":")
        return key if colon else None

    def names_object(self, client_key: str | None) -> bool:
        """Whether saveKey, and not the client or the content, gives the object its key."""
        return bool(self.force_save_key or (self.save_key and client_key is None))


def read_policy(keys: Keys, token: str) -> Policy:
    """The policy of a correctly signed upload token.

    Raises:
        KodoError: 401 for a bad token, or one whose policy is no policy (python-sdk issue 311); 400 for values that
            are not permitted; 501 for processing.
    """
    encoded = check_upload_token(keys, token)
    policy = document(encoded, Policy, what=_ENCODING, status=401, strict=False)
    fields = document(encoded, dict[str, object], what=_ENCODING, status=401)
    for name in _PROCESSING:
        if fields.get(name):
            raise KodoError(501, f"not supported by this emulator: {name}")
    _check_values(policy)
    return policy


def check_deadline(policy: Policy, now_s: float) -> None:
    """Called when the object is about to be created, not when its upload starts.

    Raises:
        KodoError: 401.
    """
    if policy.deadline < now_s:
        raise token_out_of_date()


def check_client_key(policy: Policy, key: str | None) -> None:
    """Whether the client may name its object so (None: it gave no name).

    Raises:
        KodoError: 403.
    """
    if policy.keylimit and key not in policy.keylimit:
        raise KodoError(403, "key is not in keylimit")  # [unv keylimit-text]
    if not policy.names_object(key):
        check_scope(policy, key)


def check_scope(policy: Policy, key: str | None) -> None:
    """Whether the scope covers a key.

    Raises:
        KodoError: 403.
    """
    wanted = policy.scope_key
    if wanted is None:
        return
    fits = key is not None and (key.startswith(wanted) if policy.is_prefixal_scope else key == wanted)
    if not fits:
        raise KodoError(403, "key doesn't match scope")


def check_size(policy: Policy, size_bytes: int) -> None:
    """The size limits.

    Raises:
        KodoError: 413 for too large, 403 for too small.
    """
    if policy.fsize_limit and size_bytes > policy.fsize_limit:
        raise KodoError(413, "exceed FsizeLimit")
    if policy.fsize_min is not None and size_bytes < policy.fsize_min:
        raise KodoError(403, "file is smaller than fsizeMin")  # [unv fsize-min-text]


def check_mime(policy: Policy, mime: str, names: Sequence[str | None], head: bytes) -> None:
    """The limit of MIME types; arguments as in `mime.py`. The text is known from android-sdk issue 266.

    Raises:
        KodoError: 403.
    """
    if policy.mime_limit and (unwanted := unwanted_type(policy.mime_limit, mime, names, head)):
        raise KodoError(403, f"limited mimeType: this file type ({unwanted}) is forbidden to upload")


def check_overwrite(policy: Policy, existing_hash: str | None, new_hash: str, *, by_blocks: bool) -> None:
    """The overwrite matrix: an upload that cannot overwrite accepts only equal content.

    A scope without a key cannot, except when `by_blocks` says that this is an upload of version 1.

    Raises:
        KodoError: 614.
    """
    may_overwrite = (
        not policy.insert_only and not policy.is_prefixal_scope and (policy.scope_key is not None or by_blocks)
    )
    if existing_hash not in {None, new_hash} and not may_overwrite:
        raise file_exists()


def _check_values(policy: Policy) -> None:
    """What is wrong with a policy before anything is uploaded.

    Raises:
        KodoError: 400.
    """
    faults = {
        "fileType": policy.file_type is not None and policy.file_type not in _FILE_TYPES,
        "saveKey": bool(policy.force_save_key and not policy.save_key),
        "keylimit": len(policy.keylimit or ()) > _MAX_KEYS,
        "trafficLimit": bool(policy.traffic_limit) and policy.traffic_limit not in TRAFFIC_LIMITS,
    }
    for name, wrong in faults.items():
        if wrong:
            raise KodoError(400, f"invalid put policy: {name}")
    for name, value in (
        ("returnUrl", policy.return_url),
        ("callbackHost", policy.callback_host),
        ("callbackBodyType", policy.callback_body_type),
    ):
        check_header_value(name, value or "")
