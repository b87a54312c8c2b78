"""What the query of a download asks for (protocol §2.5, §6.3)."""

import re
from dataclasses import dataclass
from urllib.parse import unquote_plus, unquote_to_bytes

from kodo_emulator.protocol.arguments import integer, invalid
from kodo_emulator.protocol.traffic import TRAFFIC_LIMITS

# Operations that may come without arguments; with arguments any name is one. [OLD reference/fop; dora documents]
_OPERATIONS = frozenset(
    [
        *("imageView2", "imageView", "imageMogr2", "imageMogr", "imageInfo", "imageAve", "imageslim", "exif"),
        *("watermark", "roundPic", "animate", "montage", "avinfo", "avthumb", "avconcat", "avvod", "avsmart", "adapt"),
        *("vframe", "vsample", "vwatermark", "pm3u8", "segtime", "odconv", "yifangyun_preview", "mkzip", "concat"),
        *("md2html", "qrcode", "qhash", "html2pdf", "html2image", "saveas", "nrop", "facecrop2"),
    ]
)
_TRAFFIC_LIMIT = "X-Qiniu-Traffic-Limit"
_MAX_FILE_NAME = 1000  # In characters. It is sent in a header, percent-encoded.
_OPERATION = re.compile(rb"([A-Za-z][A-Za-z0-9_.-]*)([/|]|$)")


@dataclass(frozen=True, slots=True)
class DownloadQuery:
    """`attachment` is the value of `attname`, which may be empty; `processing` names the first operation asked for.

    `traffic_bits_per_s` is how fast the client wants the body, None for as fast as can be.
    """

    attachment: str | None = None
    processing: str | None = None
    traffic_bits_per_s: int | None = None


_NOTHING = DownloadQuery()


def read_query(query: bytes) -> DownloadQuery:
    """What is asked for, up to the token: what follows that does not count.

    Other parameters, such as those that only get around caches, mean nothing.

    Raises:
        KodoError: 400, `attname` is not UTF-8 or too long, or a limit of speed is out of range (Go SDK,
            storage/bucket_get.go).
    """
    if not query:
        return _NOTHING
    attachment = processing = traffic = None
    for field in query.split(b"&"):
        name, equals, value = field.partition(b"=")
        if name == b"token":
            break
        if name == b"attname" and equals:
            attachment = attachment if attachment is not None else _file_name(value)
        elif name == _TRAFFIC_LIMIT.encode():
            traffic = integer(_TRAFFIC_LIMIT, value.decode("latin-1"), TRAFFIC_LIMITS[0], TRAFFIC_LIMITS[-1])
        elif processing is None:
            processing = _operation(unquote_to_bytes(field))
    return DownloadQuery(attachment, processing, traffic)


def _operation(field: bytes) -> str | None:
    """The name of the operation in `name/argument/…`, `name|…` or `name`; what has a value is a parameter."""
    match = _OPERATION.match(field)
    if not match:
        return None
    name = match[1].decode()
    return name if match[2] == b"/" or name in _OPERATIONS else None


def _file_name(value: bytes) -> str:
    try:
        name = unquote_plus(value.decode(), errors="strict")
    except UnicodeDecodeError as error:
        raise invalid("attname") from error
    if len(name) > _MAX_FILE_NAME:
        raise invalid("attname")  # [unv attname-length]
    return name
