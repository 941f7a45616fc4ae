// no-restart KIND [SECONDS [TIMES [nested]]]: waits again and again under a seccomp filter that kills the process at
// restart_syscall(2), by which the kernel goes on with a wait that was stopped. Says after each wait
// `KIND RETURNED ERRNO MILLISECONDS`, and `eintr N` where a handler of SIGUSR1 ended one.
//
// KIND is poll, nanosleep, clock (clock_nanosleep until a fixed time), futex, or bitset (futex until a fixed
// time). Without TIMES, or with 0, it goes on until stdin has ended.
//
// With `nested` the handler of SIGUSR1 runs until that of SIGUSR2 has, for which another thread sees as soon as
// the first one runs. Then `eintr N` is followed by `handlers ENTERED LEFT OTHER`: how often the first handler
// began, how often it came to its end, and how often the second one ran.

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

static volatile sig_atomic_t entered, left, other;

/// Runs, without a call, until the other handler has run in its middle. Not for ever: a test that has to see it
/// fail must come to an end.
static void handle_long(int number) {
  (void)number;
  counted_signals++;
  int before = other;
  entered++;
  for (long turn = 0; turn < 2000000000 && other == before; turn++) continue;
  left++;
}

static void handle_other(int number) {
  (void)number;
  other++;
}

static void *disturb(void *waiting) {
  for (int seen = 0;;) {
    usleep(1000);
    if (entered == seen) continue;
    seen = entered;
    pthread_kill(*(pthread_t *)waiting, SIGUSR2);
  }
  return NULL;
}

static void nest_handlers(void) {
  struct sigaction first = {.sa_handler = handle_long, .sa_flags = SA_RESTART};
  struct sigaction second = {.sa_handler = handle_other, .sa_flags = SA_RESTART};
  if (sigaction(SIGUSR1, &first, NULL) != 0) give_up("sigaction");
  if (sigaction(SIGUSR2, &second, NULL) != 0) give_up("sigaction");
  static pthread_t waiting;
  waiting = pthread_self();
  // The signals are for the thread that waits.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  errno = pthread_create(&thread, NULL, disturb, &waiting);
  if (errno != 0) give_up("pthread_create");
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int main(int argc, char **argv) {
  begin();
  const char *kind = argc > 1 ? argv[1] : "poll";
  double amount = argument(argc, argv, 2, 2);
  double times = argument(argc, argv, 3, 0);
  bool nested = argc > 4 && same(argv[4], "nested");
  count_signals(SIGUSR1);
  if (nested) nest_handlers();
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
      if (nested) say("handlers %d %d %d", (int)entered, (int)left, (int)other);
    } else {
      say("%s %ld %d %.1f", kind, returned, error, now_ms() - before);
    }
    if (times > 0 ? turn >= times : input_ended()) return 0;
  }
}
