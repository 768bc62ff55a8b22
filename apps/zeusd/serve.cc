// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/zeusd/serve.h"

#include <fmt/format.h>
#include <grp.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): sigtimedwait
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "apps/zeusd/service_manager.h"
#include "zeus/daemon/server/daemon.h"
#include "zeus/daemon/server/http_server.h"
#include "zeus/daemon/server/listening_socket.h"
#include "zeus/daemon/server/policy_file.h"
#include "zeus/error.h"
#include "zeus/log.h"
#include "zeus/machine.h"

namespace zeus::apps {
namespace {

using std::chrono::milliseconds;

constexpr const char* kUsualPolicy = "/etc/zeusd/policy.toml";
constexpr const char* kUsualGroup = "zeus";
constexpr milliseconds kPatience{5000};

void say(const std::string& line) { std::fputs(fmt::format("zeusd: {}\n", line).c_str(), stderr); }

// Each client is a file, and each that has written another one.
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Waited for below; blocked before there are threads, which inherit that.
sigset_t block_signals() {
  sigset_t awaited;
  ::sigemptyset(&awaited);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&awaited, signal);
  ::pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return awaited;
}

class PolicySource {
 public:
  explicit PolicySource(std::filesystem::path file) : file_(std::move(file)) {
    std::error_code error;
    is_optional_ = file_.empty();
    if (is_optional_) file_ = kUsualPolicy;
  }

  [[nodiscard]] daemon::Policy read() const {
    std::error_code error;
    const auto status = std::filesystem::symlink_status(file_, error);
    if (is_optional_ && status.type() == std::filesystem::file_type::not_found) return {};
    return daemon::read_policy(file_, daemon::machine_accounts());
  }

 private:
  std::filesystem::path file_;
  bool is_optional_ = false;
};

std::optional<unsigned> usual_group(const ServeOptions& options) {
  if (options.socket_gid || ::geteuid() != 0) return options.socket_gid;
  return daemon::machine_accounts().group(kUsualGroup);
}

// The socket, made here or by the service manager.
std::unique_ptr<daemon::ListeningSocket> listen(const ServeOptions& options) {
  if (const std::optional<int> given = socket_of_service_manager()) {
    return std::make_unique<daemon::ListeningSocket>(*given);
  }
  std::error_code ignored;
  std::filesystem::create_directory(options.socket_path.parent_path(), ignored);
  return std::make_unique<daemon::ListeningSocket>(
      daemon::SocketOptions{.path = options.socket_path,
                            .permissions = options.socket_permissions,
                            .user = options.socket_uid,
                            .group = usual_group(options)});
}

void reload(const PolicySource& source, daemon::Daemon& daemon, daemon::AuditLog& audit) {
  tell_service_manager("RELOADING=1");
  try {
    daemon.set_policy(source.read());
    audit.reopen();
    audit.record({.what = "reload"});
    say("the policy was read again");
  } catch (const std::exception& error) {
    audit.record({.what = "reload", .why = error.what()});
    say(fmt::format("the policy stays as it was: {}", error.what()));
  }
  tell_service_manager("READY=1");
}

// Until a signal that ends the daemon.
void wait_for_the_end(const sigset_t& awaited, const PolicySource& source, daemon::Daemon& daemon,
                      daemon::AuditLog& audit) {
  const auto watchdog = watchdog_period();
  while (true) {
    int signal = 0;
    if (watchdog) {
      const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(*watchdog / 2).count();
      constexpr std::int64_t kPerSecond = 1'000'000'000;
      const timespec patience{.tv_sec = ns / kPerSecond, .tv_nsec = ns % kPerSecond};
      signal = ::sigtimedwait(&awaited, nullptr, &patience);
      // What ends leases is alive, too: it takes the lock that all requests take.
      if (signal < 0) {
        static_cast<void>(daemon.leases().counts());
        tell_service_manager("WATCHDOG=1");
      }
    } else {
      signal = ::sigwaitinfo(&awaited, nullptr);
    }
    if (signal == SIGHUP) reload(source, daemon, audit);
    if (signal == SIGTERM || signal == SIGINT) return;
  }
}

// The driver's own GPUs, also where the variable for clients is set.
MachineOptions options_of_machine() {
  MachineOptions options = options_of_environment();
  options.daemon.reset();
  return options;
}

}  // namespace

int serve(const ServeOptions& options) {
  const sigset_t awaited = block_signals();
  allow_many_files();
  log_to_stderr(LogLevel::kWarning);
  const PolicySource source(options.policy);
  daemon::Policy policy = source.read();
  const bool is_dry = policy.dry_run;
  daemon::AuditLog audit(options.audit_log);
  std::unique_ptr<daemon::ListeningSocket> socket = listen(options);
  const Machine machine(options_of_machine());
  if (machine.journal_folder().empty()) {
    throw ZeusFileError(
        "there is no folder for the journal: run as root, or name one in ZEUS_JOURNAL_DIR");
  }
  if (const std::string failure = machine.driver_failure(); !failure.empty()) say(failure);
  daemon::DaemonOptions daemon_options{
      .gpus = machine.all_gpus(),
      .cpus = machine.cpus(),
      .journal = SettingJournal(machine.journal_folder(), current_boot()),
      .policy = std::move(policy)};
  if (!options.groups.empty()) daemon_options.groups = options.groups;
  daemon::Daemon daemon(std::move(daemon_options), audit);
  daemon::HttpServer server(
      socket->descriptor(), {},
      {.answer = [&daemon](
                     const daemon::Caller& caller, std::string_view method,
                     std::string_view target) { return daemon.answer(caller, method, target); },
       .on_disconnect =
           [&daemon](std::uint64_t connection) { daemon.end_connection(connection); }});
  daemon.set_server(&server);
  say(fmt::format("serving {} GPUs and {} CPUs{}", machine.all_gpus().size(), machine.cpus().size(),
                  is_dry ? ", as a dry run: no client's change is made" : ""));
  tell_service_manager("READY=1");
  wait_for_the_end(awaited, source, daemon, audit);
  tell_service_manager("STOPPING=1");
  server.stop_listening();
  const bool is_back = daemon.stop(kPatience);
  socket.reset();  // which removes its file
  // Not by return, which waits for all threads: one may hang in the driver for ever, if only to
  // read there. All that counts is written: the audit log has no buffer, and what is left is in the
  // journal.
  if (is_back) ::_exit(0);
  say("a GPU could not be put back in time; it will be when zeusd starts again, or by: zeus "
      "restore");
  ::_exit(1);
}

}  // namespace zeus::apps
