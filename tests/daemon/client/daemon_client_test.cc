// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/client/daemon_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <thread>

#include "tests/captured_log.h"
#include "tests/daemon/client/fake_daemon.h"
#include "tests/stub_gpu.h"
#include "tests/thread_count.h"
#include "zeus/daemon/client/daemon_cpus.h"
#include "zeus/daemon/client/daemon_gpu.h"
#include "zeus/daemon/client/daemon_guard.h"
#include "zeus/device/gpu_controls.h"
#include "zeus/error.h"

namespace zeus::daemon {
namespace {

using ::testing::ElementsAre;
using testing::FakeDaemon;
using ::testing::HasSubstr;
using testing::http_answer;
using ::testing::IsEmpty;
using testing::StubGpu;
using testing::v100_info;

const std::string kUuid = v100_info().uuid;

std::string discovery(const std::string& gpu) {
  return http_answer(200, R"({"gpus":[)" + gpu +
                              R"(],"cpus":[{"id":0,"dram_available":true}],)"
                              R"("enabled_api_groups":["gpu-control","cpu-read"]})");
}
const std::string kOurs = discovery(R"({"id":3,"uuid":")" + kUuid + R"("})");
// The daemon that this one replaces: no UUID, eight digits of a domain or four.
const std::string kOther = discovery(R"({"id":3,"pci_address":"0000:01:00.0"})");

// Answers by path; discovery first of all.
class Answers {
 public:
  explicit Answers(std::string discovery, std::map<std::string, std::string> by_path = {})
      : discovery_(std::move(discovery)), by_path_(std::move(by_path)) {}
  std::string operator()(const std::string& request) const {
    const std::string path = request.substr(request.find(' ') + 1);
    if (path == "/discover") return discovery_;
    const auto found = by_path_.find(path.substr(0, path.find('?')));
    return found != by_path_.end() ? found->second : http_answer(200, "{}");
  }

 private:
  std::string discovery_;
  std::map<std::string, std::string> by_path_;
};

VisibleGpu seen_through(const FakeDaemon& server) {
  const auto stub = std::make_shared<StubGpu>();
  stub->set_power_limit(Watts(250));
  return {5, written_by_daemon(stub, std::make_shared<DaemonClient>(server.path()))};
}

template <class Error>
std::string message_of(const std::function<void()>& work) {
  try {
    work();
    return "nothing thrown";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(DaemonGpu, is_written_by_the_daemon_by_uuid_and_read_here) {
  const FakeDaemon server{Answers(kOurs)};
  const VisibleGpu gpu = seen_through(server);
  gpu.gpu->set_power_limit(Watts(187.5));
  EXPECT_EQ(gpu.gpu->power_limit(), Watts(250)) << "the stub's";
  EXPECT_EQ(gpu.gpu->info().written_by, server.path());
  EXPECT_THAT(server.requests(),
              ElementsAre("GET /discover", "POST /gpu/set_power_limit?gpu_ids=" + kUuid +
                                               "&block=true&power_limit_mw=187500"));
}

TEST(DaemonGpu, is_found_by_its_pci_address_where_the_daemon_knows_no_uuids) {
  const FakeDaemon server{Answers(kOther)};
  seen_through(server).gpu->set_power_limit(Watts(200));
  EXPECT_THAT(server.requests().back(), HasSubstr("gpu_ids=3&"));
}

TEST(DaemonGpu, that_the_daemon_does_not_have_is_named) {
  const FakeDaemon server{Answers(discovery(R"({"id":0,"uuid":"GPU-other"})"))};
  EXPECT_THAT(message_of<ZeusGPUNotFoundError>(
                  [&] { seen_through(server).gpu->set_power_limit(Watts(200)); }),
              HasSubstr("doesn't have the GPU " + kUuid));
}

TEST(DaemonGpu, throws_as_a_driver_would) {
  const auto set = [](const FakeDaemon& server) {
    return [&server] { seen_through(server).gpu->set_power_limit(Watts(200)); };
  };
  const FakeDaemon range(Answers(
      kOurs, {{"/gpu/set_power_limit", http_answer(400, R"({"errors":{"3":"at least 150 W"}})")}}));
  EXPECT_EQ(message_of<ZeusGPUInvalidArgError>(set(range)), "zeusd: at least 150 W");
  const FakeDaemon rights(
      Answers(kOurs, {{"/gpu/set_power_limit", http_answer(403, R"({"error":"not you"})")}}));
  EXPECT_EQ(message_of<ZeusGPUNoPermissionError>(set(rights)), "zeusd: not you");
  const FakeDaemon off(Answers(kOurs, {{"/gpu/set_power_limit", http_answer(404, "<html>")}}));
  EXPECT_EQ(message_of<ZeusGPUNotSupportedError>(set(off)), "zeusd: it answered with status 404");
  const FakeDaemon broken(Answers(kOurs, {{"/gpu/set_power_limit", "broken"}}));
  EXPECT_EQ(message_of<DaemonUnreachableError>(set(broken)),
            "no answer from zeusd at " + broken.path() + ": its answer broke off");
  const FakeDaemon other([](const std::string&) { return http_answer(200, "[]"); });
  EXPECT_EQ(message_of<DaemonUnreachableError>(set(other)),
            "what answers at " + other.path() + " is no zeusd: it names no GPUs");
}

TEST(DaemonGuard, takes_and_gives_back_a_lease) {
  const FakeDaemon server{Answers(kOurs)};
  const VisibleGpu gpu = seen_through(server);
  DaemonGuard guard(std::make_shared<DaemonClient>(server.path()));
  guard.claim(gpu);
  guard.arm({gpu}, true);
  guard.release(gpu);
  guard.release(gpu);
  EXPECT_THAT(server.requests(),
              ElementsAre("GET /discover", "POST /lease/acquire?gpu_ids=" + kUuid,
                          "POST /lease/release?gpu_ids=" + kUuid));
}

TEST(DaemonGuard, names_who_has_the_gpu) {
  const std::string held = R"({"errors":{"3":"held"},"holder":{"pid":4711,"user":"alice"}})";
  const std::string list = R"({"leases":[{"uuid":")" + kUuid + R"(","pid":4711}]})";
  const FakeDaemon server{Answers(
      kOurs, {{"/lease/acquire", http_answer(409, held)}, {"/lease", http_answer(200, list)}})};
  const VisibleGpu gpu = seen_through(server);
  DaemonGuard guard(std::make_shared<DaemonClient>(server.path()));
  EXPECT_EQ(message_of<GpuNotFreeError>([&] { guard.claim(gpu); }),
            "GPU 5 is being tuned by another job, process 4711 of user alice");
  EXPECT_EQ(guard.other_holder(gpu), 4711);
}

TEST(DaemonGuard, says_that_the_daemon_it_replaces_guards_nothing) {
  const FakeDaemon server{Answers(kOther)};
  const VisibleGpu gpu = seen_through(server);
  DaemonGuard guard(std::make_shared<DaemonClient>(server.path()));
  const testing::CapturedLog log;
  guard.claim(gpu);
  guard.arm({gpu}, false);
  EXPECT_THAT(log.warnings(),
              ElementsAre(HasSubstr("does not notice the end of a job: if this one "
                                    "is killed, the power limit that it has set stays")));
  EXPECT_THROW(guard.arm({gpu}, true), ZeusBaseGPUError);
  EXPECT_EQ(guard.other_holder(gpu), std::nullopt);
}

TEST(DaemonGuard, has_no_thread_while_the_program_forks_and_its_heart_beats_on) {
  FakeDaemon server{Answers(kOurs)};
  const VisibleGpu visible = seen_through(server);
  DaemonGuard guard(std::make_shared<DaemonClient>(server.path()));
  const int without = testing::thread_count();
  guard.claim(visible);
  ASSERT_EQ(testing::thread_count(), without + 1);
  EXPECT_EQ(testing::threads_while_forking(), without);
  EXPECT_EQ(testing::thread_count(), without + 1);
  ForkSafeThread::begin_fork_of_runtime();
  EXPECT_EQ(testing::threads_while_forking(), without);
  ForkSafeThread::end_fork_of_runtime();
  EXPECT_EQ(testing::thread_count(), without) << "until the runtime has counted";
  ForkSafeThread::resume_all();
  EXPECT_EQ(testing::thread_count(), without + 1);
  const auto beats = [&server] {
    return std::ranges::count(server.requests(), "POST /lease/heartbeat");
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (beats() == 0 && std::chrono::steady_clock::now() < deadline) {
    EXPECT_EQ(testing::threads_while_forking(), without);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_GT(beats(), 0) << "however often it forks";
  guard.release(visible);
  EXPECT_EQ(testing::threads_while_forking(), without);
  EXPECT_EQ(testing::thread_count(), without) << "nothing comes back that was stopped";
}

TEST(DaemonCpus, count_on_when_the_daemon_starts_again) {
  int reading = 0;
  const FakeDaemon server([&](const std::string& request) {
    if (request == "GET /discover") return kOurs;
    constexpr std::array kPackages{5'000'000, 7'000'000, 1'000'000, 1'500'000};
    const int package = kPackages.at(static_cast<std::size_t>(reading++));
    return http_answer(200, R"({"0":{"cpu_energy_uj":)" + std::to_string(package) +
                                R"(,"dram_energy_uj":)" + std::to_string(package / 10) + "}}");
  });
  const auto cpus = find_cpus(std::make_shared<DaemonClient>(server.path()));
  ASSERT_EQ(cpus.size(), 1U);
  EXPECT_TRUE(cpus[0].cpu->info().has_dram);
  std::vector<double> package;
  std::vector<double> dram;
  for (int i = 0; i < 4; ++i) {
    const CpuEnergy energy = cpus[0].cpu->total_energy();
    package.push_back(energy.package.value());
    dram.push_back(energy.dram.value().value());
  }
  EXPECT_THAT(package, ElementsAre(0, 2, 2, 2.5));
  EXPECT_THAT(dram,
              ::testing::Pointwise(::testing::DoubleNear(1e-9), std::vector{0.0, 0.2, 0.2, 0.25}));
  EXPECT_EQ(server.requests().back(),
            "GET /cpu/get_cumulative_energy?cpu_ids=0&cpu=true&dram=true");
}

TEST(DaemonCpus, are_none_where_nobody_answers) {
  EXPECT_THAT(find_cpus(std::make_shared<DaemonClient>("/nowhere/zeusd.sock")), IsEmpty());
}

}  // namespace
}  // namespace zeus::daemon
