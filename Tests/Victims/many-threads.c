// many-threads [COUNT]: COUNT (16) threads besides the leader, each busy in the next of six ways:
// read on a pipe, nanosleep, futex, sched_yield, epoll_wait, sigwait. The leader blocks in read(0) and
// says each line back as `line TEXT`.
//
// A thread whose wait ends says `thread INDEX WAY RETURNED ERRNO` and waits again: none should.

#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "victim.h"

static int silent_pipe[2];
static _Atomic pid_t *tids;

static long wait_read(void) {
  char byte;
  return read(silent_pipe[0], &byte, 1);
}

static long wait_sleep(void) {
  struct timespec time = seconds(1e6);
  return nanosleep(&time, NULL);
}

static long wait_futex(void) {
  uint32_t word = 7;
  return syscall(SYS_futex, &word, FUTEX_WAIT, word, NULL, NULL, 0);
}

static long wait_spinning(void) {
  for (;;) {
    int returned = sched_yield();
    if (returned != 0) return returned;
  }
}

static long wait_epoll(void) {
  static _Thread_local int epoll = -1;
  struct epoll_event event = {.events = EPOLLIN};
  if (epoll < 0) {
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) give_up("epoll_create1");
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, silent_pipe[0], &event) != 0) give_up("epoll_ctl");
  }
  return epoll_wait(epoll, &event, 1, -1);
}

static long wait_signal(void) {
  // Not sigwait itself: it hides an EINTR.
  sigset_t set = only(SIGUSR2);
  return sigwaitinfo(&set, NULL);
}

static const struct {
  const char *name;
  long (*wait)(void);
} ways[] = {
    {"read", wait_read},         {"sleep", wait_sleep}, {"futex", wait_futex},
    {"spinning", wait_spinning}, {"epoll", wait_epoll}, {"sigwait", wait_signal},
};
enum { way_count = sizeof ways / sizeof ways[0], spinning = 3 };

static void *run(void *argument) {
  size_t index = (size_t)argument;
  tids[index] = (pid_t)syscall(SYS_gettid);
  for (;;) {
    errno = 0;
    long returned = ways[index % way_count].wait();
    int error = errno;
    say("thread %zu %s %ld %d", index, ways[index % way_count].name, returned, error);
  }
  return NULL;
}

/// Whether the kernel shows the thread asleep.
static bool sleeps(pid_t tid) {
  char path[64], text[256];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) give_up(path);
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length < 0) give_up(path);
  text[length] = '\0';
  // The name before the state may hold blanks and parentheses itself.
  const char *name_end = strrchr(text, ')');
  return name_end && name_end[1] && name_end[2] == 'S';
}

int main(int argc, char **argv) {
  begin();
  size_t count = (size_t)argument(argc, argv, 1, 16);
  tids = calloc(count, sizeof *tids);
  if (!tids && count > 0) give_up("calloc");
  if (pipe2(silent_pipe, O_CLOEXEC) != 0) give_up("pipe2");
  // Blocked before any thread exists, so that all inherit it and only sigwait can take it.
  sigset_t set = only(SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, NULL);

  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  for (size_t index = 0; index < count; index++) {
    pthread_t thread;
    errno = pthread_create(&thread, &attributes, run, (void *)index);
    if (errno != 0) give_up("pthread_create");
  }
  for (size_t index = 0; index < count; index++) {
    struct timespec moment = seconds(0.001);
    while (tids[index] == 0 || (index % way_count != spinning && !sleeps(tids[index]))) {
      nanosleep(&moment, NULL);
    }
  }

  say_ready();
  echo_lines();
  return 0;
}
