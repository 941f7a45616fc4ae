// filters-late [ACTION]: puts itself under a seccomp filter while it lives: the first thread in answer to
// the line `filter`, a second one for all threads (SECCOMP_FILTER_FLAG_TSYNC) at signal 63. Each says
// `filtered`. Says other lines back as `line TEXT`.
//
// The filter answers with ACTION (kill, kill-thread, trap, errno, trace, notify, log; kill if left out) the
// calls that make or free memory, a socket or a message, and futex and sched_yield.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "victim.h"

#ifndef SECCOMP_RET_USER_NOTIF
#define SECCOMP_RET_USER_NOTIF 0x7fc00000U
#endif

static unsigned int action = SECCOMP_RET_KILL_PROCESS;

#define ANSWER(number)                                       \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),       \
  BPF_STMT(BPF_RET | BPF_K, action)

static void filter_all(unsigned int flags) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      ANSWER(SYS_mmap),     ANSWER(SYS_munmap),   ANSWER(SYS_socketpair),  ANSWER(SYS_memfd_create),
      ANSWER(SYS_sendto),   ANSWER(SYS_recvfrom), ANSWER(SYS_sched_yield), ANSWER(SYS_futex),
      ANSWER(SYS_brk),      ANSWER(SYS_close),    ANSWER(SYS_sigaltstack), ANSWER(SYS_rt_sigpending),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up("no_new_privs");
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) != 0) give_up("seccomp");
  say("filtered");
}

static void *filter_at_signal(void *nothing) {
  sigset_t set = only(63);
  for (;;) {
    if (sigwaitinfo(&set, NULL) == 63) filter_all(SECCOMP_FILTER_FLAG_TSYNC);
  }
  return nothing;
}

static unsigned int named(const char *name) {
  if (same(name, "kill")) return SECCOMP_RET_KILL_PROCESS;
  if (same(name, "kill-thread")) return SECCOMP_RET_KILL_THREAD;
  if (same(name, "trap")) return SECCOMP_RET_TRAP;
  if (same(name, "errno")) return SECCOMP_RET_ERRNO | EPERM;
  if (same(name, "trace")) return SECCOMP_RET_TRACE;
  if (same(name, "notify")) return SECCOMP_RET_USER_NOTIF;
  if (same(name, "log")) return SECCOMP_RET_LOG;
  errno = EINVAL;
  give_up(name);
}

int main(int argc, char **argv) {
  begin();
  if (argc > 1) action = named(argv[1]);
  sigset_t orders = only(63);
  sigprocmask(SIG_BLOCK, &orders, NULL);
  pthread_t thread;
  errno = pthread_create(&thread, NULL, filter_at_signal, NULL);
  if (errno != 0) give_up("pthread_create");

  say_ready();
  for (char *line; (line = next_line());) {
    if (same(line, "filter")) {
      filter_all(0);
    } else {
      echo(line);
    }
  }
  _exit(0);
}
