// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/demo/progress_view.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>
#include <variant>

#include "apps/terminal/number_format.h"

namespace zeus::apps {
namespace {

class SilentView final : public ProgressView {
 public:
  SilentView() : ProgressView(false) {}

  void show(const Progress& progress) override {
    status_.draw_progress(progress.share(),
                          fmt::format("{}step {} of {}", progress.is_comparing ? "comparing, " : "",
                                      progress.step, progress.steps));
  }
};

class PlainView final : public ProgressView {
 public:
  explicit PlainView(const ViewTitle& title) : ProgressView(false) {
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

}  // namespace

std::unique_ptr<ProgressView> plain_view(const ViewTitle& title) {
  return std::make_unique<PlainView>(title);
}

std::unique_ptr<ProgressView> silent_view() { return std::make_unique<SilentView>(); }

}  // namespace zeus::apps
