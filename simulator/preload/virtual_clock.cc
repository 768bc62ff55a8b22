// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Loaded before everything else, it answers what the C library would be asked about the time: for
// programs that cannot be handed a clock. Sleeping moves the virtual time and takes none.
#include "simulator/preload/virtual_clock.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>

#include "simulator/api/zeus_simulator.h"

namespace simulator::virtual_clock {
namespace {

// Looked at so often without a pause, the time moves a little: a program that waits by looking
// gets on.
constexpr int kLooks = 1000;
constexpr std::int64_t kLooksTakeNs = 1'000'000;

thread_local bool is_asking = false;
thread_local int looks = 0;

// Within, this thread's time is real.
class Asking {
 public:
  Asking() { is_asking = true; }
  ~Asking() { is_asking = false; }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
};

struct Driver {
  decltype(zeus_sim_clock_monotonic_ns)* monotonic_ns = nullptr;
  decltype(zeus_sim_clock_unix_ns)* unix_ns = nullptr;
  decltype(zeus_sim_clock_sleep_until_ns)* sleep_until_ns = nullptr;
  decltype(zeus_sim_is_inside)* is_inside = nullptr;
};

Driver load_driver() {
  Driver driver;
  Dl_info own{};
  if (dladdr(reinterpret_cast<void*>(&load_driver), &own) == 0) return driver;
  std::string path = own.dli_fname;
  path.resize(path.rfind('/') + 1);
  path += "libnvidia-ml.so.1";
  void* const library = dlopen(path.c_str(), RTLD_NOW);
  if (library == nullptr) return driver;
  const auto find = [library](auto*& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
  };
  find(driver.unix_ns, "zeus_sim_clock_unix_ns");
  find(driver.sleep_until_ns, "zeus_sim_clock_sleep_until_ns");
  find(driver.is_inside, "zeus_sim_is_inside");
  find(driver.monotonic_ns, "zeus_sim_clock_monotonic_ns");
  return driver;
}

// nullptr while it is being loaded, and where it is not there.
const Driver* driver() {
  static std::atomic<const Driver*> loaded{nullptr};
  static std::atomic<bool> is_loading{false};
  if (const Driver* there = loaded.load(std::memory_order_acquire)) return there;
  if (is_loading.exchange(true)) return nullptr;
  const Asking asking;
  const Driver found = load_driver();
  if (found.monotonic_ns != nullptr) loaded.store(new Driver(found), std::memory_order_release);
  return loaded.load();
}

}  // namespace

std::optional<Kind> kind_of(clockid_t clock) {
  switch (clock) {
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
      return Kind::kMonotonic;
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
      return Kind::kUnix;
    default:
      return std::nullopt;
  }
}

std::optional<std::int64_t> now_ns(Kind kind) {
  if (is_asking) return std::nullopt;
  const Driver* const from = driver();
  if (from == nullptr || from->is_inside() != 0) return std::nullopt;
  if (++looks >= kLooks) {
    looks = 0;
    if (const auto now = now_ns(Kind::kMonotonic)) sleep_until_ns(*now + kLooksTakeNs);
  }
  const Asking asking;
  const int error = errno;
  const std::int64_t now = kind == Kind::kMonotonic ? from->monotonic_ns() : from->unix_ns();
  errno = error;
  if (now < 0) return std::nullopt;
  return now;
}

void sleep_until_ns(std::int64_t deadline_ns) {
  looks = 0;
  const Asking asking;
  if (const Driver* const from = driver()) from->sleep_until_ns(deadline_ns, nullptr);
}

std::int64_t real_now_ns() {
  timespec time{};
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
  return nanoseconds(time);
}

void* next_function(const char* name) { return dlsym(RTLD_NEXT, name); }

}  // namespace simulator::virtual_clock

using namespace simulator::virtual_clock;  // NOLINT(google-build-using-namespace)

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto kind = kind_of(clock);
  const auto now = kind ? now_ns(*kind) : std::nullopt;
  if (!now) return static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  *time = timespec_of(*now);
  return 0;
}

int gettimeofday(timeval* time, void* zone) noexcept {
  const auto now = now_ns(Kind::kUnix);
  if (!now) return static_cast<int>(syscall(SYS_gettimeofday, time, zone));
  *time = {.tv_sec = *now / kSecond, .tv_usec = *now % kSecond / 1000};
  return 0;
}

time_t time(time_t* answer) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (answer != nullptr) *answer = now.tv_sec;
  return now.tv_sec;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* length, timespec* rest) {
  const auto kind = kind_of(clock);
  const auto now = kind ? now_ns(Kind::kMonotonic) : std::nullopt;
  if (!now) {
    const auto real = next<int(clockid_t, int, const timespec*, timespec*)>("clock_nanosleep");
    return real(clock, flags, length, rest);
  }
  std::int64_t until = nanoseconds(*length);
  if (length->tv_nsec < 0 || length->tv_nsec >= kSecond || length->tv_sec < 0) return EINVAL;
  if ((flags & TIMER_ABSTIME) == 0) {
    until += *now;
  } else if (kind == Kind::kUnix) {
    until += *now - now_ns(Kind::kUnix).value_or(*now);
  }
  sleep_until_ns(until);
  return 0;
}

int nanosleep(const timespec* length, timespec* rest) {
  const int error = clock_nanosleep(CLOCK_MONOTONIC, 0, length, rest);
  if (error == 0) return 0;
  errno = error;
  return -1;
}

int usleep(useconds_t microseconds) {
  const timespec length = timespec_of(static_cast<std::int64_t>(microseconds) * 1000);
  return nanosleep(&length, nullptr);
}

unsigned sleep(unsigned seconds) {
  timespec rest{};
  const timespec length{.tv_sec = static_cast<time_t>(seconds), .tv_nsec = 0};
  return nanosleep(&length, &rest) == 0 ? 0 : static_cast<unsigned>(rest.tv_sec);
}

}  // extern "C"
