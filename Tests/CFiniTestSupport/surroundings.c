// What the matrix reads from its own process, and does without the tracer's knowledge.
#define _GNU_SOURCE
#include "CFiniTestSupport.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
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

int32_t test_fork_numbered(int32_t pid) {
  pid_t numbers[1] = {pid};
  struct clone_args arguments = {
      .exit_signal = SIGCHLD, .set_tid = (uint64_t)(uintptr_t)numbers, .set_tid_size = 1};
  long result = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (result < 0) return -errno;
  if (result == 0) {
    for (;;) syscall(SYS_pause);
  }
  return (int32_t)result;
}

static int32_t change_capabilities(uint64_t set, int gives) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) < 0) return -errno;
  for (int half = 0; half < 2; half++) {
    uint32_t bits = (uint32_t)(set >> (32 * half));
    // The permitted set stays, so that the capabilities can be given back.
    if (gives) {
      data[half].effective |= bits & data[half].permitted;
    } else {
      data[half].effective &= ~bits;
    }
  }
  return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int32_t test_drop_capabilities(uint64_t set) { return change_capabilities(set, 0); }
int32_t test_regain_capabilities(uint64_t set) { return change_capabilities(set, 1); }
