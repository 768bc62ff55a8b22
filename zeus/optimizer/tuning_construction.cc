// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/tuning_construction.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "zeus/communicator/single_process.h"
#include "zeus/error.h"
#include "zeus/log.h"
#include "zeus/optimizer/busy_gpus.h"
#include "zeus/optimizer/option_checks.h"
#include "zeus/optimizer/rank_agreement.h"
#include "zeus/optimizer/search_choice.h"
#include "zeus/optimizer/selectors.h"

namespace zeus {
namespace {

constexpr const char* kLogger = "zeus.optimizer.power_limit";

using Options = GlobalPowerLimitOptimizerOptions;

// What may be set begins above the limit that is there: an operator may say so.
ZeusValueError nothing_to_tune(const VisibleGpu& visible, Watts prior, PowerLimitRange range) {
  return ZeusValueError(fmt::format(
      "the power limit of GPU {} is {:g} W, and it may be set to {:g} to {:g} W: there is nothing "
      "lower to try",
      visible.index, prior.value(), range.min.value(), range.max.value()));
}

void require_in_range(Watts max_power_limit, PowerLimitRange range, int index) {
  if (std::isfinite(max_power_limit.value()) && range.contains(max_power_limit)) return;
  throw ZeusValueError(
      fmt::format("max_power_limit must be within {:g}-{:g} W on GPU {}, got {:g} W",
                  range.min.value(), range.max.value(), index, max_power_limit.value()));
}

// The warnings wait until the GPU is this job's: until then its limit may be another job's.
void tell_if_below_default(const VisibleGpu& visible, Watts prior,
                           std::vector<std::string>& warnings) {
  if (!visible.gpu->info().has.default_power_limit) return;
  const Watts usual = visible.gpu->default_power_limit();
  if (to_milliwatts(prior) >= to_milliwatts(usual)) return;
  warnings.push_back(
      fmt::format("The power limit of GPU {} is {:g} W, below its default of {:g} W; limits above "
                  "it are not "
                  "explored unless max_power_limit says so.",
                  visible.index, prior.value(), usual.value()));
}

// The limit in force where that is lower than the one asked for: limits between the two are one and
// the same.
std::optional<Watts> held_to(const VisibleGpu& visible, std::vector<std::string>& warnings) {
  if (!visible.gpu->info().has.enforced_power_limit) return std::nullopt;
  Watts requested;  // at present: an earlier optimizer of this process may have set it
  Watts enforced;
  try {
    requested = visible.gpu->power_limit();
    enforced = visible.gpu->enforced_power_limit();
  } catch (const ZeusBaseGPUError&) {
    return std::nullopt;  // not known
  }
  if (to_milliwatts(enforced) >= to_milliwatts(requested)) return std::nullopt;
  warnings.push_back(
      fmt::format("GPU {} is held to {:g} W by its board or host, below the {:g} W asked for; "
                  "limits above {:g} W are not explored.",
                  visible.index, enforced.value(), requested.value(), enforced.value()));
  return enforced;
}

// The collective work of the constructor, in the order of its methods.
class Construction {
 public:
  Construction(ZeusMonitor& monitor, const Options& options)
      : monitor_(monitor),
        options_(options),
        communicator_(options.communicator ? options.communicator : single_process()),
        busy_(options, communicator_->rank()) {}

  std::unique_ptr<Tuning> run(Heartbeat& heartbeat) {
    while (!try_once()) {
    }
    if (plan_.only_measures.empty()) {
      for (const std::string& warning : warnings_) log(LogLevel::kWarning, kLogger, warning);
      prior_->take_over(agreement_.owned);
    }
    return std::make_unique<Tuning>(monitor_, heartbeat, std::move(prior_), communicator_,
                                    std::move(store_), std::move(plan_));
  }

 private:
  // False where a GPU can't be had now, and all ranks are to look again: what this one has read of
  // it may be another job's.
  bool try_once() {
    RankReport report;
    const std::exception_ptr failure = attempt(report, [&] {
      busy_.wait(prior_.get(), agreement_.owned);
      report = look_around();
    });
    const std::vector<RankReport> reports = exchange(report, failure);

    RankReport outcome;
    const std::exception_ptr late_failure = attempt(outcome, [&] {
      agreement_ = agree(reports, communicator_->rank());
      plan_ = make_plan();
      if (!claim(outcome)) return;
      load_profile();
      if (communicator_->rank() == 0) outcome.first = encode(first_decision());
    });
    // The others must not train on where this rank can't.
    const std::vector<RankReport> outcomes = exchange(outcome, late_failure);
    if (const std::optional<std::size_t> rank = first_not_free(outcomes)) {
      prior_->release();
      const std::optional<std::string> only_measures = busy_.decide(outcomes, *rank);
      plan_.only_measures = only_measures.value_or("");
      return only_measures.has_value();
    }
    plan_.first = decode_decision(outcomes.front().first.value_or(""));
    return true;
  }

  bool claim(RankReport& outcome) {
    try {
      prior_->claim(agreement_.owned, options_.guard == GuardUse::kRequired);
      return true;
    } catch (const GpuNotFreeError& error) {
      busy_.report(error, outcome);
      return false;
    }
  }

  template <class Work>
  static std::exception_ptr attempt(RankReport& report, Work work) {
    try {
      work();
      return nullptr;
    } catch (const std::exception& error) {
      report = {};
      report.error = error.what();
      return std::current_exception();
    }
  }

  std::vector<RankReport> exchange(const RankReport& mine, const std::exception_ptr& failure) {
    // Alone, the error keeps its type.
    if (failure && communicator_->world_size() == 1) std::rethrow_exception(failure);
    // A bad time limit is among the failures to be told.
    const bool is_usable = options_.construction_timeout > Seconds(0);
    std::vector<RankReport> reports = exchange_reports(
        *communicator_, mine, is_usable ? options_.construction_timeout : Seconds(60));
    // Its own, not as the others hear of it.
    if (busy_.interruption()) std::rethrow_exception(busy_.interruption());
    if (const std::string error = first_error(reports); !error.empty()) {
      throw ZeusCommunicatorError(error);
    }
    return reports;
  }

  RankReport look_around() {
    require_valid(options_);
    warnings_.clear();
    ceilings_.clear();
    prior_.reset();
    const std::vector<VisibleGpu>& gpus = monitor_.gpus();
    if (gpus.empty()) {
      throw ZeusValueError("the monitor covers no GPU: there is no power limit to optimize");
    }
    RankReport report;
    prior_ = std::make_unique<PriorSettings>(gpus);
    for (std::size_t i = 0; i < gpus.size(); ++i) {
      report.gpus.push_back(report_gpu(gpus[i], i));
      ceilings_.push_back(report.gpus.back().ceiling);
    }
    if (options_.profile_path && communicator_->rank() == 0) {
      store_ = ProfileStore(*options_.profile_path);
      report.profile = store_.read();
      report.partial = store_.read_partial();
    }
    report.settings =
        fmt::format("warmup_steps {}, profile_steps {}, pl_step {:g} W", options_.warmup_steps,
                    options_.profile_steps, options_.pl_step.value());
    if (options_.wanted_error) {
      report.settings += fmt::format(", wanted_error {:g}", *options_.wanted_error);
    }
    if (is_adaptive()) report.settings += ", search adaptive";
    if (watches_drift(options_)) report.settings += ", retune_on_drift";
    if (options_.when_busy == WhenBusy::kWait) report.settings += ", when_busy wait";
    if (options_.when_busy == WhenBusy::kMeasureOnly) report.settings += ", when_busy measure_only";
    return report;
  }

  ReportedGpu report_gpu(const VisibleGpu& visible, std::size_t position) {
    const Watts prior = prior_->prior(position).power_limit;
    ReportedGpu report{.uuid = visible.gpu->info().uuid,
                       .model = visible.gpu->info().name,
                       .ceiling = prior,
                       .range = visible.gpu->settable_power_limits(),
                       .is_local = monitor_.gpus().size() == 1};
    if (options_.local_gpu_index) report.is_local = *options_.local_gpu_index == visible.index;
    if (options_.max_power_limit) {
      require_in_range(*options_.max_power_limit, report.range, visible.index);
      report.ceiling = *options_.max_power_limit;
    } else {
      tell_if_below_default(visible, prior, warnings_);
      if (prior < report.range.min) throw nothing_to_tune(visible, prior, report.range);
      report.ceiling = std::min(prior, report.range.max);
    }
    if (const std::optional<Watts> held = held_to(visible, warnings_)) {
      report.ceiling = std::clamp(*held, report.range.min, report.ceiling);
    }
    return report;
  }

  TuningPlan make_plan() const {
    TuningPlan plan;
    plan.objective.selector = options_.optimum_selector;
    if (!plan.objective.selector) {
      plan.objective.selector =
          std::make_shared<ZeusCost>(0.5, static_cast<int>(agreement_.uuids.size()));
    }
    plan.objective.allowed = {.min = agreement_.range.min, .max = agreement_.highest};
    plan.objective.host_power = options_.host_power * static_cast<double>(agreement_.uuids.size());
    plan.host_power_meter = options_.host_power_meter;
    plan.wait_steps = options_.wait_steps;
    plan.limits = limits_of_search(options_, plan.objective.allowed);
    if (options_.wanted_error) {
      plan.sure = SeriesRules{.wanted_error = *options_.wanted_error,
                              .least_steps = options_.profile_steps};
      plan.sure->most_steps = std::max(plan.sure->most_steps, options_.profile_steps);
    }
    plan.strategy = strategy_of(options_, plan.limits, agreement_.uuids.size());
    plan.retune = retune_plan_of(options_, plan.limits, agreement_.uuids.size());
    if (options_.idle_timeout) plan.idle_timeouts = IdleTimeouts::of(*options_.idle_timeout);
    plan.origin = {.gpu_model = agreement_.gpu_model,
                   .gpu_uuids = agreement_.uuids,
                   .range = agreement_.range,
                   .warmup_steps = options_.warmup_steps,
                   .profile_steps = options_.profile_steps,
                   .pl_step = options_.pl_step,
                   .is_simulated = monitor_.gpus().front().gpu->info().is_simulated};
    for (const std::size_t position : agreement_.owned) {
      plan.gpus.push_back({.position = position, .ceiling = ceilings_[position]});
    }
    return plan;
  }

  // A finished profile is not added to: the choice is among its points.
  [[nodiscard]] SearchDecision first_decision() const {
    if (plan_.is_from_profile) {
      return choose_by_profile(options_, plan_.history, plan_.objective_now(),
                               agreement_.uuids.size());
    }
    SearchDecision decision = plan_.strategy->next(plan_.history, plan_.objective_now());
    // A job that was killed between its last probe and the file.
    if (std::holds_alternative<Choose>(decision)) store_.save(plan_.history, plan_.origin);
    return decision;
  }

  void load_profile() {
    if (agreement_.profile) {
      load_complete();
    } else if (agreement_.partial) {
      load_partial();
    }
  }

  void load_complete() {
    const std::string name = store_.name();
    const Profile profile = parse_profile(*agreement_.profile, name);
    require_profile_fits(profile, plan_.origin, name);
    ProfileForJob fitted = profile_for_job(profile, agreement_.uuids.size(), name);
    plan_.history = std::move(fitted.measurements);
    plan_.is_from_profile = true;
    log(LogLevel::kInfo, kLogger, fmt::format("The profile '{}' is loaded.", name));
    if (fitted.scaled_from != 0) {
      log(LogLevel::kWarning, kLogger,
          fmt::format("The profile '{}' was measured on {} GPU(s), this job has {}: its energies "
                      "are scaled to that number, as if each GPU did the same work. If it does "
                      "not, delete the file or give another profile_path.",
                      name, fitted.scaled_from, agreement_.uuids.size()));
    }
    if (profile.origin && profile.origin->gpu_uuids != agreement_.uuids) {
      log(LogLevel::kInfo, kLogger,
          fmt::format("The profile was measured on other GPUs of the model: {}.",
                      fmt::join(profile.origin->gpu_uuids, ", ")));
    }
    const PowerLimitRange allowed = plan_.objective.allowed;
    const auto above = std::ranges::count_if(plan_.history, [allowed](const ProbeResult& point) {
      return !allowed.contains(point.setting.power_limit);
    });
    if (std::cmp_equal(above, plan_.history.size())) {
      throw ZeusFileError(fmt::format(
          "profile file '{}' has no power limit of {:g} W or less, the limit that is there; give "
          "max_power_limit or another profile_path",
          name, agreement_.highest.value()));
    }
    if (above > 0) {
      log(LogLevel::kWarning, kLogger,
          fmt::format("{} point(s) of the profile '{}' are above the power limit that was there, "
                      "{:g} W, and left "
                      "out of the choice; max_power_limit lets them in.",
                      above, name, agreement_.highest.value()));
    }
  }

  void load_partial() {
    const std::string name = store_.partial_name();
    Profile profile = parse_profile(*agreement_.partial, name);
    require_profile_fits(profile, plan_.origin, name);
    if (!continues(profile)) {
      log(LogLevel::kInfo, kLogger,
          fmt::format("The unfinished profile '{}' was measured with other parameters; profiling "
                      "starts anew.",
                      name));
      return;
    }
    plan_.history = std::move(profile.measurements);
    const std::string all = is_adaptive() ? "" : fmt::format(" of {}", plan_.limits.size());
    log(LogLevel::kInfo, kLogger,
        fmt::format("Going on from the unfinished profile '{}': {}{} power limits are measured.",
                    name, plan_.history.size(), all));
  }

  [[nodiscard]] bool is_adaptive() const { return options_.search == SearchKind::kAdaptive; }

  // Whether the points are some of those that this search would measure. An adaptive one learns
  // from any limit.
  [[nodiscard]] bool continues(const Profile& profile) const {
    if (!profile.origin || profile.origin->warmup_steps != options_.warmup_steps ||
        profile.origin->profile_steps != options_.profile_steps ||
        profile.origin->gpu_uuids.size() != agreement_.uuids.size()) {
      return false;
    }
    if (is_adaptive()) return true;
    return std::ranges::all_of(profile.measurements, [this](const auto& point) {
      return std::ranges::any_of(plan_.limits, [&point](Watts limit) {
        return same_limit(limit, point.setting.power_limit);
      });
    });
  }

  ZeusMonitor& monitor_;
  const Options& options_;
  std::shared_ptr<Communicator> communicator_;
  BusyGpus busy_;
  std::unique_ptr<PriorSettings> prior_;
  std::vector<std::string> warnings_;
  std::vector<Watts> ceilings_;  // by position in the monitor's list
  ProfileStore store_;
  Agreement agreement_;
  TuningPlan plan_;
};

}  // namespace

std::unique_ptr<Tuning> construct_tuning(ZeusMonitor& monitor, Heartbeat& heartbeat,
                                         const Options& options) {
  return Construction(monitor, options).run(heartbeat);
}

}  // namespace zeus
