// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "apps/commands/measuring_commands.h"
#include "apps/help/command_tree.h"
#include "apps/help/completion.h"
#include "apps/help/man_page.h"
#include "apps/option_checks.h"
#include "apps/terminal/terminal.h"
#include "simulator/model/gpu_model.h"
#include "simulator/model/workload.h"

namespace zeus::apps {
namespace {

constexpr int kMostGpus = 16;
constexpr int kMostCount = 1'000'000;
constexpr int kMostFiles = 1000;

template <class Things, class NameOf>
std::vector<std::string> names_of(const Things& things, NameOf name_of) {
  std::vector<std::string> names;
  names.reserve(std::size(things));
  for (const auto& thing : things) names.emplace_back(std::invoke(name_of, thing));
  return names;
}

std::vector<std::string> selector_names() { return names_of(kAllSelectors, option_name); }

std::string selectors_text() {
  return fmt::format("Selectors: {}.\n", fmt::join(selector_names(), ", "));
}

void add_selector_knobs(CLI::App& app, double& eta_knob, double& slowdown) {
  app.add_option("--eta", eta_knob, "zeus-cost: 0 only time counts, 1 only energy")
      ->type_name("N")
      ->check(between(0, 1))
      ->capture_default_str();
  app.add_option("--slowdown", slowdown, "How much longer it may take, as a factor")
      ->type_name("FACTOR")
      ->check(between(1, 1000))
      ->capture_default_str();
}

class Parser {
 public:
  Parser() {
    app_.set_version_flag("--version", std::string("zeus ") + ZEUS_VERSION, "Print the version");
    app_.formatter(help_formatter());
    app_.require_subcommand(0, 1);
    app_.footer("Example:\n  zeus demo          see it at work on simulated GPUs");
    add_demo();
    add_env();
    measure_ = apps::add_measure(app_, measure_options_);
    power_ = apps::add_power(app_, power_options_);
    add_profile();
    add_profile_compare();
    add_simulate();
    add_texts();
  }

  Command parse(int argc, const char* const* argv) {
    try {
      app_.parse(take_command(argc, argv), argv);
    } catch (const CLI::CallForHelp&) {
      return ShowText{app_.help()};
    } catch (const CLI::CallForVersion& version) {
      return ShowText{std::string(version.what()) + "\n"};
    } catch (const CLI::ParseError& error) {
      throw UsageError(without_values(error.what()));
    }
    if (demo_->parsed()) return demo_command();
    if (env_->parsed()) return env_options_;
    if (measure_->parsed()) return measure_command();
    if (power_->parsed()) return power_command();
    if (show_->parsed()) return show_command();
    if (compare_->parsed()) return compare_command();
    if (completion_->parsed()) return ShowText{completion_script(command_tree(app_), shell_)};
    if (man_page_->parsed()) return ShowText{man_page(command_tree(app_))};
    if (simulate_->parsed()) return simulate_command();
    throw UsageError(profile_->parsed() ? "no command given; try 'zeus profile show FILE'"
                                        : "no command given; try 'zeus demo' or 'zeus --help'");
  }

 private:
  // What follows "--" is another program's command line, in which all is its own. Returns how many
  // words are left.
  int take_command(int argc, const char* const* argv) {
    const std::string_view name = argc > 1 ? argv[1] : "";
    const bool has_command = name == "simulate" || name == "measure";
    const char* const* const end = argv + argc;
    const auto* const mark = std::find(argv, end, std::string_view("--"));
    if (!has_command || mark == end) return argc;
    command_.assign(mark + 1, end);
    return static_cast<int>(mark - argv);
  }

  void add_demo() {
    demo_ = app_.add_subcommand("demo", "Find a job's best power limit on simulated GPUs");
    const auto models = names_of(simulator::gpu_models(), &simulator::GpuModel::key);
    const auto workloads =
        names_of(simulator::built_in_workloads(), &simulator::NamedWorkload::name);
    demo_->footer(fmt::format(
        "Models: {}.\n"
        "{}\n"
        "{}\n"
        "Needs no GPU: the driver is simulated, by models fitted to tables measured on\n"
        "real GPUs or by replaying such a table. All else is the library as it is.\n\n"
        "Examples:\n"
        "  zeus demo --gpus 8 --model A40 --selector max-slowdown --slowdown 1.05\n"
        "  zeus demo --table v100.csv --select squad/bert_base_uncased/32/adamw",
        fmt::join(models, ", "),
        wrapped(fmt::format("Workloads: {}.", fmt::join(workloads, ", ")), "  "),
        selectors_text()));
    DemoOptions& options = demo_options_;
    demo_->add_option("--gpus", options.gpus, "How many GPUs train together")
        ->type_name("N")
        ->check(whole_between(1, kMostGpus))
        ->capture_default_str();
    demo_->add_option("--model", options.model, "Which GPUs")
        ->type_name("NAME")
        ->check(one_of(models))
        ->capture_default_str();
    add_optional(*demo_, "--workload", options.workload, "What they train; default: by model")
        ->type_name("NAME")
        ->check(one_of(workloads));
    add_optional(*demo_, "--table", table_, "Replay a measured table instead")->type_name("CSV");
    demo_->add_option("--select", select_, "Its rows: dataset/network/batch/optimizer")
        ->type_name("ROWS");
    demo_->add_option("--selector", selector_, "What counts as best")
        ->type_name("NAME")
        ->check(one_of(selector_names()))
        ->capture_default_str();
    add_selector_knobs(*demo_, options.eta_knob, options.slowdown);
    demo_->add_option("--pl-step", pl_step_, "Between one limit and the next")
        ->type_name("WATTS")
        ->check(between(0.001, 10'000))
        ->capture_default_str();
    add_optional(*demo_, "--epochs", options.epochs, "Default: twice what measuring takes")
        ->type_name("N")
        ->check(whole_between(1, kMostCount));
    demo_->add_option("--steps-per-epoch", options.steps_per_epoch, "Steps an epoch")
        ->type_name("N")
        ->check(whole_between(1, kMostCount))
        ->capture_default_str();
    demo_->add_option("--clock", clock_, "virtual or real time")
        ->type_name("CLOCK")
        ->check(one_of({"virtual", "real"}))
        ->capture_default_str();
    demo_->add_option("--seed", options.seed, "Of the noise between steps")
        ->type_name("N")
        ->capture_default_str();
    add_optional(*demo_, "--profile", profile_file_, "Keep what is measured; go on from it")
        ->type_name("FILE");
    demo_->add_flag("--fast", options.fast, "No pauses for the eye on a terminal");
    demo_->add_flag("--json", options.json, "Print the result as JSON (docs/cli.md)");
  }

  void add_env() {
    env_ = app_.add_subcommand("env", "Show GPUs, limits, rights, and what is missing");
    env_->footer("Only reads: no power limit is written.\n\nExample:\n  zeus env --json");
    env_->add_flag("--json", env_options_.json, "Print the result as JSON (docs/cli.md)");
  }

  void add_profile() {
    profile_ = app_.add_subcommand("profile", "Look at what a job has measured");
    profile_->require_subcommand(0, 1);
    profile_->footer("Example:\n  zeus profile show profile.json");
    show_ = profile_->add_subcommand("show", "Show a profile file and what each selector picks");
    show_->footer(selectors_text() +
                  "FILE is what profile_path names, here or in the Python package.\n\n"
                  "Example:\n  zeus profile show profile.json --selector zeus-cost --eta 0.7");
    show_->add_option("FILE", show_file_, "The profile file")->required()->type_name("");
    add_selection(*show_);
    show_->add_flag("--json", show_options_.json, "Print the result as JSON (docs/cli.md)");
  }

  // What both look at profiles by.
  void add_selection(CLI::App& app) {
    app.add_option("--selector", show_selectors_, "Part several by commas; default: all")
        ->type_name("NAME")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(one_of(selector_names()));
    add_selector_knobs(app, show_options_.eta_knob, show_options_.slowdown);
    add_optional(app, "--world-size", show_options_.world_size,
                 "GPUs of the job; default: as in FILE")
        ->type_name("N")
        ->check(whole_between(1, kMostCount));
  }

  void add_profile_compare() {
    compare_ = profile_->add_subcommand("compare", "Show profile files side by side");
    compare_->footer(selectors_text() +
                     "Differences are against the first file, at the limits that both have.\n\n"
                     "Example:\n  zeus profile compare before.json after.json");
    compare_->add_option("FILE", compare_files_, "The profile files, two or more")
        ->required()
        ->type_name("")
        ->expected(2, kMostFiles);
    add_selection(*compare_);
    compare_->add_flag("--json", compare_json_, "Print the result as JSON (docs/cli.md)");
  }

  void add_texts() {
    completion_ = app_.add_subcommand("completion", "Print what completes zeus in a shell");
    completion_->footer(
        "The script goes to standard output. An installed zeus has it in place.\n\n"
        "Examples:\n"
        "  source <(zeus completion bash)\n"
        "  zeus completion zsh > \"${fpath[1]}/_zeus\"\n"
        "  zeus completion fish > ~/.config/fish/completions/zeus.fish");
    completion_->add_option("SHELL", shell_, "bash, zsh or fish")
        ->required()
        ->type_name("")
        ->check(one_of(completion_shells()));
    man_page_ = app_.add_subcommand("man-page", "Print the manual page");
    man_page_->footer("Example:\n  zeus man-page | man -l -");
  }

  MeasureOptions measure_command() {
    measure_options_.command = command_;
    if (command_.empty()) {
      throw UsageError("no command to measure; try 'zeus measure -- python train.py'");
    }
    return measure_options_;
  }

  PowerOptions power_command() {
    if (power_options_.csv && power_options_.json) {
      throw UsageError("--csv and --json exclude each other");
    }
    return power_options_;
  }

  ProfileCompareOptions compare_command() {
    return {.files = {compare_files_.begin(), compare_files_.end()},
            .show = show_command(),
            .json = compare_json_};
  }

  void add_simulate() {
    simulate_ = app_.add_subcommand("simulate", "Run any program on simulated GPUs");
    const auto models = names_of(simulator::gpu_models(), &simulator::GpuModel::key);
    simulate_->footer(fmt::format(
        "zeus simulate [OPTIONS] -- COMMAND...\n\n"
        "Models: {}.\n"
        "COMMAND finds the simulated driver as it would the real libnvidia-ml.so.1, and\n"
        "an nvidia-smi. Its exit status and signals are passed on. The GPUs idle until\n"
        "something steps on them (simulator/README.md).\n\n"
        "Examples:\n"
        "  zeus simulate --gpus 4xV100,2xA40 -- nvitop -1\n"
        "  zeus simulate --scenario faults.json -- python train.py",
        fmt::join(models, ", ")));
    add_optional(*simulate_, "--gpus", gpus_, "Which, like 4xV100,2xA40; default: 1xV100")
        ->type_name("LIST");
    add_optional(*simulate_, "--workload", simulate_options_.workload,
                 "What steps do; default: by model")
        ->type_name("NAME")
        ->check(one_of(names_of(simulator::built_in_workloads(), &simulator::NamedWorkload::name)));
    add_optional(*simulate_, "--scenario", scenario_, "Machine and faults (simulator/README.md)")
        ->type_name("FILE");
    add_optional(*simulate_, "--clock", simulate_options_.clock,
                 "real, or virtual: sleeping takes none")
        ->type_name("CLOCK")
        ->check(one_of({"virtual", "real"}));
    simulate_->add_flag("--quiet", simulate_options_.quiet, "Don't say what is simulated");
  }

  SimulateOptions simulate_command() {
    if (gpus_) {
      try {
        simulate_options_.gpus = parse_gpu_list(*gpus_);
      } catch (const std::invalid_argument& error) {
        throw UsageError(std::string("--gpus: ") + error.what());
      }
    }
    if (scenario_) simulate_options_.scenario = *scenario_;
    simulate_options_.command = command_;
    if (simulate_options_.command.empty()) {
      throw UsageError("no command to run; try 'zeus simulate -- nvitop -1'");
    }
    return simulate_options_;
  }

  DemoOptions demo_command() {
    demo_options_.selector = *selector_of_name(selector_);
    demo_options_.real_clock = clock_ == "real";
    demo_options_.pl_step = Watts(pl_step_);
    if (table_) demo_options_.table = *table_;
    if (profile_file_) demo_options_.profile = *profile_file_;
    if (table_ && demo_options_.workload) {
      throw UsageError("--table and --workload exclude each other");
    }
    if (!select_.empty()) take_selection();
    return demo_options_;
  }

  void take_selection() {
    if (!table_) throw UsageError("--select needs --table");
    std::vector<std::string> parts(1);
    for (const char c : select_) {
      if (c == '/') {
        parts.emplace_back();
      } else {
        parts.back() += c;
      }
    }
    const std::array wanted{&demo_options_.dataset, &demo_options_.network,
                            &demo_options_.batch_size, &demo_options_.optimizer};
    if (parts.size() != wanted.size()) {
      throw UsageError(fmt::format(
          "--select: \"{}\" is not dataset/network/batch/optimizer (any may be empty)", select_));
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) *wanted.at(i) = parts[i];
  }

  ProfileShowOptions show_command() {
    show_options_.file = show_file_;
    if (!show_selectors_.empty()) {
      show_options_.selectors.clear();
      for (const std::string& name : show_selectors_) {
        show_options_.selectors.push_back(*selector_of_name(name));
      }
    }
    return show_options_;
  }

  CLI::App app_{"Measures the energy of GPU training and sets the best power limit", "zeus"};
  CLI::App* demo_ = nullptr;
  CLI::App* env_ = nullptr;
  CLI::App* profile_ = nullptr;
  CLI::App* show_ = nullptr;
  CLI::App* simulate_ = nullptr;
  CLI::App* measure_ = nullptr;
  CLI::App* power_ = nullptr;
  CLI::App* compare_ = nullptr;
  CLI::App* completion_ = nullptr;
  CLI::App* man_page_ = nullptr;

  DemoOptions demo_options_;
  EnvOptions env_options_;
  ProfileShowOptions show_options_;
  SimulateOptions simulate_options_;
  MeasureOptions measure_options_;
  PowerOptions power_options_;
  // Texts that are not yet what the options hold.
  std::string selector_{option_name(SelectorKind::kZeusCost)};
  std::string clock_ = "virtual";
  std::string select_;
  double pl_step_ = 25;
  std::optional<std::string> table_;
  std::optional<std::string> profile_file_;
  std::string show_file_;
  std::vector<std::string> show_selectors_;
  std::optional<std::string> gpus_;
  std::optional<std::string> scenario_;
  std::vector<std::string> command_;
  std::vector<std::string> compare_files_;
  bool compare_json_ = false;
  std::string shell_;
};

}  // namespace

Command parse_command_line(int argc, const char* const* argv) { return Parser().parse(argc, argv); }

}  // namespace zeus::apps
