"""The verb *around*: wrappers stand around the work, and none of them can spoil it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping
from typing import Generic, TypeVar, cast

import attrs
import pluggy

from orpheus_core.errors import HookFailed, OrpheusError, PluginUnavailable
from orpheus_core.plugins.answers import misfit
from orpheus_core.plugins.dispatch import Dispatch
from orpheus_core.plugins.failures import Failures
from orpheus_core.plugins.implementations import answer_of
from orpheus_core.plugins.stubs import NotThere

T = TypeVar("T")
_Wrapper = Generator[None, object, object]


@attrs.frozen(kw_only=True, eq=False)
class Around(Generic[T]):
    """One call of *hook*, whose result is of type *expect*.

    *is_builtin* says of a plugin's id whether it is one of the core's own.
    """

    hook: str
    expect: type[T]
    arguments: Mapping[str, object]
    dispatch: Dispatch
    failures: Failures
    is_builtin: Callable[[str], bool]

    def result(self) -> T:
        """Run the work inside every wrapper, and return what comes out of the outermost.

        Raises:
            HookFailed: no implementation answered, or one answered with another type.
            PluginUnavailable: a plugin that is to answer cannot be imported.
            OrpheusError: a wrapper refused.
            Exception: what the work raised.
        """
        with contextlib.ExitStack() as at_the_end:
            entered: list[tuple[str, _Wrapper]] = []
            outcome: T | Exception | None = None
            for implementation in self.dispatch.plan(self.hook, wrappers=True):
                name = implementation.plugin_name
                try:
                    wrapper = self._entered(implementation)
                except OrpheusError as refusal:
                    outcome = refusal
                    break
                if wrapper is not None:
                    entered.append((name, wrapper))
                    at_the_end.callback(self._close, name, wrapper)
            if outcome is None:
                outcome = self._outcome()
            for name, wrapper in reversed(entered):
                outcome = self._left(name, wrapper, outcome)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _outcome(self) -> T | Exception:
        """What the work returns or raises."""
        try:
            return self._innermost()
        except Exception as error:  # noqa: BLE001 - handed to the wrappers, then raised
            return error

    def _innermost(self) -> T:
        """The work itself: what it raises is the caller's business."""
        for implementation in self.dispatch.plan(self.hook):
            name = implementation.plugin_name
            try:
                value = answer_of(implementation, self.arguments)
            except NotThere as error:
                # It claims this hook: to pass it over could send what it was to hold back.
                raise PluginUnavailable(
                    f"the plugin {name} is to answer {self.hook}, and is not there",
                    why=error.why,
                    next_step=error.next_step,
                    evidence={"plugin": name, "hook": self.hook},
                ) from error
            except (OrpheusError, KeyboardInterrupt):
                raise
            except BaseException as error:
                if not self.is_builtin(name):
                    self.failures.failed(name, self.hook, error, raises=False)
                if isinstance(error, Exception) and not isinstance(error, StopIteration):
                    raise
                raise HookFailed(f"{name}: {self.hook} raised {type(error).__name__}") from error
            if isinstance(value, self.expect):
                self.failures.worked(name, self.hook)
                return value
            if value is not None:
                wrong = misfit(self.expect, f"{name}: {self.hook}", value)
                self.failures.failed(name, self.hook, wrong)
                raise wrong
        raise HookFailed(f"no plugin answered {self.hook}")

    def _entered(self, implementation: pluggy.HookImpl) -> _Wrapper | None:
        """The wrapper, run up to its ``yield``; None when it does not get that far.

        Raises:
            OrpheusError: it refuses.
        """
        name = implementation.plugin_name
        try:
            wrapper = cast("_Wrapper", answer_of(implementation, self.arguments))
            next(wrapper)
        except NotThere:
            return None
        except StopIteration:
            silent = HookFailed(f"{name}: the wrapper {self.hook} did not yield")
            self.failures.failed(name, self.hook, silent)
        except OrpheusError:
            self.failures.worked(name, self.hook)
            raise
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - the border to foreign code
            self.failures.failed(name, self.hook, error)
        else:
            return wrapper
        return None

    def _left(self, name: str, wrapper: _Wrapper, outcome: T | Exception) -> T | Exception:
        """Hand *outcome* to *wrapper*; return what it makes of it."""
        try:
            if isinstance(outcome, Exception):
                wrapper.throw(outcome)
            else:
                wrapper.send(outcome)
        except StopIteration as stop:
            if isinstance(stop.value, self.expect):
                self.failures.worked(name, self.hook)
                return stop.value
            wrong = misfit(self.expect, f"{name}: {self.hook}", stop.value)
            self.failures.failed(name, self.hook, wrong)
        except OrpheusError as error:
            self.failures.worked(name, self.hook)
            return error
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - the border to foreign code
            if error is not outcome:
                self.failures.failed(name, self.hook, error)
        else:
            twice = HookFailed(f"{name}: the wrapper {self.hook} yielded twice")
            self.failures.failed(name, self.hook, twice)
        return outcome

    def _close(self, name: str, wrapper: _Wrapper) -> None:
        """End a wrapper that is still waiting: it yielded twice, or Ctrl-C went past it."""
        try:
            wrapper.close()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - the border to foreign code
            self.failures.failed(name, self.hook, error)
