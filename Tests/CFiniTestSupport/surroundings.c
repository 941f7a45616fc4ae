// What the matrix asks of its own process, and does behind the tracer's back.
#define _GNU_SOURCE
#include "CFiniTestSupport.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int32_t test_fix_addresses(void) {
  int now = personality(0xffffffff);
  return now < 0 || personality((unsigned long)now | ADDR_NO_RANDOMIZE) < 0 ? -errno : 0;
}

int32_t test_forbid_cores(void) {
  return setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) < 0 ? -errno : 0;
}

int32_t test_count_descriptors(void) {
  DIR *directory = opendir("/proc/self/fd");
  if (!directory) return -errno;
  int32_t count = 0;
  while (readdir(directory)) count++;
  closedir(directory);
  return count;
}

int32_t test_take_signal(int32_t signo) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signo);
  return sigtimedwait(&set, 0, &(struct timespec){0}) == signo;
}

int32_t test_meddle(int32_t pid, int32_t fd, int32_t kind) {
  int pidfd = (int)syscall(SYS_pidfd_open, (long)pid, 0L);
  if (pidfd < 0) return -errno;
  int copy = (int)syscall(SYS_pidfd_getfd, (long)pidfd, (long)fd, 0L);
  int error = errno;
  close(pidfd);
  if (copy < 0) return -error;
  long result = kind == TEST_SOCKET_SHUT ? shutdown(copy, SHUT_RDWR)
                                         : send(copy, "rubbish", 7, MSG_NOSIGNAL | MSG_DONTWAIT);
  error = errno;
  close(copy);
  return result < 0 ? -error : 0;
}
