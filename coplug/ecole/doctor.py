"""``python -m coplug.ecole.doctor``: which versions are at work, in the shape of Ecole's doctor."""

from __future__ import annotations

from coplug.ecole import version


def report() -> str:
    """Return a report of several lines on the interface, on coplug and on SCIP."""
    interface = version.get_ecole_lib_version()
    scip = version.get_scip_lib_version()
    return "\n".join(
        [
            "Ecole interface:",
            f"    Version       : {interface.major}.{interface.minor}.{interface.patch}",
            f"    Provided by   : {interface.revision}",
            f"    OS            : {interface.build_os}",
            f"    Path          : {version.get_ecole_lib_path()}",
            "Running SCIP:",
            f"    Version       : {scip.major}.{scip.minor}.{scip.patch}",
            f"    Path          : {version.get_scip_lib_path()}",
        ]
    )


if __name__ == "__main__":
    print(report())
