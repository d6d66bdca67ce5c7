// SPDX-License-Identifier: BSD-3-Clause
//
// Functions that the C library of CentOS 6 does not have, by what it and its kernel have. Each is found here only where
// the C library that is linked against lacks it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>

void* aligned_alloc(size_t alignment, size_t size) {
  void* memory = NULL;
  if (alignment < sizeof(void*)) alignment = sizeof(void*);
  const int error = posix_memalign(&memory, alignment, size);
  if (error != 0) errno = error;
  return error == 0 ? memory : NULL;
}

// A kernel without it is like a file system without it: callers know what to do then.
int renameat2(int from_directory, const char* from, int to_directory, const char* to, unsigned int flags) {
  const long result = syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
  if (result != 0 && errno == ENOSYS) errno = EINVAL;
  return (int)result;
}

// Without it, a file that has no name any more.
int memfd_create(const char* name, unsigned int flags) {
  const long result = syscall(SYS_memfd_create, name, flags);
  if (result >= 0 || errno != ENOSYS) return (int)result;
  char path[] = "/tmp/tstat-XXXXXX";
  const int file = mkostemp(path, (flags & MFD_CLOEXEC) != 0 ? O_CLOEXEC : 0);
  if (file >= 0) unlink(path);
  return file;
}

ssize_t getrandom(void* buffer, size_t length, unsigned int flags) {
  const long result = syscall(SYS_getrandom, buffer, length, flags);
  if (result >= 0 || errno != ENOSYS) return result;
  const int file = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  const ssize_t got = read(file, buffer, length);
  const int error = errno;
  close(file);
  errno = error;
  return got;
}

// Of FORTIFY: a length that is more than there is room for ends the process.
extern void __chk_fail(void) __attribute__((noreturn));

int __poll_chk(struct pollfd* files, nfds_t count, int timeout, size_t size) {
  if (size / sizeof(*files) < count) __chk_fail();
  return poll(files, count, timeout);
}

long int __fdelt_chk(long int file) {
  if (file < 0 || file >= FD_SETSIZE) __chk_fail();
  return file / NFDBITS;
}
