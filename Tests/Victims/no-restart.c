// no-restart KIND [SECONDS [TIMES]]: waits again and again under a seccomp filter that kills the process at
// restart_syscall(2), by which the kernel goes on with a wait that was stopped. Says after each wait
// `KIND RETURNED ERRNO MILLISECONDS`, and `eintr N` where a handler of SIGUSR1 ended one.
//
// KIND is poll, nanosleep, clock (clock_nanosleep until a fixed time), futex, or bitset (futex until a fixed
// time). Without TIMES it goes on until stdin has ended.

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "victim.h"

#ifdef __x86_64__
enum { ARCHITECTURE = AUDIT_ARCH_X86_64 };
#else
enum { ARCHITECTURE = AUDIT_ARCH_I386 };
#endif

static void forbid_restart(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      // Of the other architecture no call is its own.
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)ARCHITECTURE, 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_restart_syscall, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up("no_new_privs");
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) give_up("seccomp");
}

/// The time in which the kernel's calls of this architecture are told, which is `long` in each.
struct kernel_time {
  long seconds, nanoseconds;
};

static struct kernel_time in(double amount) {
  struct timespec time = seconds(amount);
  return (struct kernel_time){(long)time.tv_sec, time.tv_nsec};
}

static long wait_once(const char *kind, double amount) {
  static uint32_t word = 7;
  struct kernel_time time = in(amount);
  struct kernel_time until = in(now_ms() / 1e3 + amount);
  if (same(kind, "poll")) return syscall(SYS_poll, NULL, 0, (int)(amount * 1e3));
  if (same(kind, "nanosleep")) return syscall(SYS_nanosleep, &time, NULL);
  if (same(kind, "clock")) {
    return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
  }
  if (same(kind, "futex")) return syscall(SYS_futex, &word, FUTEX_WAIT, word, &time, NULL, 0);
  if (same(kind, "bitset")) {
    return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, word, &until, NULL, FUTEX_BITSET_MATCH_ANY);
  }
  errno = EINVAL;
  give_up(kind);
}

int main(int argc, char **argv) {
  begin();
  const char *kind = argc > 1 ? argv[1] : "poll";
  double amount = argument(argc, argv, 2, 2);
  double times = argument(argc, argv, 3, 0);
  count_signals(SIGUSR1);
  forbid_restart();

  say_ready();
  for (double turn = 1;; turn++) {
    double before = now_ms();
    int signals = counted_signals;
    errno = 0;
    long returned = wait_once(kind, amount);
    int error = errno;
    if (error == EINTR && counted_signals > signals) {
      say("eintr %.1f", now_ms() - before);
    } else {
      say("%s %ld %d %.1f", kind, returned, error, now_ms() - before);
    }
    if (times > 0 ? turn >= times : input_ended()) return 0;
  }
}
