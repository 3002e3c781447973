"""Affinity, and the quotas of control groups of both versions."""

import ctypes
import os
import sys
from pathlib import Path

import pytest

from spacy_bert_ext.runtime import cores
from spacy_bert_ext.runtime.cores import affinity_cores, available_cores, quota_cores

V2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate"
V1_MOUNT = "31 30 0:28 {root} /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct"
OTHER_MOUNT = "32 30 0:29 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory"


def make_root(folder: Path, *, groups: str, mounts: str, files: dict[str, str]) -> Path:
    """A file system with what a process sees of its control groups."""
    for name, text in {"proc/self/cgroup": groups, "proc/self/mountinfo": mounts, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
    return folder


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a/b/cpu.max": "200000 100000\n"}, 2.0),
        ({"a/b/cpu.max": "150000 100000\n"}, 1.5),
        ({"a/b/cpu.max": "max 100000\n"}, None),
        ({"a/b/cpu.max": "max 100000\n", "a/cpu.max": "50000 100000\n"}, 0.5),
        ({"a/b/cpu.max": "400000 100000\n", "a/cpu.max": "300000 100000\n", "cpu.max": "max 100000"}, 3.0),
        ({"a/b/cpu.max": "100000 100000\n", "a/cpu.max": "300000 100000\n"}, 1.0),
        ({"a/b/cpu.max": ""}, None),
        ({"a/b/cpu.max": "broken"}, None),
        ({"a/b/cpu.max": "0 0"}, None),
        ({"other/cpu.max": "100000 100000"}, None),
        ({}, None),
    ],
)
def test_version_2(tmp_path: Path, files: dict[str, str], expected: float | None) -> None:
    files = {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
    root = make_root(tmp_path, groups="0::/a/b\n", mounts=f"{V2_MOUNT}\n", files=files)
    assert quota_cores(root) == expected


def test_a_container_with_a_namespace_of_its_own(tmp_path: Path) -> None:
    files = {"sys/fs/cgroup/cpu.max": "200000 100000\n"}
    assert quota_cores(make_root(tmp_path, groups="0::/\n", mounts=f"{V2_MOUNT}\n", files=files)) == 2.0


def test_a_group_outside_of_what_is_mounted(tmp_path: Path) -> None:
    files = {"sys/fs/cgroup/cpu.max": "200000 100000\n", "sys/cpu.max": "100000 100000\n"}
    assert quota_cores(make_root(tmp_path, groups="0::/../x\n", mounts=f"{V2_MOUNT}\n", files=files)) == 2.0


@pytest.mark.parametrize(
    ("quota", "period", "expected"),
    [("250000", "100000", 2.5), ("-1", "100000", None), ("50000", "", None), ("x", "100000", None)],
)
@pytest.mark.parametrize(("mounted", "folder"), [("/", "docker/1"), ("/docker/1", ""), ("/docker", "1")])
def test_version_1(tmp_path: Path, quota: str, period: str, expected: float | None, mounted: str, folder: str) -> None:
    place = Path("sys/fs/cgroup/cpu,cpuacct") / folder
    root = make_root(
        tmp_path,
        groups="5:memory:/docker/2\n4:cpu,cpuacct:/docker/1\n",
        mounts=f"{OTHER_MOUNT}\n{V1_MOUNT.format(root=mounted)}\n",
        files={f"{place}/cpu.cfs_quota_us": f"{quota}\n", f"{place}/cpu.cfs_period_us": f"{period}\n"},
    )
    assert quota_cores(root) == expected


def test_both_versions_at_once(tmp_path: Path) -> None:
    root = make_root(
        tmp_path,
        groups="4:cpu,cpuacct:/\n0::/\n",
        mounts=f"{V2_MOUNT}\n{V1_MOUNT.format(root='/')}\nbroken line\n",
        files={
            "sys/fs/cgroup/cpu.max": "300000 100000",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "200000",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
        },
    )
    assert quota_cores(root) == 2.0


def test_a_system_without_control_groups(tmp_path: Path) -> None:
    assert quota_cores(tmp_path) is None


def test_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    assert affinity_cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert affinity_cores() == 7
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert affinity_cores() == 1


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_leaving_a_core_changes_nothing_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed, told = os.sched_getaffinity(0), []
    cores.leave_core()
    assert os.sched_getaffinity(0) == allowed
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 10_000})
    monkeypatch.setattr(os, "sched_setaffinity", lambda _, chosen: told.append(chosen))
    cores.leave_core()
    assert len(told) == 2 and told[0] < told[1] == {0, 1, 10_000}
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {ctypes.CDLL(None).sched_getcpu()})
    cores.leave_core()

    def forbid(_: int, chosen: set[int]) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 10_000})
    monkeypatch.setattr(os, "sched_setaffinity", forbid)
    cores.leave_core()


def test_other_systems_move_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: pytest.fail("asked"), raising=False)
    cores.leave_core()


@pytest.mark.parametrize(("quota", "expected"), [(None, 8), (2.0, 2), (1.2, 2), (0.1, 1), (64.0, 8)])
def test_the_lower_of_affinity_and_quota_counts(
    monkeypatch: pytest.MonkeyPatch, quota: float | None, expected: int
) -> None:
    monkeypatch.setattr(cores, "affinity_cores", lambda: 8)
    monkeypatch.setattr(cores, "quota_cores", lambda: quota)
    assert available_cores() == expected
