// SPDX-License-Identifier: BSD-3-Clause
//
// Signals are for the threads of the program, not for those that the library makes: these inherit
// what is blocked while they are made.
//
//   const SignalsBlocked blocked;
//   std::jthread thread([] {});
#ifndef TSTAT_CAPTURE_SIGNALS_BLOCKED_H_
#define TSTAT_CAPTURE_SIGNALS_BLOCKED_H_

#include <csignal>

namespace tstat::internal {

class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    // Faults are of the thread that makes them.
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) {
      sigdelset(&all, fault);
    }
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_SIGNALS_BLOCKED_H_
