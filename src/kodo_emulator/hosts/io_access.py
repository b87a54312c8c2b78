"""What a bucket's settings say about its downloads, and the checks that need no object (protocol §2.5, §2.6)."""

from dataclasses import dataclass

from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Request
from kodo_emulator.protocol.anti_leech import RefererList, check_timestamp, referer_list
from kodo_emulator.protocol.auth import Keys, check_download
from kodo_emulator.protocol.cors import CorsRule, read_rules
from kodo_emulator.store.interface import Bucket


@dataclass(frozen=True, slots=True)
class Access:
    """A bucket as one of its doors shows it, worked out once for each state of its settings.

    `is_guarded`: a request may be refused before its key is looked at. `must_sign`: every request needs a token.
    `timestamp_keys` are empty where no timestamp signature is asked for.
    """

    bucket: Bucket
    is_guarded: bool
    must_sign: bool
    cache_control: str
    referers: RefererList | None
    timestamp_keys: tuple[str, ...]
    cors: tuple[CorsRule, ...]
    has_index_pages: bool
    has_mirror: bool


def read_access(bucket: Bucket, *, signed_only: bool, timestamps: bool) -> Access:
    """What holds at a door where all requests are to be signed, or where timestamp signatures count.

    Originals of a protected bucket are as private as those of a private one [FAQ], since they are all there is here
    [unv protected-original]. Referer lists count only if they were set to be enforced at the origin; then they do at
    every door [unv referer-doors].

    Raises:
        KodoError: 400, the stored CORS rules are none.
    """
    settings = bucket.settings
    must_sign = signed_only or bucket.private or settings.protected
    timestamp_keys = settings.timestamp_keys if timestamps else ()
    rules = settings.referers
    referers = referer_list(rules.mode, rules.patterns, allow_empty=rules.allow_empty) if rules.source_enabled else None
    return Access(
        bucket=bucket,
        is_guarded=must_sign or bool(timestamp_keys) or referers is not None,
        must_sign=must_sign,
        cache_control=f"public, max-age={settings.max_age_s}",
        referers=referers,
        timestamp_keys=timestamp_keys,
        cors=read_rules(bytes(settings.cors)),
        has_index_pages=not settings.no_index_page,
        has_mirror=bool(settings.mirror_sources),
    )


class Gate:
    """The checks; signatures are made with `keys`."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def check(self, access: Access, request: Request, now_s: float) -> None:
        """Referer, timestamp signature, token, in this order; each only where the bucket asks for it.

        Raises:
            KodoError: 403, 403, 401.
        """
        if access.referers is not None and not access.referers.permits(request.headers.get("referer", "")):
            raise KodoError(403, "referer not allowed")  # [unv referer-refused-text]
        if access.timestamp_keys:
            check_timestamp(access.timestamp_keys, request.path, request.query, now_s)
        if access.must_sign:
            self.check_token(request, now_s)

    def check_token(self, request: Request, now_s: float) -> None:
        """The token of a private URL.

        Raises:
            KodoError: 401.
        """
        check_download(self._keys, request.headers.get("host", ""), request.target, now_s)

    def check_disabled(self, request: Request, now_s: float) -> None:
        """A disabled object needs a token even in a public bucket (protocol §6.3).

        Raises:
            KodoError: 403.
        """
        try:
            self.check_token(request, now_s)
        except KodoError as error:
            raise KodoError(403, "file is disabled") from error  # [unv disabled-download]
