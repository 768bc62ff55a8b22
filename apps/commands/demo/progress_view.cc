// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/demo/progress_view.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>
#include <variant>

#include "apps/terminal/number_format.h"
#include "apps/terminal/progress_line.h"

namespace zeus::apps {
namespace {

void warn_on_stderr(std::string_view text) {
  const std::string line = printable(std::string(text));
  std::fprintf(stderr, "zeus: warning: %s\n", line.c_str());
}

class SilentView final : public ProgressView {
 public:
  void show(const Progress& progress) override {
    const double share =
        progress.steps > 0 ? static_cast<double>(progress.step) / progress.steps : 0.0;
    line_.show(share, fmt::format("{}step {} of {}", progress.is_comparing ? "comparing, " : "",
                                  progress.step, progress.steps));
  }
  void warn(std::string_view text) override {
    line_.erase();
    warn_on_stderr(text);
  }
  void finish() override { line_.erase(); }

 private:
  ProgressLine line_;
};

class PlainView final : public ProgressView {
 public:
  explicit PlainView(const ViewTitle& title) {
    print(fmt::format("{}\n{}\n", title.what, title.where));
  }

  void show(const Progress& progress) override {
    if (!is_begun_) {
      // Points that are there before the first step come from a profile file.
      is_begun_ = true;
      shown_ = progress.measurements.size();
      if (shown_ > 0) {
        begin_line();
        print(fmt::format("{} known from the profile file.\n",
                          count_of(static_cast<long long>(shown_), "limit")));
      }
    }
    while (shown_ < progress.measurements.size()) show_point(progress);
    const auto* done = std::get_if<Done>(&progress.state);
    if (done != nullptr && !is_done_) {
      is_done_ = true;
      begin_line();
      print(fmt::format("{:>9}  is the best limit and set; training goes on.\n",
                        format_limit(done->optimal_power_limit)));
    }
  }

  void warn(std::string_view text) override { warn_on_stderr(text); }
  void finish() override {}

 private:
  void show_point(const Progress& progress) {
    const PowerLimitMeasurement& point = progress.measurements[shown_++];
    begin_line();
    print(fmt::format("{:>9}  limit {} of {}: {}, {}\n", format_limit(point.power_limit), shown_,
                      progress.tuning.probes_expected,
                      NumberFormat::for_energy(point.energy)(point.energy),
                      NumberFormat::for_time(point.time)(point.time)));
  }

  // A blank line parts the lines from the title.
  void begin_line() {
    if (!std::exchange(has_lines_, true)) print("\n");
  }

  static void print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }

  bool is_begun_ = false;
  bool is_done_ = false;
  bool has_lines_ = false;
  std::size_t shown_ = 0;
};

struct Describe {
  StateWords operator()(const Ready& state) const { return {"Waiting", state.steps}; }
  StateWords operator()(const Warmup& state) const { return {"Warming up", state.steps}; }
  StateWords operator()(const Profiling& state) const { return {"Measuring", state.steps}; }
  StateWords operator()(const Waiting&) const { return {"Waiting", 0}; }
  StateWords operator()(const Done&) const { return {"Best limit", 0}; }
  StateWords operator()(const Stopped&) const { return {"Stopped", 0}; }
};

}  // namespace

StateWords words_for(const OptimizerState& state) { return std::visit(Describe{}, state); }

std::unique_ptr<ProgressView> plain_view(const ViewTitle& title) {
  return std::make_unique<PlainView>(title);
}

std::unique_ptr<ProgressView> silent_view() { return std::make_unique<SilentView>(); }

}  // namespace zeus::apps
