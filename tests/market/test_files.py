"""Files are kept whole until they are forgotten: in a folder, or by a server that speaks S3."""

import socket
import time
from pathlib import Path

import pytest

from market import files as stores
from market.errors import NotFound
from market.files import FilesUnavailable, Folder, ObjectStore, files_for, kept
from tests.databases import settings_for
from tests.stores import store_settings


@pytest.fixture
def files(tmp_path):
    return Folder(tmp_path / "files")


@pytest.fixture(params=["folder", "s3"])
def store(request, tmp_path):
    """Either store; both keep the same promises."""
    if request.param == "folder":
        return Folder(tmp_path / "files")
    return ObjectStore(settings_for("", tmp_path, **request.getfixturevalue("s3")))


def left_in(tmp_path):
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


class TestEitherStore:
    def test_gives_back_what_was_put(self, store):
        content = bytes(range(256)) * 1000
        store.put("photos/1/640.webp", content)

        assert store.get("photos/1/640.webp") == content

    def test_keeps_until_forgotten_even_twice(self, store):
        store.put("a", b"one")
        store.delete("a")
        store.delete("a")

        with pytest.raises(NotFound):
            store.get("a")

    def test_leaves_no_empty_folder(self, tmp_path):
        store = Folder(tmp_path)
        for name in ("photos/1/320.webp", "photos/1/640.webp"):
            store.put(name, b"x")

        store.delete("photos/1/320.webp")
        assert (tmp_path / "photos/1").exists()
        store.delete("photos/1/640.webp")
        assert not (tmp_path / "photos/1").exists()

    def test_knows_nothing_else(self, store):
        store.put("photos/1.webp", b"one")

        for name in ("photos", "photos/2.webp", "photos/1.webp/deeper"):
            with pytest.raises(NotFound):
                store.get(name)

    def test_keeps_what_a_transaction_names(self, store):
        with kept(store, {"a": b"one", "b": b"two"}):
            assert store.get("b") == b"two"

        assert store.get("a") == b"one"

    def test_forgets_what_a_transaction_did_not_name_in_the_end(self, store):
        with pytest.raises(ZeroDivisionError), kept(store, {"a": b"one", "b": b"two"}):
            raise ZeroDivisionError

        for name in "ab":
            with pytest.raises(NotFound):
                store.get(name)


class TestAStoreThatIsAway:
    def refuses(self, store, verb, *arguments):
        with pytest.raises(FilesUnavailable) as refusal:
            getattr(store, verb)(*arguments)
        assert refusal.value.facts == {"retry_after_seconds": 20}

    def test_is_a_refusal(self, tmp_path):
        store = ObjectStore(settings_for("", tmp_path, **store_settings("http://127.0.0.1:9")))

        self.refuses(store, "put", "a", b"one")
        self.refuses(store, "get", "a")
        self.refuses(store, "delete", "a")

    def test_is_not_waited_for(self, tmp_path, monkeypatch):
        monkeypatch.setattr(stores, "READ_SECONDS", 0.2)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            store = ObjectStore(settings_for("", tmp_path, **store_settings(url)))

            self.refuses(store, "get", "a")

    def test_is_left_alone_for_a_while(self, tmp_path, monkeypatch):
        monkeypatch.setattr(stores, "READ_SECONDS", 0.2)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            store = ObjectStore(settings_for("", tmp_path, **store_settings(url)))
            self.refuses(store, "get", "a")

            began = time.monotonic()
            for verb, *content in (("get",), ("put", b"one"), ("delete",)):
                self.refuses(store, verb, "a", *content)
            assert time.monotonic() - began < 0.1

    def test_is_asked_again_after_that(self, s3, tmp_path, monkeypatch):
        store = ObjectStore(settings_for("", tmp_path, **s3))
        store.put("a", b"one")
        monkeypatch.setattr(stores, "monotonic", lambda: 100.0)
        monkeypatch.setattr(store, "_away_until", 110.0)
        self.refuses(store, "get", "a")

        monkeypatch.setattr(stores, "monotonic", lambda: 111.0)
        assert store.get("a") == b"one"

    def test_has_no_such_bucket(self, s3, tmp_path):
        store = ObjectStore(settings_for("", tmp_path, **s3 | {"s3_bucket": "other"}))

        self.refuses(store, "put", "a", b"one")
        assert store._away_until == 0  # it answers, and other names may be there

    def test_is_a_folder_that_is_none(self, tmp_path):
        (tmp_path / "files").write_text("in the way")

        self.refuses(Folder(tmp_path / "files"), "put", "a/b", b"one")


class TestChoosing:
    def test_goes_by_the_settings(self, tmp_path):
        there = store_settings("http://127.0.0.1:9")

        assert isinstance(files_for(settings_for("", tmp_path)), Folder)
        assert isinstance(files_for(settings_for("", tmp_path, **there)), ObjectStore)


class TestAFolder:
    def test_the_same_again_is_harmless(self, files, tmp_path):
        files.put("a", b"one")
        files.put("a", b"one")

        assert files.get("a") == b"one"
        assert len(left_in(tmp_path)) == 1

    def test_keeps_all_or_nothing(self, files, tmp_path, monkeypatch):
        def full(_self: Path, _target: Path) -> None:
            raise OSError("disk full")

        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(FilesUnavailable):
            files.put("a", b"one")

        assert left_in(tmp_path) == []


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
