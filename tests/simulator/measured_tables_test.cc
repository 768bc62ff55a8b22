// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The parametric model against tables measured on real GPUs: for each curve the best A, x, y and T1
// are searched, and the medians of what remains are held to what the model was published with.
#include "tests/measured_tables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "simulator/model/workload.h"

namespace simulator {
namespace {

using Curve = std::vector<CurvePoint>;

std::map<std::string, Curve> curves_of(const char* file, std::size_t points) {
  std::map<std::string, Curve> curves;
  std::ifstream in(measured_table(file));
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const std::size_t numbers = line.rfind(',', line.rfind(',', line.rfind(',') - 1) - 1);
    std::istringstream rest(line.substr(numbers + 1));
    CurvePoint point;
    char comma = 0;
    rest >> point.limit_w >> comma >> point.seconds >> comma >> point.watts;
    curves[line.substr(0, numbers)].push_back(point);
  }
  std::erase_if(curves, [points](const auto& curve) { return curve.second.size() != points; });
  return curves;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Fit {
  double badness = std::numeric_limits<double>::infinity();
  ParametricWorkload job;
};

// T1 in closed form, for it only scales time.
Fit fit_of(const GpuModel& gpu, const Curve& curve, ParametricWorkload job) {
  job.step_s = 1;
  double log_scale = 0;
  for (const CurvePoint& point : curve) {
    log_scale += std::log(point.seconds / operating_point(gpu, job, point.limit_w).seconds);
  }
  job.step_s = std::exp(log_scale / static_cast<double>(curve.size()));
  double badness = 0;
  for (const CurvePoint& point : curve) {
    const OperatingPoint model = operating_point(gpu, job, point.limit_w);
    badness += std::pow(std::log(model.seconds / point.seconds), 2) +
               std::pow(std::log(model.watts / point.watts), 2);
  }
  return {badness, job};
}

// A search by steps that shrink, from several starts.
Fit best_fit(const GpuModel& gpu, const Curve& curve) {
  Fit best;
  for (const double dynamic_w : {20.0, 80.0, 160.0, 260.0}) {
    for (const double idle_share : {0.05, 0.2, 0.4}) {
      Fit here = fit_of(gpu, curve, {dynamic_w, 0.7, idle_share, 1});
      double scale = 1;
      while (scale > 0.01) {
        Fit next = here;
        const auto consider = [&](ParametricWorkload job) {
          job.dynamic_w = std::max(1.0, job.dynamic_w);
          job.clock_bound = std::clamp(job.clock_bound, 0.0, 1.0);
          job.idle_share = std::clamp(job.idle_share, 0.0, 0.95);
          const Fit tried = fit_of(gpu, curve, job);
          if (tried.badness < next.badness) next = tried;
        };
        for (const double sign : {-1.0, 1.0}) {
          ParametricWorkload job = here.job;
          job.dynamic_w += sign * 40 * scale;
          consider(job);
          job = here.job;
          job.clock_bound += sign * 0.2 * scale;
          consider(job);
          job = here.job;
          job.idle_share += sign * 0.2 * scale;
          consider(job);
        }
        if (next.badness < here.badness) {
          here = next;
        } else {
          scale /= 2;
        }
      }
      if (here.badness < best.badness) best = here;
    }
  }
  return best;
}

struct Errors {
  double time;
  double power;
  double energy;
};

Errors median_errors(const GpuModel& gpu, const std::map<std::string, Curve>& curves) {
  std::vector<double> time;
  std::vector<double> power;
  std::vector<double> energy;
  for (const auto& [name, curve] : curves) {
    const Fit fit = best_fit(gpu, curve);
    for (const CurvePoint& point : curve) {
      const OperatingPoint model = operating_point(gpu, fit.job, point.limit_w);
      const auto percent = [](double ratio) { return 100 * std::abs(ratio - 1); };
      time.push_back(percent(model.seconds / point.seconds));
      power.push_back(percent(model.watts / point.watts));
      energy.push_back(percent(model.seconds * model.watts / (point.seconds * point.watts)));
    }
  }
  return {median(time), median(power), median(energy)};
}

void expect_fit(const char* model, const char* file, std::size_t points, std::size_t curve_count,
                const Errors& published) {
  const std::string missing = missing_measured_table(file);
  if (!missing.empty()) GTEST_SKIP() << missing;
  const auto curves = curves_of(file, points);
  ASSERT_EQ(curves.size(), curve_count);
  const Errors errors = median_errors(*find_gpu_model(model), curves);
  std::printf("%s: %zu curves, median error T %.2f %% P %.2f %% E %.2f %%\n", model, curves.size(),
              errors.time, errors.power, errors.energy);
  // Another search finds slightly other optima.
  EXPECT_NEAR(errors.time, published.time, 0.5);
  EXPECT_NEAR(errors.power, published.power, 0.5);
  EXPECT_NEAR(errors.energy, published.energy, 0.5);
}

TEST(MeasuredTables, the_v100_model_fits_the_v100s_curves) {
  expect_fit("V100", "summary_power_v100.csv", 7, 68, {0.7, 1.1, 1.3});
}

TEST(MeasuredTables, the_rtx6000_model_fits_the_rtx6000s_curves) {
  expect_fit("RTX6000", "summary_power_rtx6000.csv", 8, 51, {0.8, 0.6, 1.5});
}

TEST(MeasuredTables, the_built_in_v100_jobs_are_close_to_measured_ones) {
  const char* const file = "summary_power_v100.csv";
  const std::string missing = missing_measured_table(file);
  if (!missing.empty()) GTEST_SKIP() << missing;
  const GpuModel& v100 = *find_gpu_model("V100");
  struct Job {
    const char* name;
    const char* curves;
  };
  for (const auto& [name, prefix] : {Job{"V100 ResNet-50", "imagenet,resnet50"},
                                     Job{"V100 BERT-SQuAD", "squad,bert_base_uncased"},
                                     Job{"V100 DeepSpeech2", "librispeech,deepspeech2"}}) {
    double closest = std::numeric_limits<double>::infinity();
    for (const auto& [curve_name, curve] : curves_of(file, 7)) {
      if (!curve_name.starts_with(prefix)) continue;
      const Fit fit = fit_of(v100, curve, *find_workload(name));
      closest =
          std::min(closest, std::sqrt(fit.badness / (2.0 * static_cast<double>(curve.size()))));
    }
    std::printf("%s: rms error %.2f %%\n", name, 100 * closest);
    EXPECT_LT(closest, 0.05) << name;
  }
}

}  // namespace
}  // namespace simulator
