import signal

import pytest

from coplug.scip import warm_up


def test_an_interrupt_meanwhile_is_not_lost(monkeypatch):
    warm_up.warm_up_scip.cache_clear()
    monkeypatch.setattr(warm_up, "optimize_interruptibly", lambda model: signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        warm_up.warm_up_scip()
    monkeypatch.undo()
    warm_up.warm_up_scip()
