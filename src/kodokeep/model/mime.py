"""The mime type that an object gets when nothing but its key is known. Pure: no machine's own table counts.

What does not belong here: looking at contents (`kodo.sniff`).
"""

from functools import cache

OCTET_STREAM = "application/octet-stream"
"""What nobody knows more about."""

# Missing from the standard library's table, or different from one version of it to the next.
_OWN = {
    "7z": "application/x-7z-compressed",
    "avif": "image/avif",
    "br": "application/x-brotli",
    "bz2": "application/x-bzip2",
    "epub": "application/epub+zip",
    "flac": "audio/flac",
    "gz": "application/gzip",
    "heic": "image/heic",
    "heif": "image/heif",
    "js": "text/javascript",
    "jxl": "image/jxl",
    "log": "text/plain",
    "m4a": "audio/mp4",
    "m4v": "video/mp4",
    "md": "text/markdown",
    "mjs": "text/javascript",
    "mkv": "video/x-matroska",
    "mpd": "application/dash+xml",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "otf": "font/otf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "rar": "application/vnd.rar",
    "rtf": "application/rtf",
    "tgz": "application/gzip",
    "ttf": "font/ttf",
    "wav": "audio/wav",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "text/xml",
    "xz": "application/x-xz",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "zst": "application/zstd",
}


@cache
def _mime_of_extension() -> dict[str, str]:
    import mimetypes  # noqa: PLC0415 - slow to load, and only new files ask

    builtin = mimetypes.MimeTypes()  # an instance of its own starts from the library's table alone
    rare, usual = builtin.types_map
    return {extension.lstrip("."): mime for extension, mime in (*rare.items(), *usual.items())} | _OWN


def mime_of_name(key: str) -> str | None:
    """What the extension of a key or file name tells; None if it tells nothing."""
    stem, _, extension = key.rpartition("/")[2].rpartition(".")
    return _mime_of_extension().get(extension.lower()) if stem else None
