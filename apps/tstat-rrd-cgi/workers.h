// SPDX-License-Identifier: BSD-3-Clause
//
// Processes that answer requests side by side from one listening socket. The process that started
// them keeps the socket and answers nothing itself, so that no connection is lost when one of them
// ends: librrd loses memory with each picture, and settings change, so that they end now and then.
#ifndef TSTAT_RRD_CGI_WORKERS_H_
#define TSTAT_RRD_CGI_WORKERS_H_

#include <functional>

namespace tstat::viewer {

// Runs `work` in `count` child processes, and again in a new one wherever it returns or dies.
// SIGTERM, SIGINT and SIGHUP end all: children get SIGTERM until they have ended, and SIGKILL if
// they do not within `kStopSeconds`; then it returns. Children end when this process is killed.
// They also end when the path of the Unix socket `listener` is gone or another socket has taken it:
// nobody can ask them any more. REQUIRES: this process has one thread.
inline constexpr int kStopSeconds = 10;
void KeepWorkers(int count, int listener, const std::function<int()>& work);

// Lets signals that end all wait for KeepWorkers, so that none is lost before. `ReleaseEnd`: this
// process has no workers, such a signal ends it.
void HoldEnd();
void ReleaseEnd();

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_WORKERS_H_
