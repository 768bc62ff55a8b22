// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "apps/commands/power/power.h"
#include "apps/process/standard_streams.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/text_table.h"
#include "zeus/monitor/csv_log.h"
#include "zeus/monitor/row_file.h"

namespace zeus::apps {
namespace {

std::string watts(const std::optional<Watts>& power) {
  return power ? fmt::format("{:.1f} W", power->value()) : "-";
}

std::string energy_text(Joules energy) { return NumberFormat::for_energy(energy)(energy); }

std::string when(const PowerSample& sample, const PowerOptions& options) {
  if (!options.count) return fmt::format("{:.1f} s", sample.elapsed.value());
  return fmt::format("{:.1f} s, sample {} of {}", sample.elapsed.value(), sample.number,
                     *options.count);
}

std::string totals_text(const PowerReport& report, bool colours) {
  std::string text =
      styled(fmt::format("{:.1f} s, {}", report.time.value(), count_of(report.samples, "sample")),
             Look::kBold, colours) +
      "\n";
  Joules sum;
  for (const DeviceTotal& total : report.totals) {
    sum += total.energy + total.dram.value_or(Joules());
  }
  const NumberFormat energy = NumberFormat::for_energy(sum);
  TextTable table(
      {{"device", Align::kLeft}, {"energy"}, {"mean power"}, {"highest"}, {"model", Align::kLeft}});
  const auto mean = [](Joules joules, Seconds time) -> std::optional<Watts> {
    return time > Seconds(0) ? std::optional(joules / time) : std::nullopt;
  };
  for (std::size_t i = 0; i < report.totals.size(); ++i) {
    const DeviceTotal& total = report.totals[i];
    const DeviceDescription& device = report.devices[i];
    table.add_row({device.name, energy(total.energy), watts(mean(total.energy, total.time)),
                   watts(total.highest_power), device.model_text(report.is_simulated)});
    if (total.dram) {
      table.add_row({device.name + " memory", energy(*total.dram),
                     watts(mean(*total.dram, total.time)), "", "DRAM"});
    }
  }
  if (report.totals.size() > 1) {
    table.add_row({"all", energy(sum), watts(mean(sum, report.time)), "", ""}, Look::kBold);
  }
  return text + table.text(colours);
}

class LinesView final : public PowerView {
 public:
  explicit LinesView(const PowerReport& report) : PowerView(false), report_(report) {
    std::string text;
    for (const DeviceDescription& device : report.devices) {
      text += fmt::format("{}  {}\n", device.name, device.model_text(report.is_simulated));
    }
    print(text + "\n");
  }

  void show(const PowerSample& sample) override {
    std::string text;
    for (std::size_t i = 0; i < sample.devices.size(); ++i) {
      const DeviceSample& device = sample.devices[i];
      text += fmt::format("{:8.1f} s  {:<6} {:>9}", sample.elapsed.value(), report_.devices[i].name,
                          watts(device.power));
      if (device.limit) text += fmt::format(" of {}", format_limit(*device.limit));
      if (device.temperature) text += fmt::format(", {:.0f} C", device.temperature->value());
      if (device.energy) text += fmt::format(", {} so far", energy_text(*device.energy));
      if (device.dram) text += fmt::format(", memory {}", energy_text(*device.dram));
      if (device.is_lost()) text += "  no answer";
      text += "\n";
    }
    print(text);
  }

  void finish(const PowerReport& report) override {
    print("\n" + totals_text(report, wants_colours(STDOUT_FILENO)));
  }

 private:
  const PowerReport& report_;
};

class TableView final : public PowerView {
 public:
  TableView(const PowerOptions& options, const PowerReport& report)
      : PowerView(true), options_(options), report_(report) {
    status_.draw({{title(), Look::kBold}, {"  waiting for the first sample", Look::kDim}});
  }

  void show(const PowerSample& sample) override {
    TextTable table({{"device", Align::kLeft},
                     {"power"},
                     {"limit"},
                     {"temp"},
                     {"energy"},
                     {"model", Align::kLeft}});
    for (std::size_t i = 0; i < sample.devices.size(); ++i) {
      const DeviceSample& device = sample.devices[i];
      const DeviceDescription& what = report_.devices[i];
      table.add_row(
          {what.name, watts(device.power), device.limit ? format_limit(*device.limit) : "-",
           device.temperature ? fmt::format("{:.0f} C", device.temperature->value()) : "-",
           device.energy ? energy_text(*device.energy) : "-",
           what.model_text(report_.is_simulated)},
          device.is_lost() ? Look::kWarning : Look::kPlain);
    }
    std::vector<StyledLine> lines{{title(), Look::kBold}, {when(sample, options_), Look::kDim}, {}};
    for (StyledLine& row : table.lines()) lines.push_back(std::move(row));
    status_.draw(lines);
  }

  void finish(const PowerReport& report) override {
    status_.finish();
    print(totals_text(report, wants_colours(STDOUT_FILENO)));
  }

 private:
  [[nodiscard]] std::string title() const {
    return fmt::format("zeus power: every {:.7g} s, Ctrl-C ends it", options_.interval.value());
  }
  const PowerOptions& options_;
  const PowerReport& report_;
};

class CsvView final : public PowerView {
 public:
  explicit CsvView(const PowerReport& report) : PowerView(false), report_(report) {
    if (was_closed(STDOUT_FILENO)) throw OutputError(EBADF);
    output_.emplace("/dev/stdout", "standard output");
    output_->lock();  // other jobs may append to the same file
    const int error_number = output_->append_header(
        "time_s,elapsed_s,device,index,power_w,power_limit_w,temperature_c,energy_j,"
        "dram_energy_j\n");
    output_->unlock();
    if (error_number != 0) throw OutputError(error_number);
  }

  void show(const PowerSample& sample) override {
    std::string rows;
    for (std::size_t i = 0; i < sample.devices.size(); ++i) {
      const DeviceSample& device = sample.devices[i];
      const DeviceDescription& what = report_.devices[i];
      append_csv_number(rows, sample.unix_time.value());
      rows += ',';
      append_csv_number(rows, sample.elapsed.value());
      rows += fmt::format(",{},{}", what.kind(), what.index);
      append(rows, device.power);
      append(rows, device.limit);
      append(rows, device.temperature);
      append(rows, device.energy);
      append(rows, device.dram);
      rows += '\n';
    }
    // One write(2), which no other job's comes into the middle of.
    if (const int error_number = output_->append(rows); error_number != 0) {
      throw OutputError(error_number);
    }
  }

  void finish(const PowerReport& report) override {
    print_message(totals_text(report, wants_colours(STDERR_FILENO)));
  }

 private:
  template <class Unit>
  static void append(std::string& row, const std::optional<Quantity<Unit>>& quantity) {
    row += ',';
    if (quantity) append_csv_number(row, quantity->value());
  }

  const PowerReport& report_;
  std::optional<RowFile> output_;
};

class JsonView final : public PowerView {
 public:
  explicit JsonView(const PowerOptions& options) : PowerView(false), options_(options) {}

  void show(const PowerSample& sample) override {
    status_.draw_progress(
        options_.count ? static_cast<double>(sample.number) / *options_.count : -1,
        when(sample, options_) + (options_.count ? "" : ", Ctrl-C ends it"));
  }
  void finish(const PowerReport& report) override {
    status_.finish();
    print(to_json(report));
  }

 private:
  const PowerOptions& options_;
};

}  // namespace

std::unique_ptr<PowerView> power_view(const PowerOptions& options, const PowerReport& report) {
  if (options.json) return std::make_unique<JsonView>(options);
  if (options.csv) return std::make_unique<CsvView>(report);
  if (can_draw(STDOUT_FILENO)) return std::make_unique<TableView>(options, report);
  return std::make_unique<LinesView>(report);
}

}  // namespace zeus::apps
