// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/demo/progress_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "apps/commands/selector_choice.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/terminal.h"

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

  bool is_begun_ = false;
  bool is_done_ = false;
  bool has_lines_ = false;
  std::size_t shown_ = 0;
};

// What the optimizer is doing, and for how many steps yet (0: not known).
struct StateWords {
  const char* doing;
  int steps_left = 0;
};
struct Describe {
  StateWords operator()(const Ready& state) const { return {"Waiting", state.steps}; }
  StateWords operator()(const Warmup& state) const { return {"Warming up", state.steps}; }
  StateWords operator()(const Profiling& state) const { return {"Measuring", state.steps}; }
  StateWords operator()(const Waiting&) const { return {"Waiting", 0}; }
  StateWords operator()(const Done&) const { return {"Best limit", 0}; }
  StateWords operator()(const Stopped&) const { return {"Stopped", 0}; }
};

// As much of the track as is done, without the rest.
std::string bar(double share, bool utf8) {
  std::string text = track(share, utf8);
  const std::size_t rest = text.find(utf8 ? "░" : ".");
  return rest == std::string::npos ? text : text.substr(0, rest);
}

// A block that is redrawn in place.
class LiveView final : public ProgressView {
 public:
  explicit LiveView(ViewTitle title)
      : ProgressView(true), title_(std::move(title)), utf8_(speaks_utf8()) {}

  void show(const Progress& progress) override {
    const bool is_news =
        progress.measurements.size() != shown_points_ || progress.state.index() != shown_state_;
    if (!is_news && !status_.is_due()) return;
    shown_points_ = progress.measurements.size();
    shown_state_ = progress.state.index();
    status_.draw(lines(progress));
  }

 private:
  [[nodiscard]] std::vector<StyledLine> lines(const Progress& progress) const {
    std::vector<StyledLine> all{{title_.what, Look::kBold}, {title_.where, Look::kDim}, {}};
    all.push_back({state_line(progress), Look::kPlain});
    all.push_back({training_line(progress), Look::kPlain});
    all.push_back({now_line(progress), Look::kPlain});
    all.push_back({});
    add_limits(progress, all);
    return all;
  }

  static std::string state_line(const Progress& progress) {
    if (progress.is_comparing) return "  Comparing   the same training without zeus";
    const StateWords words = std::visit(Describe{}, progress.state);
    std::string text = fmt::format("  {:<11} {}", words.doing, format_limit(progress.power_limit));
    if (words.steps_left > 0) {
      text += fmt::format(", limit {} of {}", progress.tuning.probes_done + 1,
                          progress.tuning.probes_expected);
    }
    if (words.steps_left > 0) text += fmt::format(", {} left", count_of(words.steps_left, "step"));
    return text;
  }

  [[nodiscard]] std::string training_line(const Progress& progress) const {
    std::string text = fmt::format("  Training    {} step {} of {}", track(progress.share(), utf8_),
                                   progress.step, progress.steps);
    if (progress.epochs > 1)
      text += fmt::format(", epoch {} of {}", progress.epoch, progress.epochs);
    return text;
  }

  static std::string now_line(const Progress& progress) {
    return fmt::format("  Now         {:.0f} W, {:.3f} s a step, {} so far", progress.power.value(),
                       progress.step_time.value(),
                       NumberFormat::for_energy(progress.energy)(progress.energy));
  }

  void add_limits(const Progress& progress, std::vector<StyledLine>& all) const {
    Joules most;
    for (const auto& point : progress.measurements) most = std::max(most, point.energy);
    for (const Watts limit : progress.limits) {
      const auto* const point = find_limit(progress.measurements, limit);
      if (point != nullptr) {
        all.push_back(measured_line(progress, *point, most));
      } else {
        const bool is_current = same_limit(limit, progress.power_limit) &&
                                !std::holds_alternative<Ready>(progress.state);
        all.push_back({fmt::format("  {:>9}   {}", format_limit(limit), is_current ? "..." : ""),
                       is_current ? Look::kPlain : Look::kDim});
      }
    }
  }

  [[nodiscard]] StyledLine measured_line(const Progress& progress,
                                         const PowerLimitMeasurement& point, Joules most) const {
    const auto* done = std::get_if<Done>(&progress.state);
    const bool is_best =
        done != nullptr && same_limit(done->optimal_power_limit, point.power_limit);
    const std::string drawn = bar(point.energy / most, utf8_);
    return {fmt::format("  {:>9}   {}{} {:>9} {:>8}{}", format_limit(point.power_limit), drawn,
                        std::string(kTrackColumns - display_width(drawn), ' '),
                        NumberFormat::for_energy(most)(point.energy),
                        NumberFormat::for_time(point.time)(point.time), is_best ? "  <- best" : ""),
            is_best ? Look::kGood : Look::kPlain};
  }

  ViewTitle title_;
  bool utf8_;
  std::size_t shown_points_ = 0;
  std::size_t shown_state_ = 0;
};

}  // namespace

std::unique_ptr<ProgressView> plain_view(const ViewTitle& title) {
  return std::make_unique<PlainView>(title);
}

std::unique_ptr<ProgressView> silent_view() { return std::make_unique<SilentView>(); }

std::unique_ptr<ProgressView> live_view(ViewTitle title) {
  return std::make_unique<LiveView>(std::move(title));
}

}  // namespace zeus::apps
