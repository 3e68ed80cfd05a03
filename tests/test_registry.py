"""Entry points of packages, some of which are other people's."""

import logging
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from coplug import registry
from coplug.errors import PolicyError, UsageError
from coplug.registry import Registry

THINGS = Registry("coplug.things", "thing", lambda found: "" if callable(found) else "cannot be called")


def offer(monkeypatch, **values):
    """Let packages offer things by name, each as several objects."""
    points = [EntryPoint(name, value, THINGS.group) for name, several in values.items() for value in several]
    others = [EntryPoint("cosine", "math:cos", "coplug.others")]
    monkeypatch.setattr(registry, "entry_points", lambda: EntryPoints(points + others))


def test_things_are_found_by_name_and_sorted(monkeypatch):
    offer(monkeypatch, sine=["math:sin"], arc=["math:asin"])
    assert THINGS.names() == ["arc", "sine"]
    assert "sine" in THINGS
    assert "cosine" not in THINGS
    assert THINGS.load("sine")(0.0) == 0.0


def test_of_two_of_one_name_coplugs_own_is_taken_and_else_the_first(monkeypatch, caplog):
    offer(monkeypatch, jit=["math:sin", "coplug.jit:kernel"], root=["math:sqrt", "math:cbrt", "math:sqrt"])
    with caplog.at_level(logging.WARNING):
        values = {name: entry.value for name, entry in THINGS.entries().items()}
        THINGS.names()
    assert values == {"jit": "coplug.jit:kernel", "root": "math:sqrt"}
    assert [record.getMessage() for record in caplog.records] == [
        "two packages offer 'jit' in coplug.things: coplug.jit:kernel is taken, math:sin is left out",
        "two packages offer 'root' in coplug.things: math:sqrt is taken, math:cbrt is left out",
    ]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("nosuch.module:thing", r"thing 'x' \(nosuch.module:thing\) cannot be imported: .*nosuch"),
        ("math:nosuch", "cannot be imported: "),
        ("math:pi", r"thing 'x' \(math:pi\) cannot be called"),
    ],
)
def test_what_cannot_be_had_is_named(monkeypatch, value, message):
    offer(monkeypatch, x=[value])
    with pytest.raises(UsageError, match=message):
        THINGS.load("x")


def test_an_unknown_name_lists_the_choices_in_the_registrys_kind_of_error(monkeypatch):
    offer(monkeypatch, sine=["math:sin"], arc=["math:asin"])
    with pytest.raises(PolicyError, match="policy 'x' is unknown; choose one of: arc, sine"):
        Registry(THINGS.group, "policy", error=PolicyError).load("x")


def test_what_ends_the_program_or_cannot_be_looked_at_is_named_too(install):
    install("quitting", "raise SystemExit(3)", things={"quits": "quitting:thing"})
    with pytest.raises(
        UsageError, match=r"thing 'quits' \(quitting:thing\) cannot be imported: SystemExit: 3"
    ):
        THINGS.load("quits")
    install("opaque", "", things={"opaque": "opaque:__name__"})
    strict = Registry(THINGS.group, "thing", lambda found: found.nothing)
    with pytest.raises(UsageError, match=r"cannot be looked at: AttributeError: .*; update its package"):
        strict.load("opaque")


def test_what_can_be_used_is_returned_and_the_rest_is_named(monkeypatch, caplog):
    offer(monkeypatch, sine=["math:sin"], x=["nosuch.module:thing"], pi=["math:pi"])
    with caplog.at_level(logging.WARNING):
        assert list(THINGS.usable()) == ["sine"]
    assert [record.getMessage().split(" ")[1] for record in caplog.records] == ["'pi'", "'x'"]
    assert all(record.getMessage().endswith("; it is left out") for record in caplog.records)


def test_what_is_installed_meanwhile_is_found(install):
    assert "sine" not in THINGS
    install("toybox", "", things={"sine": "math:sin"})
    assert "sine" in THINGS
