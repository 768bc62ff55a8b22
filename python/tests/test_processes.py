# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""How a process ends, and what its children may do. Each in a Python of its own."""

import textwrap

import pytest


@pytest.fixture
def outcome(simulated_gpus, run_script):
    """Runs the text in a child on this test's box: (completed process, limits afterwards)."""

    def run(text):
        box = simulated_gpus(2)
        set_up = """
            import os, signal, sys, threading, time
            from zeus.monitor import PowerMonitor, ZeusMonitor
            from zeus.optimizer.power_limit import *
            from zeus import _zeus

            monitor = ZeusMonitor()
            plo = GlobalPowerLimitOptimizer(monitor, Energy(), 0, 0, 1, 150)
            for _ in range(3):
                plo.on_step_begin()
                _zeus.simulator_step([0, 1])
            assert plo.current_power_limit == 100_000
        """
        result = run_script(textwrap.dedent(set_up) + textwrap.dedent(text))
        return result, box.power_limits

    return run


PRIOR = [250_000, 250_000]


def test_falling_off_the_end_restores_the_limits(outcome):
    result, limits = outcome("print('end')")
    assert (result.returncode, result.stdout, result.stderr, limits) == (0, "end\n", "", PRIOR)


def test_sys_exit_in_a_step_restores_the_limits(outcome):
    result, limits = outcome("""
        for _ in range(10):
            plo.on_step_begin()
            sys.exit(3)
    """)
    assert (result.returncode, limits) == (3, PRIOR)


def test_an_uncaught_exception_restores_the_limits(outcome):
    result, limits = outcome("raise RuntimeError('in training')")
    assert (result.returncode, limits) == (1, PRIOR)
    assert result.stderr.splitlines()[-1] == "RuntimeError: in training"


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_ctrl_c_in_any_state_restores_the_limits(outcome, steps):
    result, limits = outcome(f"""
        plo.close()
        plo = GlobalPowerLimitOptimizer(monitor, Energy(), 1, 1, 1, 150)
        for _ in range({steps}):
            plo.on_step_begin()
            _zeus.simulator_step([0, 1])
        os.kill(os.getpid(), signal.SIGINT)
        while True:
            plo.on_step_begin()
            _zeus.simulator_step([0, 1])
    """)
    assert "KeyboardInterrupt" in result.stderr
    assert limits == PRIOR


def test_exit_with_open_windows_and_a_running_sampler_is_quiet(outcome):
    result, limits = outcome("""
        monitor.begin_window("open till the end")
        power = PowerMonitor(update_period=0.05)
        print("end")
    """)
    assert (result.returncode, result.stdout, limits) == (0, "end\n", PRIOR)
    assert "Error" not in result.stderr


def test_exit_while_another_thread_is_in_a_window_is_quiet(outcome):
    result, limits = outcome("""
        def measure():
            while True:
                monitor.begin_window("w", restart=True)

        threading.Thread(target=measure, daemon=True).start()
        time.sleep(0.2)
    """)
    assert (result.returncode, result.stderr, limits) == (0, "", PRIOR)


def test_a_forked_child_neither_writes_nor_measures(outcome):
    result, limits = outcome("""
        child = os.fork()
        if child == 0:
            from zeus.exception import ZeusForkError
            try:
                monitor.begin_window("in the child")
            except ZeusForkError as error:
                print(isinstance(error, RuntimeError), flush=True)
            plo.on_step_begin()
            plo.on_train_end()
            plo.close()
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        print(plo.current_power_limit, monitor.gpus.get_power_management_limit(0), flush=True)
    """)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == ["True", "100000 100000"]
    assert limits == PRIOR


def test_a_forked_child_may_make_its_own_monitor(outcome):
    result, _ = outcome("""
        child = os.fork()
        if child == 0:
            own = ZeusMonitor()
            own.begin_window("in the child")
            _zeus.simulator_step([0, 1])
            print(own.end_window("in the child").time > 0, flush=True)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    """)
    assert (result.stdout, result.stderr) == ("True\n", "")


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_children_of_multiprocessing_measure(simulated_gpus, run_script, method):
    simulated_gpus(2)
    result = run_script(f"""
        import multiprocessing
        from zeus.monitor import ZeusMonitor

        def work(queue):
            with ZeusMonitor().window("x") as window:
                pass
            queue.put(window.gpu_energy)

        if __name__ == "__main__":
            context = multiprocessing.get_context("{method}")
            queue = context.Queue()
            child = context.Process(target=work, args=(queue,))
            child.start()
            print(sorted(queue.get(timeout=60)))
            child.join()
            print(child.exitcode)
    """)
    assert result.stdout.splitlines() == ["[0, 1]", "0"], result.stderr


def test_another_thread_runs_while_a_hook_waits_for_the_driver(simulated_gpus, run_script):
    simulated_gpus(virtual_clock=False, write_latency=0.5)
    result = run_script("""
        import threading
        from zeus.monitor import ZeusMonitor
        from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer

        plo = GlobalPowerLimitOptimizer(ZeusMonitor(), wait_steps=0, max_power_limit=200)
        order = []
        started = threading.Event()

        def count():
            started.wait()
            order.append("thread")

        thread = threading.Thread(target=count)
        thread.start()
        started.set()
        plo.on_step_begin()  # sets a limit, which takes half a second
        order.append("hook")
        thread.join()
        print(order)
    """)
    assert result.stdout == "['thread', 'hook']\n", result.stderr
