// An independent tracer: results of the code under test are compared with its results.
#define _GNU_SOURCE
#include "CFiniTestSupport.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

static int32_t read_all(int32_t tid, struct test_look *look, uint64_t *registers, void *xstate) {
  if (ptrace(PTRACE_GETREGS, tid, 0, registers) < 0) return -errno;
  struct iovec extended = {.iov_base = xstate, .iov_len = 65536};
  if (ptrace(PTRACE_GETREGSET, tid, (void *)NT_X86_XSTATE, &extended) == 0) {
    look->xstate_size = extended.iov_len;
  } else if (errno == ENODEV && ptrace(PTRACE_GETFPREGS, tid, 0, xstate) == 0) {
    look->xstate_size = 512;  // a kernel without XSAVE
  } else {
    return -errno;
  }
  if (ptrace(PTRACE_GETSIGMASK, tid, (void *)8, &look->mask) < 0) return -errno;
  errno = 0;
  size_t control = offsetof(struct user, u_debugreg) + 7 * sizeof(long);
  look->debug_control = (uint64_t)ptrace(PTRACE_PEEKUSER, tid, (void *)control, 0);
  return -errno;
}

int32_t test_look_at(int32_t tid, struct test_look *look, uint64_t *registers, void *xstate) {
  if (ptrace(PTRACE_SEIZE, tid, 0, 0) < 0) return -errno;
  if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) < 0) return -errno;
  int32_t status = 0;
  int32_t waited = test_wait(tid, 2000, &status);
  if (waited != 1) return waited < 0 ? waited : -ETIMEDOUT;
  if (!WIFSTOPPED(status)) return -ESRCH;
  look->status = (uint32_t)status;
  int32_t result = read_all(tid, look, registers, xstate);
  // A signal of the stop is passed on to the task: it was only read.
  long signo = (status >> 16) == 0 ? WSTOPSIG(status) : 0;
  if (ptrace(PTRACE_DETACH, tid, 0, signo) < 0) return -errno;
  return result;
}

int32_t test_read_dispatch(int32_t tid, uint64_t setting[4]) {
  if (ptrace(PTRACE_SEIZE, tid, 0, 0) < 0) return -errno;
  if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) < 0) return -errno;
  int32_t status = 0;
  int32_t waited = test_wait(tid, 2000, &status);
  if (waited != 1) return waited < 0 ? waited : -ETIMEDOUT;
  if (!WIFSTOPPED(status)) return -ESRCH;
  enum { GET_SYSCALL_USER_DISPATCH_CONFIG = 0x4211 };
  int32_t result = 0;
  if (ptrace(GET_SYSCALL_USER_DISPATCH_CONFIG, tid, (void *)32, setting) < 0) result = -errno;
  long signo = (status >> 16) == 0 ? WSTOPSIG(status) : 0;
  if (ptrace(PTRACE_DETACH, tid, 0, signo) < 0) return -errno;
  return result;
}
