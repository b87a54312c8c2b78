"""What the Python SDK offers to its users, by introspection, and which of it is no storage, with the reason why not."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import qiniu

_MACHINERY = "works below every call and is no operation of its own"
_OTHER_SERVICE = "another service of the company, on hosts that a Kodo server has nothing to do with"

NOT_STORAGE = {
    "qiniu.services.sandbox": _OTHER_SERVICE,
    "qiniu.services.compute": _OTHER_SERVICE,
    "qiniu.services.sms": _OTHER_SERVICE,
    "qiniu.services.pili": _OTHER_SERVICE,
    "qiniu.services.cdn.manager.CdnManager": _OTHER_SERVICE,
    "qiniu.services.cdn.manager.DomainManager": _OTHER_SERVICE,
    "qiniu.services.cdn.manager.urlencode": _MACHINERY,
    "qiniu.services.processing.cmd": "puts strings together for processing, which this emulator refuses",
    "qiniu.services.storage._bucket_default_retrier": _MACHINERY,
    "qiniu.services.storage.uploaders._default_retrier": _MACHINERY,
    "qiniu.services.storage.uploaders.io_chunked": _MACHINERY,
    "qiniu.services.storage.uploaders.abc.resume_uploader_base.ResumeUploaderBase.complete_parts": "abstract",
    "qiniu.services.storage.uploaders.abc.resume_uploader_base.ResumeUploaderBase.initial_parts": "abstract",
    "qiniu.services.storage.uploaders.abc.resume_uploader_base.ResumeUploaderBase.upload_parts": "abstract",
    "qiniu.services.storage.uploaders.abc.uploader_base.UploaderBase.get_up_token": "raises TypeError, always",
    "qiniu.services.storage.uploaders.abc.uploader_base.UploaderBase.upload": "abstract",
    "qiniu.compat": _MACHINERY,
    "qiniu.http.client": _MACHINERY,
    "qiniu.http.endpoints_provider": "abstract",
    "qiniu.http.endpoints_retry_policy": _MACHINERY,
    "qiniu.http.middleware": _MACHINERY,
    "qiniu.http.regions_provider.MutableRegionsProvider": "abstract",
    "qiniu.http.regions_provider.RegionsProvider": "abstract",
    "qiniu.http.regions_retry_policy": _MACHINERY,
    "qiniu.http.single_flight": _MACHINERY,
    "qiniu.main": "the command qiniupy, which prints what qiniu.etag gives",
    "qiniu.region.LegacyRegion.get_bucket_hosts_to_cache": "deprecated, and called by nothing in the SDK",
    "qiniu.region.LegacyRegion.host_cache_file_path": "deprecated, and called by nothing in the SDK",
    "qiniu.region.LegacyRegion.host_cache_from_file": "deprecated, and called by nothing in the SDK",
    "qiniu.region.LegacyRegion.host_cache_to_file": "deprecated, and called by nothing in the SDK",
    "qiniu.region.LegacyRegion.set_bucket_hosts_to_cache": "deprecated, and called by nothing in the SDK",
    "qiniu.retry": _MACHINERY,
    "qiniu.utils.deprecated": _MACHINERY,
}

ASKS_NOBODY = (
    "qiniu.auth.Auth.get_",
    "qiniu.auth.Auth.private_download_url",
    "qiniu.auth.Auth.token",
    "qiniu.auth.Auth.up_token_decode",
    "qiniu.auth.QiniuMacAuth.qiniu_headers",
    "qiniu.auth.QiniuMacAuth.token_of_request",
    "qiniu.auth.QiniuMacRequestsAuth",
    "qiniu.auth.RequestsAuth",
    "qiniu.config",
    "qiniu.http.endpoint",
    "qiniu.http.region.Region",
    "qiniu.http.regions_provider.CachedRegionsProvider.set_regions",
    "qiniu.http.regions_provider.get_default_regions_provider",
    "qiniu.http.response",
    "qiniu.services.cdn.manager.create_timestamp_anti_leech_url",
    "qiniu.services.storage.bucket.build_batch_",
    "qiniu.services.storage.upload_progress_recorder",
    "qiniu.services.storage.uploaders.abc",
    "qiniu.utils",
)
"""What starts so only reckons on this side, or is refused as part of the call that it belongs to."""

NEVER_ANSWERED = ("qiniu.services.processing.pfop",)
"""What starts so is refused by this emulator, in plain words."""


class Place(NamedTuple):
    """Where a callable hangs, so that it can be watched there."""

    owner: Any
    attribute: str
    function: Callable[..., Any]


def name_of(function: Callable[..., Any]) -> str:
    """The full name of a function or method, however it was come by."""
    plain = getattr(function, "__func__", function)
    return f"{plain.__module__}.{plain.__qualname__}"


@cache
def surface() -> dict[str, list[Place]]:
    """Every public function, and every public method where it is defined, by full name."""
    found: dict[str, list[Place]] = {}
    for module in _modules():
        for place in _places(module):
            found.setdefault(name_of(place.function), []).append(place)
    return found


def storage() -> dict[str, list[Place]]:
    """The part of the surface that the suite has to exercise."""
    return {name: places for name, places in surface().items() if reason(name) is None}


def reason(name: str) -> str | None:
    """Why this is not exercised."""
    return next((why for prefix, why in NOT_STORAGE.items() if starts(name, prefix)), None)


def starts(name: str, prefix: str) -> bool:
    """Whether a name is the prefix, or below it."""
    return name == prefix or name.startswith(f"{prefix}.")


def _modules() -> Iterator[Any]:
    yield qiniu
    for info in pkgutil.walk_packages(qiniu.__path__, "qiniu."):
        yield importlib.import_module(info.name)


def _places(module: Any) -> Iterator[Place]:
    for attribute, value in vars(module).items():
        if attribute.startswith("_") or not getattr(value, "__module__", "").startswith("qiniu"):
            continue
        if inspect.isfunction(value):
            yield Place(module, attribute, value)
        elif inspect.isclass(value) and value.__module__ == module.__name__:
            yield from _methods(value)


def _methods(owner: type) -> Iterator[Place]:
    for attribute, value in vars(owner).items():
        function = getattr(value, "__func__", value)
        public = not attribute.startswith("_") or attribute in {"__call__", "__iter__"}
        if public and inspect.isfunction(function):
            yield Place(owner, attribute, value)
