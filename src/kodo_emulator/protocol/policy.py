"""What an upload token permits (protocol §2.4). The token's signature is checked in `auth.py`."""

import mimetypes

import msgspec

from kodo_emulator.errors import KodoError, file_exists, token_out_of_date
from kodo_emulator.protocol.auth import Keys, check_upload_token

DEFAULT_MIME = "application/octet-stream"


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The policy fields this emulator obeys; a token with any other field is refused, naming it.

    `deadline` is in Unix seconds, `fsize_*` in bytes.
    """

    scope: str
    deadline: int
    is_prefixal_scope: int | None = None
    insert_only: int | None = None
    fsize_min: int | None = None
    fsize_limit: int | None = None
    mime_limit: str | None = None
    detect_mime: int | None = None
    file_type: int | None = None
    end_user: str | None = None

    @property
    def bucket(self) -> str:
        return self.scope.partition(":")[0]

    @property
    def scope_key(self) -> str | None:
        """The key, or with isPrefixalScope the prefix, that the scope names."""
        _, colon, key = self.scope.partition(":")
        return key if colon else None

    @property
    def may_overwrite(self) -> bool:
        return self.scope_key is not None and not self.is_prefixal_scope and not self.insert_only


def read_policy(keys: Keys, token: str) -> Policy:
    """The policy of a correctly signed upload token.

    Raises:
        KodoError: 401 for a bad token, 400 for a policy that is malformed or asks what the emulator cannot do.
    """
    document = check_upload_token(keys, token)
    try:
        fields = msgspec.json.decode(document)
        policy = msgspec.convert(fields, Policy, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise KodoError(400, f"invalid put policy: {error}") from error
    if policy.file_type not in {None, 0, 1, 2, 3, 4, 5}:
        raise KodoError(400, "invalid put policy: fileType")
    return policy


def check_deadline(policy: Policy, now_s: float) -> None:
    """Called when the object is about to be created, not when its upload starts.

    Raises:
        KodoError: 401.
    """
    if policy.deadline < now_s:
        raise token_out_of_date()


def check_key(policy: Policy, key: str | None) -> None:
    """Whether the scope covers the key of the request (None: the client gave none).

    Raises:
        KodoError: 403.
    """
    wanted = policy.scope_key
    if wanted is None:
        return
    fits = key is not None and (key.startswith(wanted) if policy.is_prefixal_scope else key == wanted)
    if not fits:
        raise KodoError(403, "key doesn't match scope")


def check_content(policy: Policy, size_bytes: int, mime: str) -> None:
    """The size and MIME limits.

    Raises:
        KodoError: 413 for too large, 403 for too small or a MIME type that the policy does not want.
    """
    if policy.fsize_limit is not None and size_bytes > policy.fsize_limit:
        raise KodoError(413, "exceed FsizeLimit")
    if policy.fsize_min is not None and size_bytes < policy.fsize_min:
        raise KodoError(403, "file is smaller than fsizeMin")  # [unv fsize-min-text]
    if policy.mime_limit and not _mime_allowed(policy.mime_limit, mime):
        raise KodoError(403, "limited mimeType: this file type is forbidden to upload")  # [unv mime-limit-text]


def check_overwrite(policy: Policy, existing_hash: str | None, new_hash: str) -> None:
    """The overwrite matrix: a scope that cannot overwrite accepts only equal content.

    Raises:
        KodoError: 614.
    """
    if existing_hash not in {None, new_hash} and not policy.may_overwrite:
        raise file_exists()


def choose_mime(policy: Policy, client_mime: str | None, names: tuple[str | None, ...]) -> str:
    """The MIME type to store: the client's, else the one that the first telling name suggests.

    `names` are file name and key, in this order. Contents are not looked at.
    """
    if policy.detect_mime == -1:
        return client_mime or DEFAULT_MIME
    if client_mime and policy.detect_mime != 1:
        return client_mime
    guesses = (mimetypes.guess_type(name)[0] for name in names if name)
    return next((guess for guess in guesses if guess), client_mime or DEFAULT_MIME)


def _mime_allowed(limit: str, mime: str) -> bool:
    denied = limit.startswith("!")
    patterns = limit.removeprefix("!").split(";")
    listed = any(
        mime.startswith(pattern[:-1]) if pattern.endswith("/*") else mime == pattern for pattern in patterns if pattern
    )
    return listed != denied
