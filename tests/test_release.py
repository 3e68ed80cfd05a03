"""What the release script builds, and what it would complain about."""

from __future__ import annotations

import importlib.util
import shutil
import zipfile

import pytest

from tests.conftest import ROOT

pytest.importorskip("build")


@pytest.fixture(scope="module")
def release():
    spec = importlib.util.spec_from_file_location("release", ROOT / "scripts" / "release.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_a_wheel_holds_what_git_has(release, tmp_path):
    _, wheel = release.build(tmp_path)
    assert set(release.faults(wheel)) <= {"CHANGELOG.md has no date for 0.1.0"}
    broken = tmp_path / "broken" / wheel.name
    broken.parent.mkdir()
    shutil.copy(wheel, broken)
    with zipfile.ZipFile(wheel) as whole, zipfile.ZipFile(broken, "w") as part:
        for name in whole.namelist():
            if name != "coplug/models/zoo/setcover-gcnn/model.safetensors":
                part.writestr(name, whole.read(name))
        part.writestr("tests/test_a.py", "")
    found = set(release.faults(broken))
    assert "models/zoo/setcover-gcnn/model.safetensors is missing" in found
    assert "tests/test_a.py does not belong there" in found
