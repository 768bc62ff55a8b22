// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/state/gpu_timeline.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace simulator {
namespace {

constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();
// The settling ramp is taken in as many level pieces as keep a plan short.
constexpr int kRampPieces = 8;
// How an idle GPU's leakage goes down with its temperature: level pieces of so many seconds.
constexpr std::array kCoolingSeconds{2, 4, 8, 16};
static_assert(kRampPieces + 4 + kCoolingSeconds.size() <= GpuRecord::kMaxPlan);

// A room, and what a watt adds to it in the end, in about a quarter of a minute.
constexpr double kRoomCelsius = 28;
constexpr double kCelsiusPerWatt = 0.16;
constexpr double kThermalSeconds = 12;

// Appending never reaches what the committed record still shows.
constexpr std::uint64_t kShownHistory = kHistory - 2 * GpuRecord::kMaxPlan;

double seconds(std::int64_t from_ns, std::int64_t to_ns) {
  return static_cast<double>(to_ns - from_ns) / 1e9;
}

// Since the piece's begin; 0 before it.
double seconds_of(const PowerPiece& piece, std::int64_t when) {
  return seconds(piece.begin_ns, std::max(when, piece.begin_ns));
}

double energy_after(const PowerPiece& piece, std::int64_t when) {
  return piece.energy_j + piece.watts * seconds_of(piece, when);
}

double busy_after(const PowerPiece& piece, std::int64_t when) {
  return piece.busy_s + (piece.steps_per_s > 0 ? seconds_of(piece, when) : 0.0);
}

double settled_celsius(double watts) { return kRoomCelsius + kCelsiusPerWatt * watts; }

double celsius_after(const PowerPiece& piece, std::int64_t when) {
  const double settled = settled_celsius(piece.watts);
  return settled + (piece.celsius - settled) * std::exp(-seconds_of(piece, when) / kThermalSeconds);
}

// The same draw from `when` on.
PowerPiece continued(const PowerPiece& piece, std::int64_t when) {
  return {.begin_ns = when,
          .watts = piece.watts,
          .steps_per_s = piece.steps_per_s,
          .energy_j = energy_after(piece, when),
          .busy_s = busy_after(piece, when),
          .celsius = celsius_after(piece, when),
          .clock = piece.clock};
}

std::uint64_t scramble(std::uint64_t x) {  // splitmix64
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

double uniform(std::uint64_t bits) { return (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53; }

}  // namespace

double step_noise(std::uint64_t seed, unsigned gpu, std::uint64_t step, unsigned which,
                  double deviation) {
  if (deviation == 0) return 1;
  const std::uint64_t key = scramble(scramble(scramble(seed) ^ gpu) ^ (step * 4 + which));
  const double normal = std::sqrt(-2 * std::log(uniform(key))) *
                        std::cos(2 * std::numbers::pi * uniform(scramble(key)));
  return std::max(0.05, 1 + deviation * std::clamp(normal, -4.0, 4.0));
}

void GpuTimeline::start(std::int64_t now) {
  record_ = {};
  record_.requested_mw = gpu_.prior_limit_mw;
  record_.ramp_from_w = record_.ramp_to_w = static_cast<double>(enforced_mw()) / 1000;
  record_.ramp_begin_ns = now - scenario_.settling_ns;
  record_.job_end_ns = now;
  record_.time_factor = record_.power_factor = 1;
  record_.persistence_mode = gpu_.persistence_mode ? 1 : 0;
  record_.plan_count = 1;
  record_.plan[0] = {.begin_ns = now,
                     .watts = gpu_.model->draw_w.idle,
                     .steps_per_s = 0,
                     .energy_j = gpu_.energy_start_j,
                     .busy_s = 0,
                     .celsius = settled_celsius(gpu_.model->draw_w.idle),
                     .clock = gpu_.model->idle_clock()};
}

void GpuTimeline::unload(std::int64_t now) {
  record_.locked_min_mhz = record_.locked_max_mhz = 0;
  record_.memory_locked_min_mhz = record_.memory_locked_max_mhz = 0;
  record_.counter_begin_j = energy_j(now);
  record_.clients = {};
  set_limit(now, gpu_.default_limit_mw);
}

std::int64_t GpuTimeline::enforced_mw() const {
  return std::min(record_.requested_mw, gpu_.external_limit_mw);
}

double GpuTimeline::limit_in_force_w(std::int64_t when) const {
  const std::int64_t passed = when - record_.ramp_begin_ns;
  if (passed >= scenario_.settling_ns) return record_.ramp_to_w;
  const std::int64_t piece =
      std::max<std::int64_t>(0, passed) * kRampPieces / scenario_.settling_ns;
  const double share = (static_cast<double>(piece) + 0.5) / kRampPieces;
  return record_.ramp_from_w + share * (record_.ramp_to_w - record_.ramp_from_w);
}

std::int64_t GpuTimeline::limit_holds_until(std::int64_t when) const {
  const std::int64_t passed = when - record_.ramp_begin_ns;
  if (passed >= scenario_.settling_ns) return kForever;
  const std::int64_t piece =
      std::max<std::int64_t>(0, passed) * kRampPieces / scenario_.settling_ns;
  // Rounded up: the first nanosecond that the division above counts to the next piece.
  return record_.ramp_begin_ns +
         ((piece + 1) * scenario_.settling_ns + kRampPieces - 1) / kRampPieces;
}

double GpuTimeline::max_phi() const {
  if (record_.locked_max_mhz == 0) return 1;
  return std::clamp(record_.locked_max_mhz / gpu_.model->clock_mhz.max, 0.01, 1.0);
}

void GpuTimeline::set_limit(std::int64_t now, std::int64_t requested_mw) {
  forget_plan_before(now);
  const double from_w = limit_in_force_w(now);
  record_.requested_mw = requested_mw;
  record_.ramp_from_w = from_w;
  record_.ramp_to_w = static_cast<double>(enforced_mw()) / 1000;
  record_.ramp_begin_ns = record_.ramp_to_w == from_w ? now - scenario_.settling_ns : now;
  plan_from(now, is_busy(now));
}

void GpuTimeline::lock_clocks(std::int64_t now, unsigned min_mhz, unsigned max_mhz) {
  forget_plan_before(now);
  record_.locked_min_mhz = min_mhz;
  record_.locked_max_mhz = max_mhz;
  plan_from(now, is_busy(now));
}

void GpuTimeline::begin_step(std::int64_t now) {
  forget_plan_before(now);
  const std::uint64_t step = record_.steps_begun++;
  record_.time_factor = step_noise(scenario_.seed, index_, step, 0, scenario_.time_noise);
  record_.power_factor = step_noise(scenario_.seed, index_, step, 1, scenario_.power_noise);
  record_.work_left = 1;
  record_.carry_ns = record_.next_carry_ns;
  plan_from(now, true);
}

void GpuTimeline::append_to_history(const PowerPiece& piece) {
  if (record_.end_past > record_.first_past) {
    const PowerPiece& last = history_[(record_.end_past - 1) % kHistory];
    // Equal neighbours are one piece.
    if (last.watts == piece.watts && (last.steps_per_s > 0) == (piece.steps_per_s > 0)) return;
  }
  history_[record_.end_past % kHistory] = piece;
  ++record_.end_past;
  if (record_.end_past - record_.first_past > kShownHistory) {
    record_.first_past = record_.end_past - kShownHistory;
  }
}

// Makes plan[0] begin at `now` (or later, where another process was ahead by a moment).
void GpuTimeline::forget_plan_before(std::int64_t now) {
  auto& plan = record_.plan;
  while (record_.plan_count > 0 && plan[0].begin_ns < now) {
    const PowerPiece first = plan[0];
    const bool is_over = record_.plan_count > 1 && plan[1].begin_ns <= now;
    const std::int64_t end = is_over ? plan[1].begin_ns : now;
    append_to_history(first);
    record_.work_left -= first.steps_per_s * seconds(first.begin_ns, end);
    if (is_over) {
      std::copy(plan.begin() + 1, plan.begin() + static_cast<std::ptrdiff_t>(record_.plan_count),
                plan.begin());
      --record_.plan_count;
    } else {
      plan[0] = continued(first, now);
    }
  }
}

double GpuTimeline::leakage(std::int64_t when, double watts) const {
  if (scenario_.leakage_per_celsius == 0) return 1;
  const double now = record_.plan_count == 0
                         ? record_.plan[0].celsius
                         : celsius_after(record_.plan[record_.plan_count - 1], when);
  return 1 + scenario_.leakage_per_celsius * (now - settled_celsius(watts));
}

void GpuTimeline::add_to_plan(std::int64_t begin, double watts, double steps_per_s, double clock) {
  PowerPiece& piece = record_.plan[record_.plan_count];
  // The first piece goes on from the totals that stand there.
  if (record_.plan_count > 0) piece = continued(record_.plan[record_.plan_count - 1], begin);
  piece.begin_ns = begin;
  piece.watts = watts;
  piece.steps_per_s = steps_per_s;
  piece.clock = clock;
  ++record_.plan_count;
}

void GpuTimeline::plan_idle(std::int64_t begin) {
  const double idle_w = gpu_.model->draw_w.idle;
  const double clock = gpu_.model->idle_clock();
  if (scenario_.leakage_per_celsius > 0) {
    for (const int length : kCoolingSeconds) {
      add_to_plan(begin, idle_w * leakage(begin, idle_w), 0, clock);
      begin += length * 1'000'000'000LL;
    }
  }
  add_to_plan(begin, idle_w, 0, clock);
}

// Plans the rest of the running step, or idling. plan[0] begins at `now` and holds the totals.
void GpuTimeline::plan_from(std::int64_t now, bool in_step) {
  std::int64_t at = std::max(now, record_.plan[0].begin_ns);
  double work = std::max(0.0, record_.work_left);
  record_.plan_count = 0;
  while (in_step) {
    const OperatingPoint point =
        operating_point(*gpu_.model, gpu_.workload, limit_in_force_w(at), max_phi());
    const double step_s = point.seconds * record_.time_factor;
    add_to_plan(at, point.watts * record_.power_factor * leakage(at, point.watts), 1 / step_s,
                point.clock);
    const double exact_ns = work * step_s * 1e9 + record_.carry_ns;
    const std::int64_t limit_end = limit_holds_until(at);
    if (limit_end == kForever || exact_ns <= static_cast<double>(limit_end - at)) {
      const auto length = std::max<std::int64_t>(1, std::llround(exact_ns));
      record_.next_carry_ns = exact_ns - static_cast<double>(length);
      at += length;
      record_.job_end_ns = at;
      break;
    }
    work -= seconds(at, limit_end) / step_s;
    at = limit_end;
  }
  plan_idle(at);
}

const PowerPiece& GpuTimeline::piece_at(std::int64_t when) const {
  for (std::size_t i = record_.plan_count; i-- > 0;) {
    if (record_.plan[i].begin_ns <= when) return record_.plan[i];
  }
  std::uint64_t low = record_.first_past;
  std::uint64_t high = record_.end_past;
  if (low == high) return record_.plan[0];
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    (history_[middle % kHistory].begin_ns <= when ? low : high) = middle;
  }
  return history_[low % kHistory];
}

double GpuTimeline::watts(std::int64_t when) const { return piece_at(when).watts; }

double GpuTimeline::energy_j(std::int64_t when) const { return energy_after(piece_at(when), when); }

double GpuTimeline::busy_s(std::int64_t when) const { return busy_after(piece_at(when), when); }

double GpuTimeline::mean_watts(std::int64_t now, std::int64_t window_ns) const {
  const std::int64_t from = std::max(now - window_ns, piece_at(now - window_ns).begin_ns);
  if (from >= now) return watts(now);
  return (energy_j(now) - energy_j(from)) / seconds(from, now);
}

std::int64_t GpuTimeline::last_renewal(std::int64_t now, std::int64_t period_ns,
                                       unsigned which) const {
  if (period_ns == 0) return now;
  // Each GPU ticks at a moment of its own.
  const auto phase =
      static_cast<std::int64_t>(scramble(scenario_.seed * 31 + index_ + which * 1'000'003ULL) %
                                static_cast<std::uint64_t>(period_ns));
  return (now - phase) / period_ns * period_ns + phase;
}

std::uint64_t GpuTimeline::counter_mj(std::int64_t now) const {
  const double energy = energy_j(last_renewal(now, gpu_.tick_ns, 0)) - record_.counter_begin_j;
  // A whole number of mJ must not be lost to the last bit of a double.
  return static_cast<std::uint64_t>(std::max(0.0, energy) * 1000 + 1e-6);
}

double GpuTimeline::celsius(std::int64_t when) const { return celsius_after(piece_at(when), when); }

bool GpuTimeline::is_capped(std::int64_t when) const {
  const PowerPiece& piece = piece_at(when);
  return piece.steps_per_s > 0 && piece.clock < max_phi() * (1 - 1e-9);
}

}  // namespace simulator
