"""The one error a handler raises to refuse a request. How it looks on the wire is decided in `control/front.py`."""


class KodoError(Exception):
    """A refusal as Kodo words it.

    `status` is the HTTP status, such as 404 or 612 (protocol §8); `message` becomes the JSON member "error".
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def no_such_key() -> KodoError:
    return KodoError(612, "no such file or directory")


def no_such_bucket() -> KodoError:
    return KodoError(631, "no such bucket")


def file_exists() -> KodoError:
    return KodoError(614, "file exists")


def bad_token() -> KodoError:
    return KodoError(401, "bad token")


def token_out_of_date() -> KodoError:
    return KodoError(401, "token out of date")


def time_too_skewed() -> KodoError:
    return KodoError(403, "request time too skewed")
