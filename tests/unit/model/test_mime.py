import mimetypes

import pytest

from kodokeep.model.mime import mime_of_name


@pytest.mark.parametrize(
    ("key", "mime"),
    [
        ("a.jpg", "image/jpeg"),
        ("a/b.c/PHOTO.JPG", "image/jpeg"),
        ("index.html", "text/html"),
        ("app.js", "text/javascript"),
        ("notes.md", "text/markdown"),
        ("movie.MKV", "video/x-matroska"),
        ("archive.tar.gz", "application/gzip"),
        ("archive.tgz", "application/gzip"),
        ("picture.webp", "image/webp"),
        ("a.b.pdf", "application/pdf"),
    ],
)
def test_an_extension_tells(key: str, mime: str) -> None:
    assert mime_of_name(key) == mime


@pytest.mark.parametrize(
    "key", ["", "jpg", ".jpg", "a/.html", "jpg/", "a.jpg/", "a.", "a.unheard-of", "a.html/b", "//[a"]
)
def test_other_names_do_not(key: str) -> None:
    assert mime_of_name(key) is None


def test_what_the_machine_knows_does_not_count() -> None:
    mimetypes.add_type("text/x-machine", ".machine")
    assert mime_of_name("a.machine") is None
