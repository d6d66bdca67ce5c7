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
// REQUIRES: this process has one thread.
inline constexpr int kStopSeconds = 10;
void KeepWorkers(int count, const std::function<int()>& work);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_WORKERS_H_
