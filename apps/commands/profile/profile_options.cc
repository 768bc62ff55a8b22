// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/commands/profile/profile.h"
#include "apps/option_kinds.h"

namespace zeus::apps {
namespace {

constexpr int kMostFiles = 1000;

// A command that looks at files; its caller says more of it and of FILE.
CLI::App& add_look(CLI::App& profile, Invocation& invocation, int (*run)(const ProfileOptions&),
                   const char* name, const char* what) {
  const auto options = std::make_shared<ProfileOptions>();
  CLI::App& look = *profile.add_subcommand(name, what);
  look.add_option_function<std::vector<std::string>>(
          "FILE",
          [options](const std::vector<std::string>& files) {
            options->files.assign(files.begin(), files.end());
          })
      ->required()
      ->type_name("");
  look.add_option_function<std::vector<std::string>>(
          "--selector",
          [options](const std::vector<std::string>& names) {
            options->selectors.clear();
            for (const std::string& each : names) {
              options->selectors.push_back(*selector_of_name(each));
            }
          },
          "Several are separated by commas; default: all")
      ->type_name("NAME")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(one_of(selector_names()));
  add_selector_settings(look, options->settings);
  add_count(look, "--world-size", options->world_size, "GPUs of the job; default: as in FILE");
  add_json(look, options->json);
  look.callback(
      [options, run, &invocation] { invocation.run = [options, run] { return run(*options); }; });
  return look;
}

}  // namespace

void add_profile(CLI::App& app, Invocation& invocation) {
  CLI::App& profile = *app.add_subcommand("profile", "Look at what a job has measured");
  profile.require_subcommand(0, 1);
  profile.footer("Example:\n  zeus profile show profile.json");
  CLI::App& show = add_look(profile, invocation, run_profile_show, "show",
                            "Show a profile file and what each selector picks");
  show.footer(selectors_line() +
              "FILE is what profile_path names, here or in the Python package.\n\n"
              "Example:\n  zeus profile show profile.json --selector zeus-cost --eta 0.7");
  show.get_option("FILE")->description("The profile file")->expected(1)->allow_extra_args(false);
  CLI::App& compare = add_look(profile, invocation, run_profile_compare, "compare",
                               "Show profile files side by side");
  compare.footer(selectors_line() +
                 "Differences are against the first file, at the limits that both have.\n\n"
                 "Example:\n  zeus profile compare before.json after.json");
  compare.get_option("FILE")
      ->description("The profile files, two or more")
      ->expected(2, kMostFiles);
}

}  // namespace zeus::apps
