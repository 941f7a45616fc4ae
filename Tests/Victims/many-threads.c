// many-threads [COUNT]: COUNT (16) threads besides the leader, each busy in the next of sixteen ways:
// read on a pipe, nanosleep, futex, sched_yield, epoll_wait, sigwait, poll, pselect with a mask,
// sigsuspend, mq_receive, a file lock, accept, read on a timerfd, waitid, futex with a timeout, sleep
// until a time. The leader blocks in read(0) and says each line back as `line TEXT`.
//
// A thread whose wait ends says `thread INDEX WAY RETURNED ERRNO` and waits again: none should.

#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "victim.h"

enum { message_size = 64 };
static const struct flock whole_lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};

static int silent_pipe[2], epoll, first_lock, second_lock, listener, timer;
static mqd_t queue;
static _Atomic pid_t *tids;

/// Opens all that is waited for.
///
/// Before there is any thread, so that the numbers are the same in every run: a test compares two.
static void open_sources(void) {
  if (pipe2(silent_pipe, O_CLOEXEC) != 0) give_up("pipe2");

  struct epoll_event event = {.events = EPOLLIN};
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) give_up("epoll_create1");
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, silent_pipe[0], &event) != 0) give_up("epoll_ctl");

  char name[64];
  snprintf(name, sizeof name, "/many-threads-%d", getpid());
  struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = message_size};
  queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attributes);
  if (queue < 0) give_up("mq_open");
  mq_unlink(name);

  struct flock lock = whole_lock;
  first_lock = memfd_create("lock", MFD_CLOEXEC);
  snprintf(name, sizeof name, "/proc/self/fd/%d", first_lock);
  second_lock = open(name, O_RDWR | O_CLOEXEC);
  if (first_lock < 0 || second_lock < 0) give_up("memfd");
  if (fcntl(first_lock, F_OFD_SETLK, &lock) != 0) give_up("F_OFD_SETLK");

  // Bound to a name that the kernel chooses.
  struct sockaddr address = {.sa_family = AF_UNIX};
  listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, &address, sizeof address.sa_family) != 0) give_up("bind");
  if (listen(listener, 1) != 0) give_up("listen");

  struct itimerspec far = {.it_value = {.tv_sec = 1000000}};
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (timer < 0 || timerfd_settime(timer, 0, &far, NULL) != 0) give_up("timerfd");
}

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
  struct epoll_event event;
  return epoll_wait(epoll, &event, 1, -1);
}

static long wait_signal(void) {
  // Not sigwait itself: it hides an EINTR.
  sigset_t set = only(SIGUSR2);
  return sigwaitinfo(&set, NULL);
}

static long wait_poll(void) {
  struct pollfd source = {.fd = silent_pipe[0], .events = POLLIN};
  return poll(&source, 1, -1);
}

static long wait_select(void) {
  // The mask is in force for the time of the call only: a tracer must not take it for the thread's own.
  sigset_t mask = only(SIGHUP);
  fd_set set;
  FD_ZERO(&set);
  FD_SET(silent_pipe[0], &set);
  return pselect(silent_pipe[0] + 1, &set, NULL, NULL, NULL, &mask);
}

static long wait_suspended(void) {
  sigset_t mask = only(SIGHUP);
  return sigsuspend(&mask);
}

static long wait_message(void) {
  char text[message_size];
  return mq_receive(queue, text, sizeof text, NULL);
}

static long wait_lock(void) {
  struct flock lock = whole_lock;
  return fcntl(second_lock, F_OFD_SETLKW, &lock);
}

static long wait_connection(void) { return accept(listener, NULL, NULL); }

static long wait_timer(void) {
  uint64_t ticks;
  return read(timer, &ticks, sizeof ticks);
}

static long wait_child(void) {
  static pid_t child = 0;
  if (child == 0) {
    child = fork();
    if (child < 0) give_up("fork");
    if (child == 0) {
      close(STDIN_FILENO);
      close(STDOUT_FILENO);
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) pause();
    }
  }
  siginfo_t info;
  return waitid(P_PID, (id_t)child, &info, WEXITED);
}

static long wait_timed_futex(void) {
  uint32_t word = 7;
  struct timespec time = seconds(1e6);
  return syscall(SYS_futex, &word, FUTEX_WAIT, word, &time, NULL, 0);
}

static long wait_until(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  time.tv_sec += 1000000;
  return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static const struct {
  const char *name;
  long (*wait)(void);
} ways[] = {
    {"read", wait_read},         {"sleep", wait_sleep}, {"futex", wait_futex},
    {"spinning", wait_spinning}, {"epoll", wait_epoll}, {"sigwait", wait_signal},
    {"poll", wait_poll},         {"select", wait_select}, {"suspended", wait_suspended},
    {"message", wait_message},   {"lock", wait_lock},   {"connection", wait_connection},
    {"timer", wait_timer},       {"child", wait_child}, {"timed-futex", wait_timed_futex},
    {"until", wait_until},
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
  open_sources();
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
