# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Ranks that share a store of torch.distributed, here threads of one process."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import torch.distributed as dist
import torch.testing._internal.distributed.fake_pg  # noqa: F401  (the backend "fake")

from zeus._distributed import communicator_if_distributed
from zeus._job_attempt import JobAttempt
from zeus._store_communicator import StoreCommunicator
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


class Job:
    """An attempt of a job on a store: what its processes keep while they live."""

    def __init__(self, store, ranks=RANKS, launch=None):
        self.store = store
        self.attempts = [JobAttempt(rank, ranks, launch) for rank in range(ranks)]

    def communicators(self):
        """Each rank's next one."""
        return [StoreCommunicator(self.store, attempt) for attempt in self.attempts]

    def started(self):
        """Each rank's next one, after a gather."""
        ranks = self.communicators()
        assert gather(ranks, "abc"[: len(ranks)]) == [list("abc"[: len(ranks)])] * len(ranks)
        return ranks


def gather(ranks, texts, timeout_s=30):
    """What each rank's gather of its text returned or raised, at once."""
    return at_once(
        [lambda r=r, t=t: r.gather(t, timeout_s) for r, t in zip(ranks, texts, strict=True)]
    )


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


def result(pending, rank=None):
    """What poll() returns in the end, or poll_rank(rank)."""
    for _ in range(1000):
        found = pending.poll() if rank is None else pending.poll_rank(rank)
        if found is not None:
            return found
        time.sleep(0.01)
    raise AssertionError("no result")


def test_every_rank_gets_every_text_in_rank_order(store):
    ranks = Job(store).communicators()
    for texts in (["a", "ü\n", "{}"], ["second", "2", "zwei"]):
        assert gather(ranks, texts) == [texts] * RANKS


def test_every_rank_gets_every_message_whatever_its_bytes(store):
    ranks = Job(store).started()
    for messages in ([bytes(range(256)), b"", b" \n"], [b"0", b"1 2", b"\xff" * 5000]):
        pending = [r.exchange(m) for r, m in zip(ranks, messages, strict=True)]
        for one in pending:
            assert result(one) == messages
            assert [one.poll_rank(rank) for rank in range(RANKS)] == messages
            assert one.poll() == messages


def test_exchanges_pair_by_their_order_whoever_is_ahead(store):
    first, second, third = Job(store).started()
    ahead = [first.exchange(b"1"), first.exchange(b"10")]
    assert [one.poll() for one in ahead] == [None, None]
    behind = [second.exchange(b"2"), third.exchange(b"3")]
    assert result(ahead[0]) == result(behind[0]) == [b"1", b"2", b"3"]
    assert ahead[1].poll() is None
    second.exchange(b"20")
    assert result(third.exchange(b"30")) == result(ahead[1]) == [b"10", b"20", b"30"]


def test_messages_are_heard_while_a_rank_is_missing(store):
    first, _, third = Job(store).started()
    pending = [(first.exchange(b"1a"), third.exchange(b"3a")) for _ in range(2)]
    for ours, theirs in pending:
        assert result(ours, rank=2) == b"3a"
        assert result(theirs, rank=0) == b"1a"
        assert ours.poll() is theirs.poll() is ours.poll_rank(1) is None


def test_ranks_that_send_at_once_keep_all_messages(store):
    ranks = Job(store).started()
    numbers = range(20)
    sent = at_once(
        [lambda r=r: [r.exchange(b"%d of %d" % (n, r.rank())) for n in numbers] for r in ranks]
    )
    for exchanges in sent:
        for n, pending in zip(numbers, exchanges, strict=True):
            assert result(pending) == [b"%d of %d" % (n, rank) for rank in range(RANKS)]


def test_ranks_exchange_nothing_before_they_have_gathered(store):
    with pytest.raises(ZeusCommunicatorError, match="only after they have gathered"):
        Job(store).communicators()[1].exchange(b"x")


def test_a_missing_rank_is_named_to_all_and_to_itself_when_it_comes(store):
    ranks = Job(store).started()
    calls = [lambda r=r: r.gather("here", 0.3 + 5 * r.rank()) for r in (ranks[0], ranks[2])]
    early = at_once(calls)
    [late] = at_once([lambda: ranks[1].gather("late", 30)])
    assert isinstance(late, ZeusCommunicatorError)
    assert "rank 1 did not construct" in str(late)
    assert {str(error) for error in early} == {str(late)}


@pytest.mark.parametrize("late", range(RANKS))
def test_a_rank_that_is_late_at_the_first_gather_is_in_step_again_when_all_try_again(store, late):
    job = Job(store)
    first = job.communicators()
    others = [rank for rank in first if rank.rank() != late]
    early = gather(others, ["here", "here"], timeout_s=0.2)
    second = job.communicators()
    again = at_once(
        [lambda rank=rank: second[rank.rank()].gather("again", 30) for rank in others]
        + [lambda: both(first[late], second[late])]
    )
    *texts, (error, late_texts) = again
    assert [*texts, late_texts] == [["again"] * RANKS] * RANKS
    assert {str(error) for error in early} == {str(error)}
    assert f"rank {late} did not construct" in str(error)


@pytest.mark.parametrize("late", range(RANKS))
def test_a_rank_that_is_late_at_the_first_gather_hears_of_it_at_once_where_attempts_have_names(
    store, late
):
    # As torchrun does. The others train on meanwhile, and nobody answers.
    job = Job(store, launch="run/0/3")
    ranks = job.communicators()
    others = [rank for rank in ranks if rank.rank() != late]
    early = gather(others, ["here", "here"], timeout_s=0.2)
    begin = time.monotonic()
    [error] = gather([ranks[late]], ["late"])
    assert time.monotonic() - begin < 10
    assert {str(error) for error in early} == {str(error)}
    assert gather(job.communicators(), ["x", "y", "z"]) == [["x", "y", "z"]] * RANKS
    # The next attempt knows nothing of it.
    assert Job(store, launch="run/1/3").started()


def both(first, second):
    """A rank's failing first gather, and its second one."""
    with pytest.raises(ZeusCommunicatorError) as failure:
        first.gather("late", 30)
    return failure.value, second.gather("again", 30)


def test_a_restarted_job_reads_nothing_of_the_dead_attempt(store):
    # It ends in the middle: one rank is an exchange ahead, and one left a word.
    dead = Job(store)
    ranks = dead.started()
    for rank, message in zip(ranks, [b"dead 0", b"dead 1", b"dead 2"], strict=True):
        rank.exchange(message)
    ranks[2].exchange(b"I leave")
    gather([dead.communicators()[1]], ["alone"], timeout_s=0.05)

    for number in range(2):
        job = Job(store)
        ranks = job.communicators()
        assert gather(ranks, ["x", "y", "z"]) == [["x", "y", "z"]] * RANKS
        first = ranks[0].exchange(b"0")
        assert first.poll() is first.poll_rank(2) is None
        others = [ranks[1].exchange(b"1"), ranks[2].exchange(b"2")]
        assert [result(one) for one in (first, *others)] == [[b"0", b"1", b"2"]] * RANKS
        assert ranks[2].exchange(b"next").poll() is None, number
        assert gather(job.communicators(), ["p", "q", "r"]) == [["p", "q", "r"]] * RANKS


def test_a_rank_that_comes_first_after_a_restart_waits_for_the_living_rank_0(store):
    Job(store).started()
    ranks = Job(store).communicators()
    early = at_once([lambda r=r: r.gather("early", 0.2) for r in ranks[1:]])
    assert {str(error) for error in early} == {str(early[0])}
    assert str(early[0]).startswith("rank 0 did not construct")


def test_a_job_of_which_a_rank_is_gone_since_before_the_gather_can_be_restarted(store):
    gather(Job(store).communicators()[:2], ["a", "b"], timeout_s=0.1)  # never answered
    gather(Job(store).communicators()[1:], ["b", "c"], timeout_s=0.1)  # asked in vain
    assert Job(store).started()


def test_several_missing_ranks_are_all_named(store):
    with pytest.raises(ZeusCommunicatorError, match=r"^ranks 1 and 2 did not .* 0\.1 s"):
        Job(store).communicators()[0].gather("alone", 0.1)


def test_of_many_missing_ranks_the_first_are_named_and_the_others_counted():
    alone = Job(dist.HashStore(), 20).communicators()[0]
    with pytest.raises(ZeusCommunicatorError, match=r"^ranks 1, 2, 3, 4, 5, 6, 7, 8 and 11 more"):
        alone.gather("alone", 0.05)


def test_ctrl_c_ends_the_waiting_for_others_at_construction(simulated_gpus):
    box = simulated_gpus()
    alone = StoreCommunicator(dist.HashStore(), JobAttempt(0, 2))
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
    pending = StoreCommunicator(store, JobAttempt(0, 2)).exchange(b"x")
    store.checks = 0
    for _ in range(1000):
        assert pending.poll() is None
        assert pending.poll_rank(1) is None
    # The next question comes half a second after the first.
    assert store.checks <= 3


def test_a_store_that_is_gone_is_a_communicator_error():
    serve = (
        "import torch.distributed as d, time; s = d.TCPStore('localhost', 0, is_master=True, "
        "wait_for_workers=False); print(s.port, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", serve], stdout=subprocess.PIPE) as server:
        port = int(server.stdout.readline())
        rank = StoreCommunicator(dist.TCPStore("localhost", port), JobAttempt(0, 2))
        pending = rank.exchange(b"x")
        server.kill()
    with pytest.raises(ZeusCommunicatorError, match="can't be reached"):
        result(pending)
    for _ in range(2):
        with pytest.raises(ZeusCommunicatorError, match="can't be reached"):
            rank.exchange(b"x")
    with pytest.raises(ZeusCommunicatorError, match="can't be reached"):
        rank.gather("x", 5)


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
