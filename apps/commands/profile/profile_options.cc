// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/commands/profile/profile_compare.h"
#include "apps/commands/profile/profile_show.h"
#include "apps/option_kinds.h"

namespace zeus::apps {
namespace {

constexpr int kMostFiles = 1000;

// By what both look at profiles.
void add_selection(CLI::App& app, ProfileShowOptions& options) {
  app.add_option_function<std::vector<std::string>>(
         "--selector",
         [&options](const std::vector<std::string>& names) {
           options.selectors.clear();
           for (const std::string& name : names) {
             options.selectors.push_back(*selector_of_name(name));
           }
         },
         "Several are separated by commas; default: all")
      ->type_name("NAME")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(one_of(selector_names()));
  add_selector_settings(app, options.settings);
  add_count(app, "--world-size", options.world_size, "GPUs of the job; default: as in FILE");
  add_json(app, options.json);
}

void add_show(CLI::App& profile, Invocation& invocation) {
  const auto options = std::make_shared<ProfileShowOptions>();
  CLI::App& show =
      *profile.add_subcommand("show", "Show a profile file and what each selector picks");
  show.footer(selectors_line() +
              "FILE is what profile_path names, here or in the Python package.\n\n"
              "Example:\n  zeus profile show profile.json --selector zeus-cost --eta 0.7");
  show.add_option_function<std::string>(
          "FILE", [options](const std::string& file) { options->file = file; }, "The profile file")
      ->required()
      ->type_name("");
  add_selection(show, *options);
  show.callback([options, &invocation] {
    invocation.run = [options] { return run_profile_show(*options); };
  });
}

void add_compare(CLI::App& profile, Invocation& invocation) {
  const auto options = std::make_shared<ProfileCompareOptions>();
  CLI::App& compare = *profile.add_subcommand("compare", "Show profile files side by side");
  compare.footer(selectors_line() +
                 "Differences are against the first file, at the limits that both have.\n\n"
                 "Example:\n  zeus profile compare before.json after.json");
  compare
      .add_option_function<std::vector<std::string>>(
          "FILE",
          [options](const std::vector<std::string>& files) {
            options->files.assign(files.begin(), files.end());
          },
          "The profile files, two or more")
      ->required()
      ->type_name("")
      ->expected(2, kMostFiles);
  add_selection(compare, options->show);
  compare.callback([options, &invocation] {
    invocation.run = [options] { return run_profile_compare(*options); };
  });
}

}  // namespace

void add_profile(CLI::App& app, Invocation& invocation) {
  CLI::App& profile = *app.add_subcommand("profile", "Look at what a job has measured");
  profile.require_subcommand(0, 1);
  profile.footer("Example:\n  zeus profile show profile.json");
  add_show(profile, invocation);
  add_compare(profile, invocation);
}

}  // namespace zeus::apps
