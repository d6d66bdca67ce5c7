// SPDX-License-Identifier: BSD-3-Clause
#ifndef TSTAT_TESTS_OUTPUT_OTHER_PROCESS_LOCK_H_
#define TSTAT_TESTS_OUTPUT_OTHER_PROCESS_LOCK_H_

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

namespace tstat::internal {

// A process that has a lock on a file (POSIX fcntl, F_RDLCK or F_WRLCK), and gives it back after a
// while.
class OtherProcessLock {
 public:
  OtherProcessLock(const std::string& path, short type) {
    int ready[2];
    if (pipe(ready) != 0) return;
    process_ = fork();
    if (process_ == 0) {
      struct flock lock {};
      lock.l_type = type;
      lock.l_whence = SEEK_SET;
      const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
      const char answer = fcntl(file, F_SETLK, &lock) == 0 ? 'y' : 'n';
      if (write(ready[1], &answer, 1) != 1) _exit(1);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      _exit(0);
    }
    char answer = 'n';
    is_held_ = process_ > 0 && read(ready[0], &answer, 1) == 1 && answer == 'y';
    close(ready[0]);
    close(ready[1]);
  }
  OtherProcessLock(const OtherProcessLock&) = delete;
  OtherProcessLock& operator=(const OtherProcessLock&) = delete;
  ~OtherProcessLock() {
    if (process_ > 0) waitpid(process_, nullptr, 0);
  }

  bool is_held() const { return is_held_; }

 private:
  pid_t process_ = -1;
  bool is_held_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_OUTPUT_OTHER_PROCESS_LOCK_H_
