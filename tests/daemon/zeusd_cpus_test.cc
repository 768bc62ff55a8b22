// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// CPUs, by counters that the test sets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "tests/daemon/zeusd.h"
#include "tests/fake_powercap.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;

class ZeusdCpusTest : public ZeusdTest {
 protected:
  ZeusdCpusTest() {
    cpus_.add("intel-rapl:0", "package-0", 1'000'000);
    cpus_.add("intel-rapl:0/intel-rapl:0:0", "dram", 500'000);
    cpus_.add("intel-rapl:1", "package-1", 1'000'000);
    ::setenv("ZEUS_POWERCAP", cpus_.path().c_str(), 1);
    start();
  }
  ~ZeusdCpusTest() override { ::unsetenv("ZEUS_POWERCAP"); }

  FakePowercap cpus_;
};

TEST_F(ZeusdCpusTest, energy_is_read_where_it_is_asked_for) {
  EXPECT_EQ(get("/discover").json()["cpus"],
            nlohmann::json(
                {{{"id", 0}, {"dram_available", true}}, {{"id", 1}, {"dram_available", false}}}));
  static_cast<void>(get("/cpu/get_cumulative_energy?cpu=true&dram=true"));
  const auto before = get("/cpu/get_cumulative_energy?cpu=true&dram=true").json();
  cpus_.set("intel-rapl:0", 3'000'000);
  cpus_.set("intel-rapl:0/intel-rapl:0:0", 600'000);
  const auto after = get("/cpu/get_cumulative_energy?cpu=true&dram=true").json();
  EXPECT_EQ(after["0"]["cpu_energy_uj"].get<long>() - before["0"]["cpu_energy_uj"].get<long>(),
            2'000'000);
  EXPECT_EQ(after["0"]["dram_energy_uj"].get<long>() - before["0"]["dram_energy_uj"].get<long>(),
            100'000);
  EXPECT_TRUE(after["1"]["dram_energy_uj"].is_null());
  const auto without = get("/cpu/get_cumulative_energy?cpu=false&dram=true&cpu_ids=0").json();
  EXPECT_TRUE(without["0"]["cpu_energy_uj"].is_null());
  EXPECT_EQ(without.size(), 1U);
  EXPECT_EQ(get("/cpu/get_cumulative_energy?cpu=true&dram=true&cpu_ids=2").status, 400);
}

TEST_F(ZeusdCpusTest, power_is_the_growth_of_energy) {
  std::atomic<bool> is_over{false};
  std::thread work([this, &is_over] {
    for (std::uint64_t energy = 1'000'000; !is_over; energy += 500'000) {
      cpus_.set("intel-rapl:0", energy);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  const auto power = get("/cpu/get_power?cpu_ids=0").json();
  EXPECT_GT(power["power_mw"]["0"]["cpu_mw"].get<long>(), 0) << power.dump();
  EXPECT_EQ(power["power_mw"]["0"]["dram_mw"], 0);
  HttpConnection stream(socket());
  stream.send("GET /cpu/stream_power HTTP/1.1\r\nHost: l\r\n\r\n");
  const std::string text = stream.read_until("\"cpu_id\":1");
  EXPECT_THAT(text, HasSubstr("data: {\"timestamp_ms\":"));
  EXPECT_THAT(stream.read_until("\"dram_mw\":null"), HasSubstr("\"cpu_mw\":"));
  is_over = true;
  work.join();
}

}  // namespace
}  // namespace zeus::testing
