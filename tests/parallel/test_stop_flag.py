"""Signals become a flag."""

import os
import signal

import pytest

from holdem_mpi.parallel.stop_flag import StopFlag


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_flag_is_set_and_handlers_come_back(number):
    before = signal.getsignal(number)
    with StopFlag() as stop:
        assert stop.signal_number == 0
        os.kill(os.getpid(), number)
        assert stop.signal_number == number
    assert signal.getsignal(number) is before


def test_inner_flag_starts_with_what_the_outer_has_seen():
    with StopFlag() as outer:
        os.kill(os.getpid(), signal.SIGTERM)
        with StopFlag() as inner:
            assert inner.signal_number == signal.SIGTERM
        os.kill(os.getpid(), signal.SIGUSR1)
        assert outer.signal_number == signal.SIGUSR1


def test_fourth_interrupt_ends_the_process():
    with StopFlag() as stop, pytest.raises(KeyboardInterrupt):
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGINT)
        assert stop.signal_number == signal.SIGINT
        os.kill(os.getpid(), signal.SIGINT)
