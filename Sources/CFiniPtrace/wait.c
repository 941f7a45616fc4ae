#define _GNU_SOURCE
#include "CFiniPtrace.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t fini_wait4(int32_t tid, uint32_t options, uint32_t *status) {
  int word = 0;
  long result = syscall(SYS_wait4, (long)tid, &word, (long)options, 0L);
  if (result < 0) return -(int64_t)errno;
  *status = (uint32_t)word;
  return result;
}

static void fill(sigset_t *set, int32_t interrupts) {
  sigemptyset(set);
  sigaddset(set, SIGCHLD);
  if (!interrupts) return;
  sigaddset(set, SIGINT);
  sigaddset(set, SIGTERM);
  sigaddset(set, SIGHUP);
}

int64_t fini_block_signals(int32_t interrupts) {
  sigset_t set;
  fill(&set, interrupts);
  return -(int64_t)pthread_sigmask(SIG_BLOCK, &set, 0);
}

int64_t fini_open_signals(int32_t interrupts) {
  sigset_t set;
  fill(&set, interrupts);
  int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  return fd < 0 ? -(int64_t)errno : fd;
}

static int64_t drain(int32_t signals) {
  int64_t woke = 0;
  struct signalfd_siginfo info[8];
  for (;;) {
    ssize_t size = read(signals, info, sizeof info);
    if (size <= 0) return woke;
    for (size_t i = 0; i < (size_t)size / sizeof info[0]; i++)
      woke |= info[i].ssi_signo == SIGCHLD ? FINI_WOKE_CHILD : FINI_WOKE_INTERRUPT;
    if ((size_t)size < sizeof info) return woke;
  }
}

// Whether a wait for this tid would find something. It takes nothing. An error counts too: wait4
// then returns it.
static int has_news(int32_t tid) {
  siginfo_t info;
  info.si_pid = 0;
  int result = waitid(P_PID, (id_t)tid, &info,
                      WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL | __WNOTHREAD);
  return result < 0 || info.si_pid != 0;
}

static int any_has_news(const int32_t *tids, uint64_t count) {
  for (uint64_t i = 0; i < count; i++)
    if (has_news(tids[i])) return 1;
  return 0;
}

int64_t fini_sleep(const int32_t *tids, uint64_t count, int32_t signals, int32_t socket,
                   const uint32_t *word, uint32_t value, int64_t timeout, int64_t spin) {
  struct pollfd sources[2] = {{.fd = signals, .events = POLLIN}, {.fd = socket, .events = POLLIN}};
  const int64_t longest = word ? 1000000 : 16000000;
  uint64_t start = fini_monotonic_now();
  struct timespec rest = {0, 0};
  int64_t slice = 1000000;
  int asleep = 0, looked = 0;
  for (;;) {
    int ready = ppoll(sources, socket < 0 ? 1 : 2, &rest, 0);
    if (ready < 0 && errno != EINTR) return -(int64_t)errno;
    int64_t woke = 0;
    int child = 0;
    if (ready > 0) {
      // A SIGCHLD may be about another child, or about a stop that was already taken.
      if (sources[0].revents) woke |= drain(signals);
      child = (woke & FINI_WOKE_CHILD) != 0;
      woke &= ~(int64_t)FINI_WOKE_CHILD;
      if (socket >= 0 && sources[1].revents) woke |= FINI_WOKE_SOCKET;
    }
    // And SIGCHLD may never come: a thread that does not block it takes it away (for example the
    // main thread of a program that ended in dispatchMain()). So the task itself is asked.
    if ((child || asleep || !looked) && any_has_news(tids, count)) woke |= FINI_WOKE_CHILD;
    looked = 1;
    if (word && __atomic_load_n(word, __ATOMIC_ACQUIRE) == value) woke |= FINI_WOKE_WORD;
    if (woke) return woke;
    int64_t gone = (int64_t)(fini_monotonic_now() - start);
    if (gone >= timeout) return 0;
    if (gone < spin) {
      // On another processor the task is not disturbed by this. On this processor it runs at once.
      sched_yield();
      continue;
    }
    asleep = 1;
    int64_t next = timeout - gone < slice ? timeout - gone : slice;
    if (slice < longest) slice *= 2;
    rest.tv_sec = 0;
    rest.tv_nsec = next;
  }
}

int32_t fini_interrupt_is_pending(void) {
  sigset_t set;
  if (sigpending(&set)) return 0;
  return sigismember(&set, SIGINT) == 1 || sigismember(&set, SIGTERM) == 1 ||
         sigismember(&set, SIGHUP) == 1;
}

void fini_pause(int64_t nanoseconds) {
  struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  nanosleep(&time, 0);
}

int64_t fini_rest(int32_t signals, int64_t timeout) {
  struct pollfd source = {.fd = signals, .events = POLLIN};
  struct timespec time = {timeout / 1000000000, timeout % 1000000000};
  return ppoll(&source, 1, &time, 0) > 0 ? drain(signals) : 0;
}
