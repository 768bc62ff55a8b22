// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The program zeusd.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "apps/zeusd/serve.h"

namespace {

using zeus::daemon::ApiGroup;

constexpr int kFailure = 1;
constexpr int kUsage = 2;

void fail(std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  std::fputs(("zeusd: " + message + "\n").c_str(), stderr);
}

// "660"
std::string check_permissions(const std::string& text) {
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  constexpr unsigned kMost = 0777;
  const bool is_right = error == std::errc() && end == text.data() + text.size() && mode <= kMost;
  return is_right ? "" : "'" + text + "' is no file mode in octal digits, such as 660";
}

int run(int argc, char** argv) {
  CLI::App app("Lets jobs without rights read and set GPUs, within what the operator allows.",
               "zeusd");
  app.set_version_flag("--version", ZEUS_VERSION);
  app.require_subcommand(1);
  CLI::App* const serve = app.add_subcommand("serve", "Serve at a Unix socket until SIGTERM");
  zeus::apps::ServeOptions options;
  std::string permissions = "660";
  std::string mode = "uds";
  std::vector<std::string> groups;
  unsigned user = 0;
  unsigned group = 0;
  serve->add_option("--socket-path", options.socket_path, "Where to listen")->capture_default_str();
  serve->add_option("--socket-permissions", permissions, "Of the socket's file")
      ->capture_default_str()
      ->check(check_permissions);
  const auto* const user_option =
      serve->add_option("--socket-uid", user, "The user whom the socket belongs to");
  const auto* const group_option = serve->add_option(
      "--socket-gid", group, "The group of the socket (default: zeus, where it is there)");
  serve->add_option("--policy", options.policy,
                    "What is allowed (default: /etc/zeusd/policy.toml, where it is there)");
  serve->add_option("--audit-log", options.audit_log,
                    "A file for what was done and refused (default: standard error)");
  serve->add_option("--enable", groups, "What is served (default: all)")
      ->check(CLI::IsMember({"gpu-control", "gpu-read", "cpu-read"}))
      ->delimiter(',');
  serve->add_option("--mode", mode, "uds, the only one")->group("");
  std::string unserved;
  serve->add_option("--tcp-bind-address", unserved)->group("");
  serve->add_option("--signing-key-path", unserved)->group("");
  CLI11_PARSE(app, argc, argv);
  if (mode != "uds" || !unserved.empty()) {
    fail("this zeusd listens at a Unix socket only and has no tokens; see zeusd serve --help");
    return kUsage;
  }
  std::from_chars(permissions.data(), permissions.data() + permissions.size(),
                  options.socket_permissions, 8);
  if (*user_option) options.socket_uid = user;
  if (*group_option) options.socket_gid = group;
  const std::map<std::string, ApiGroup> known{{"gpu-control", ApiGroup::kGpuControl},
                                              {"gpu-read", ApiGroup::kGpuRead},
                                              {"cpu-read", ApiGroup::kCpuRead}};
  for (const std::string& each : groups) options.groups.insert(known.at(each));
  return zeus::apps::serve(options);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fail(error.what());
    return kFailure;
  }
}
