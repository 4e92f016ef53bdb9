"""What an import prints does not get into what a program reads."""

from __future__ import annotations

import gc
import io
import sys
import threading
import weakref

import pytest

from orpheus_core.plugins.import_output import printed_to_stderr


def test_other_threads_print_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    """The command may be in the middle of its result while a plugin is imported beside it."""
    before = sys.stdout
    with printed_to_stderr():
        print("from the import")
        thread = threading.Thread(target=print, args=("result",))
        thread.start()
        thread.join()
    assert capsys.readouterr() == ("result\n", "from the import\n")
    assert sys.stdout is before


def test_one_import_inside_another_ends_with_the_outer_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A plugin's import may import another plugin."""
    with printed_to_stderr():
        with printed_to_stderr():
            print("inner")
        print("outer")
    print("result")
    assert capsys.readouterr() == ("result\n", "inner\nouter\n")


def test_imports_that_overlap_in_two_threads_leave_the_output_as_it_was(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whichever ends first."""
    before = sys.stdout
    begun, ended = threading.Event(), threading.Event()

    def second() -> None:
        with printed_to_stderr():
            begun.set()
            ended.wait(timeout=30)
            print("second")

    thread = threading.Thread(target=second)
    with printed_to_stderr():
        thread.start()
        begun.wait(timeout=30)
    print("result")
    ended.set()
    thread.join(timeout=30)
    assert capsys.readouterr() == ("result\n", "second\n")
    assert sys.stdout is before


def test_a_handler_that_an_import_keeps_writes_where_it_should_later(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Logging is often set up at an import."""
    with printed_to_stderr():
        kept = sys.stdout
    kept.write("later")
    assert capsys.readouterr() == ("later", "")


def test_an_output_that_an_import_puts_in_place_stays(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """To put back what was there could undo what another thread did meanwhile."""
    before, other = sys.stdout, io.StringIO()
    try:
        with printed_to_stderr():
            sys.stdout = other
        assert sys.stdout is other
    finally:
        sys.stdout = before


def test_without_a_console_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program with windows only has no streams at all."""
    monkeypatch.setattr(sys, "stdout", None)
    with printed_to_stderr():
        print("nowhere")
    assert sys.stdout is None


def test_what_stood_for_the_output_stays_when_the_import_is_over() -> None:
    """Another thread may be printing to it: CPython keeps no reference, and would crash."""
    with printed_to_stderr():
        stood_there = weakref.ref(sys.stdout)
    gc.collect()
    assert stood_there() is not None
