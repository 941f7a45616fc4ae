#define _GNU_SOURCE
#include "CFiniPtrace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// A separate address for the breakpoint. noinline alone does not keep a call to an empty function.
__attribute__((noinline)) static void landing(void) { __asm__ volatile("nop" ::: "memory"); }

// Ends this process with its parent. A parent that has ended before the request sends no signal, and
// init would be the tracer of a task that stops itself for ever.
static void end_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (syscall(SYS_getppid) != parent) _exit(1);
}

// Runs in a forked process: only calls that are safe after a fork among threads.
static int probe(void) {
  pid_t parent = (pid_t)syscall(SYS_getpid);
  pid_t child = (pid_t)syscall(SYS_fork);
  if (child < 0) return FINI_PROBE_REFUSED;
  if (child == 0) {
    end_with(parent);
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    syscall(SYS_kill, syscall(SYS_getpid), SIGSTOP);
    landing();
    _exit(0);
  }
  int status = 0;
  int answer = FINI_PROBE_REFUSED;
  if (waitpid(child, &status, __WALL) == child && WIFSTOPPED(status)) {
    size_t first = offsetof(struct user, u_debugreg);
    if (!ptrace(PTRACE_POKEUSER, child, first, (long)(uintptr_t)landing) &&
        !ptrace(PTRACE_POKEUSER, child, first + 7 * sizeof(long), 1L) &&
        !ptrace(PTRACE_CONT, child, 0, 0) && waitpid(child, &status, __WALL) == child) {
      siginfo_t info = {0};
      int trapped = WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP &&
                    !ptrace(PTRACE_GETSIGINFO, child, 0, &info) && info.si_code == 4 &&
                    info.si_addr == (void *)(uintptr_t)landing;
      answer = trapped ? FINI_PROBE_WORKS : FINI_PROBE_SILENT;
    }
  }
  kill(child, SIGKILL);
  return answer;
}

int64_t fini_probe_breakpoint(int64_t timeout, int32_t *pid) {
  int ends[2];
  *pid = 0;
  if (pipe2(ends, O_CLOEXEC) < 0) return -(int64_t)errno;
  pid_t parent = (pid_t)syscall(SYS_getpid);
  pid_t prober = (pid_t)syscall(SYS_fork);
  if (prober < 0) {
    int64_t error = -(int64_t)errno;
    close(ends[0]);
    close(ends[1]);
    return error;
  }
  if (prober == 0) {
    end_with(parent);
    unsigned char answer = (unsigned char)probe();
    if (write(ends[1], &answer, 1) != 1) _exit(1);
    _exit(0);
  }
  close(ends[1]);
  *pid = prober;
  struct pollfd source = {.fd = ends[0], .events = POLLIN};
  unsigned char answer = FINI_PROBE_SILENT;
  // If the breakpoint is lost, the child exits. Only a broken kernel makes this wait until the
  // deadline.
  if (poll(&source, 1, (int)(timeout / 1000000)) <= 0 || read(ends[0], &answer, 1) != 1) {
    answer = FINI_PROBE_SILENT;
    kill(prober, SIGKILL);
  }
  close(ends[0]);
  return answer;
}

int64_t fini_start_stand_in(int64_t lifetime, int32_t *pid) {
  pid_t parent = (pid_t)syscall(SYS_getpid);
  pid_t child = (pid_t)syscall(SYS_fork);
  if (child < 0) return -(int64_t)errno;
  if (child == 0) {
    end_with(parent);
    struct timespec rest = {.tv_sec = lifetime / 1000000000, .tv_nsec = lifetime % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, 0);
    _exit(0);
  }
  // Only this process waits for it, so its number is still its own.
  long pidfd = syscall(SYS_pidfd_open, child, 0);
  if (pidfd < 0) {
    int64_t error = -(int64_t)errno;
    kill(child, SIGKILL);
    while (waitpid(child, 0, __WALL) < 0 && errno == EINTR) continue;
    return error;
  }
  *pid = child;
  return pidfd;
}

int64_t fini_kill_stand_in(int32_t pidfd) {
  return syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, 0, 0) < 0 ? -(int64_t)errno : 0;
}
