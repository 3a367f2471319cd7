"""Files are kept whole, inside their folder, until they are forgotten."""

from pathlib import Path

import pytest

from market.errors import NotFound
from market.files import Folder


@pytest.fixture
def files(tmp_path):
    return Folder(tmp_path / "files")


def left_in(tmp_path):
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


class TestKeeping:
    def test_gives_back_what_was_put(self, files):
        files.put("photos/1/640.webp", b"picture")

        assert files.get("photos/1/640.webp") == b"picture"

    def test_the_same_again_is_harmless(self, files, tmp_path):
        files.put("a", b"one")
        files.put("a", b"one")

        assert files.get("a") == b"one"
        assert len(left_in(tmp_path)) == 1

    def test_all_or_nothing(self, files, tmp_path, monkeypatch):
        def full(_self: Path, _target: Path) -> None:
            raise OSError("disk full")

        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="disk full"):
            files.put("a", b"one")

        assert left_in(tmp_path) == []

    def test_until_forgotten_even_twice(self, files):
        files.put("a", b"one")
        files.delete("a")
        files.delete("a")

        with pytest.raises(NotFound):
            files.get("a")


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "missing",
            "photos",
            "photos/1.webp/deeper",
            "",
            ".",
            "..",
            "../secret",
            "/etc/passwd",
            "a\0b",
        ],
    )
    def test_that_stand_for_no_file_are_not_found(self, files, name):
        files.put("photos/1.webp", b"picture")

        with pytest.raises(NotFound):
            files.get(name)

    @pytest.mark.parametrize("name", ["", "../outside", "/tmp/outside", "photos/../../outside"])
    def test_that_leave_the_folder_are_refused(self, files, name, tmp_path):
        with pytest.raises(NotFound):
            files.put(name, b"x")

        assert [path.name for path in tmp_path.iterdir()] == []

    def test_do_not_follow_a_link_out_of_the_folder(self, files, tmp_path):
        files.put("a", b"one")
        (tmp_path / "secret").write_bytes(b"secret")
        (tmp_path / "files" / "link").symlink_to(tmp_path / "secret")

        with pytest.raises(NotFound):
            files.get("link")
