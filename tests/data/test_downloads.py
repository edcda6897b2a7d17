import hashlib

import pytest

from convnext_viz.data.downloads import fetch

CONTENT = bytes(range(256)) * 2000  # half a megabyte
MD5 = hashlib.md5(CONTENT).hexdigest()


def test_a_whole_file_with_progress(server, tmp_path):
    seen = []
    url = server.serve("/file", CONTENT)
    target = tmp_path / "new" / "file"
    fetch(url, target, md5=MD5, progress=lambda *counts: seen.append(counts))
    assert target.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert seen == sorted(seen)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_cut_connection_is_continued(server, tmp_path, ranges):
    url = server.serve("/file", CONTENT, cuts=[100_000, 250_000], ranges=ranges)
    fetch(url, tmp_path / "file", md5=MD5, pause=0)
    assert (tmp_path / "file").read_bytes() == CONTENT
    requested = [
        int(r.removeprefix("bytes=").removesuffix("-")) for r in server.ranges_requested if r
    ]
    assert len(requested) == 2
    assert requested[0] == 100_000
    if ranges:
        assert requested[1] == 350_000


def test_a_later_call_continues(server, tmp_path):
    url = server.serve("/file", CONTENT, cuts=[70_000])
    with pytest.raises(ValueError, match="try again"):
        fetch(url, tmp_path / "file", md5=MD5, attempts=1)
    assert [f.name for f in tmp_path.iterdir()] == ["file.part"]
    fetch(url, tmp_path / "file", md5=MD5)
    assert [f.name for f in tmp_path.iterdir()] == ["file"]
    assert server.ranges_requested == [None, "bytes=70000-"]


def test_a_part_that_is_already_whole(server, tmp_path):
    url = server.serve("/file", CONTENT)
    (tmp_path / "file.part").write_bytes(CONTENT)
    fetch(url, tmp_path / "file", md5=MD5)
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_another_file_is_thrown_away(server, tmp_path):
    url = server.serve("/file", CONTENT[:-1] + b"!")
    with pytest.raises(ValueError, match="checksum"):
        fetch(url, tmp_path / "file", md5=MD5)
    assert list(tmp_path.iterdir()) == []


def test_no_network_and_no_such_file_are_sentences(server, tmp_path):
    with pytest.raises(ValueError, match="connection"):
        fetch("http://127.0.0.1:9/file", tmp_path / "a", md5=MD5, attempts=2, pause=0)
    with pytest.raises(ValueError, match="404"):
        fetch(server.serve("/file", CONTENT) + "x", tmp_path / "a", md5=MD5)
    assert len(server.ranges_requested) == 1  # a file that is not there is not asked for again


@pytest.mark.parametrize("folder", ["/proc/here", "file/here"])
def test_a_folder_that_cannot_be_written_is_a_sentence(server, tmp_path, folder):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ValueError, match="is not writable"):
        fetch(server.serve("/file", CONTENT), tmp_path / folder / "file", md5=MD5)
    assert server.ranges_requested == []


def test_two_programs_do_not_write_into_one_file(server, tmp_path):
    fcntl = pytest.importorskip("fcntl")
    url = server.serve("/file", CONTENT)
    with (tmp_path / "file.part.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(ValueError, match="Another program"):
            fetch(url, tmp_path / "file", md5=MD5)
    fetch(url, tmp_path / "file", md5=MD5)
    assert [f.name for f in tmp_path.iterdir()] == ["file"]
