# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Ranks that share a store of torch.distributed, here threads of one process."""

import math
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import torch.distributed as dist
import torch.testing._internal.distributed.fake_pg  # noqa: F401  (the backend "fake")

from zeus._distributed import StoreCommunicator, communicator_if_distributed
from zeus.exception import ZeusCommunicatorError
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer

RANKS = 3


def tcp_store(_):
    return dist.TCPStore("localhost", 0, is_master=True, wait_for_workers=False)


def file_store(folder):
    return dist.FileStore(str(folder / "store"), RANKS)


@pytest.fixture(params=[tcp_store, file_store, lambda _: dist.HashStore()])
def store(request, tmp_path):
    return dist.PrefixStore("job", request.param(tmp_path))


def communicators(store):
    return [StoreCommunicator(store, rank, RANKS, namespace="zeus/0") for rank in range(RANKS)]


def at_once(calls):
    """What each call returned or raised, on a thread each."""
    outcomes = [None] * len(calls)

    def work(index):
        try:
            outcomes[index] = calls[index]()
        except Exception as error:
            outcomes[index] = error

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def result(pending):
    for _ in range(1000):
        totals = pending.poll()
        if totals is not None:
            return totals
        time.sleep(0.01)
    raise AssertionError("no result")


def test_every_rank_gets_every_text_in_rank_order(store):
    ranks = communicators(store)
    for texts in (["a", "ü\n", "{}"], ["second", "2", "zwei"]):
        calls = [lambda r=r, t=t: r.all_gather(t, 30) for r, t in zip(ranks, texts, strict=True)]
        assert at_once(calls) == [texts] * RANKS


def test_energies_add_up_and_the_longest_time_counts(store):
    pending = [r.all_reduce(0.1 * 3 ** r.rank(), 1.5 - r.rank()) for r in communicators(store)]
    totals = [result(one) for one in pending]
    assert totals == [(pytest.approx(1.3), 1.5)] * RANKS
    assert len(set(totals)) == 1


def test_all_reduces_pair_by_their_order_whoever_is_ahead(store):
    first, second, third = communicators(store)
    ahead = [first.all_reduce(1, 1), first.all_reduce(10, 10)]
    assert [one.poll() for one in ahead] == [None, None]
    behind = [second.all_reduce(2, 2), third.all_reduce(3, 3)]
    assert result(ahead[0]) == result(behind[0]) == (6, 3)
    assert ahead[1].poll() is None
    second.all_reduce(20, 20)
    assert result(third.all_reduce(30, 30)) == result(ahead[1]) == (60, 30)


def test_an_infinite_time_reaches_all(store):
    pending = [r.all_reduce(1.0, math.inf if r.rank() == 1 else 2.0) for r in communicators(store)]
    assert [result(one) for one in pending] == [(3.0, math.inf)] * RANKS


def test_a_missing_rank_is_named_to_all_and_to_itself_when_it_comes(store):
    ranks = communicators(store)
    calls = [lambda r=r: r.all_gather("here", 0.3 + 5 * r.rank()) for r in (ranks[0], ranks[2])]
    early = at_once(calls)
    [late] = at_once([lambda: ranks[1].all_gather("late", 30)])
    assert isinstance(late, ZeusCommunicatorError)
    assert "rank 1 did not construct" in str(late)
    assert {str(error) for error in early} == {str(late)}


def test_several_missing_ranks_are_all_named(store):
    with pytest.raises(ZeusCommunicatorError, match=r"^ranks 0 and 2 did not .* 0\.1 s"):
        communicators(store)[1].all_gather("alone", 0.1)


def test_of_many_missing_ranks_the_first_are_named_and_the_others_counted():
    alone = StoreCommunicator(dist.HashStore(), 0, 20, namespace="zeus/0")
    with pytest.raises(ZeusCommunicatorError, match=r"^ranks 1, 2, 3, 4, 5, 6, 7, 8 and 11 more"):
        alone.all_gather("alone", 0.05)


def test_ctrl_c_ends_the_waiting_for_others_at_construction(simulated_gpus):
    box = simulated_gpus()
    alone = StoreCommunicator(dist.HashStore(), 0, 2, namespace="zeus/0")
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        GlobalPowerLimitOptimizer(ZeusMonitor(), communicator=alone, construction_timeout=600)
    timer.join()
    assert box.power_limits == [250_000]


class CountingStore:
    """A store that counts how often it is asked, and is slow to answer."""

    def __init__(self):
        self.store = dist.HashStore()
        self.checks = 0

    def has_extended_api(self):
        return False

    def check(self, keys):
        self.checks += 1
        time.sleep(0.005)
        return self.store.check(keys)

    def __getattr__(self, name):
        return getattr(self.store, name)


def test_a_slow_store_is_asked_rarely():
    store = CountingStore()
    pending = StoreCommunicator(store, 0, 2, namespace="x").all_reduce(1, 1)
    for _ in range(1000):
        assert pending.poll() is None
    # The next question comes half a second after the first.
    assert store.checks <= 3


def test_a_store_that_is_gone_is_a_communicator_error():
    serve = (
        "import torch.distributed as d, time; s = d.TCPStore('localhost', 0, is_master=True, "
        "wait_for_workers=False); print(s.port, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", serve], stdout=subprocess.PIPE) as server:
        port = int(server.stdout.readline())
        rank = StoreCommunicator(dist.TCPStore("localhost", port), 0, 2, namespace="x")
        pending = rank.all_reduce(1, 1)
        server.kill()
    with pytest.raises(ZeusCommunicatorError, match="can't be reached"):
        result(pending)
    for _ in range(2):
        with pytest.raises(ZeusCommunicatorError, match="can't be reached"):
            rank.all_reduce(1, 1)
    with pytest.raises(ZeusCommunicatorError, match="can't be reached"):
        rank.all_gather("x", 5)


def test_without_a_process_group_a_process_is_alone(caplog, monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert communicator_if_distributed() is None
    assert caplog.text == ""


def test_one_of_several_processes_without_a_process_group_is_warned(caplog, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("RANK", "1")
    assert communicator_if_distributed() is None
    assert "init_process_group" in caplog.text


@pytest.fixture
def join_group(tmp_path):
    """Initializes torch.distributed as rank 0 of so many, of which no other comes."""

    def join(world_size):
        store = dist.HashStore()
        dist.init_process_group("fake", store=store, rank=0, world_size=world_size)

    yield join
    dist.destroy_process_group()


def test_a_process_group_of_one_is_a_process_alone(join_group):
    join_group(1)
    assert communicator_if_distributed() is None


def test_the_local_rank_tells_the_gpu_of_a_rank(join_group, monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "3")
    join_group(8)
    communicator = communicator_if_distributed()
    assert (communicator.rank(), communicator.world_size()) == (0, 8)
    assert communicator.local_gpu_index == 3


@pytest.mark.parametrize("local_rank", [None, "", "three"])
def test_without_a_local_rank_the_gpu_of_a_rank_is_not_known(join_group, monkeypatch, local_rank):
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    if local_rank is not None:
        monkeypatch.setenv("LOCAL_RANK", local_rank)
    join_group(2)
    assert communicator_if_distributed().local_gpu_index is None
