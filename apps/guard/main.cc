// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// zeus-guard FOLDER PID: started by the zeus library, not by hand.
#include <fcntl.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "apps/guard/watch.h"
#include "apps/process/close_files.h"
#include "zeus/guard/guard_process.h"

namespace {

// What ends a job must not end its guard. SIGKILL does, and then the next start puts things right.
void ignore_signals() {
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2,
                           SIGXCPU, SIGXFSZ, SIGTSTP, SIGTTIN, SIGTTOU, SIGVTALRM, SIGPROF}) {
    std::signal(signal, SIG_IGN);  // NOLINT(cert-err33-c): fails for no signal of these
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Nothing of the job's: a pipe that stays open would keep its reader waiting, a folder its disk
// busy.
void let_go_of_the_job(int socket) {
  zeus::apps::close_files_from(socket + 1);
  [[maybe_unused]] const int moved = chdir("/");
}

// Where memory runs out the job is to go, not this process. Needs a right: without it nothing is
// lost but a chance.
void be_spared() {
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  constexpr std::string_view kSpare = "-900";
  [[maybe_unused]] const ssize_t written = write(file, kSpare.data(), kSpare.size());
  close(file);
}

}  // namespace

int main(int argc, char** argv) {
  const int socket = zeus::GuardProcess::kSocket;
  int type = 0;
  socklen_t size = sizeof type;
  if (argc != 3 || getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    std::fputs("zeus-guard: is started by programs that use zeus, not by hand\n", stderr);
    return 2;
  }
  ignore_signals();
  let_go_of_the_job(socket);
  // A child of nobody: the job may wait for all of its children.
  if (const pid_t child = fork(); child != 0) _exit(child > 0 ? 0 : 1);
  be_spared();
  try {
    zeus::apps::watch_over(argv[1], std::atoi(argv[2]), socket);
  } catch (const std::exception& error) {
    syslog(LOG_WARNING, "%s", error.what());
    return 1;  // the entries stay for the next start
  }
  return 0;
}
