#define _GNU_SOURCE
#include "CFiniTestSupport.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

__attribute__((constructor)) static void block_child_signal(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, 0);
  // A victim that has ended closes its stdin. A write to it must be an error, not the end of the
  // test.
  signal(SIGPIPE, SIG_IGN);
}

static void fill(posix_spawnattr_t *attributes, short more) {
  sigset_t none, every;
  sigemptyset(&none);
  sigfillset(&every);
  posix_spawnattr_init(attributes);
  posix_spawnattr_setsigmask(attributes, &none);
  posix_spawnattr_setsigdefault(attributes, &every);
  posix_spawnattr_setflags(attributes,
                           (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | more));
}

int32_t test_spawn(const char *path, char *const *arguments, char *const *environment,
                   int32_t *pid, int32_t *input, int32_t *output) {
  int in[2], out[2];
  // O_CLOEXEC: a later child that inherited this process's end would keep the stdin open.
  if (pipe2(in, O_CLOEXEC) < 0) return errno;
  if (pipe2(out, O_CLOEXEC) < 0) return errno;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  // Descriptors that the test run inherited do not belong to the victim.
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  fill(&attributes, POSIX_SPAWN_SETSID);
  pid_t child = 0;
  int error = posix_spawn(&child, path, &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  *pid = child;
  *input = in[1];
  *output = out[0];
  return error;
}

int32_t test_spawn_quietly(const char *path, char *const *arguments, int32_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  fill(&attributes, 0);
  pid_t child = 0;
  extern char **environ;
  int error = posix_spawn(&child, path, &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  *pid = child;
  return error;
}

uint64_t test_milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int32_t test_wait(int32_t pid, int32_t timeout, int32_t *status) {
  uint64_t end = test_milliseconds() + (uint64_t)timeout;
  for (;;) {
    int word = 0;
    pid_t result = waitpid(pid, &word, WNOHANG | __WALL);
    if (result < 0) return -errno;
    if (result > 0) {
      *status = word;
      return 1;
    }
    if (test_milliseconds() >= end) return 0;
    nanosleep(&(struct timespec){.tv_nsec = 200000}, 0);
  }
}

int64_t test_read(int32_t fd, void *room, uint64_t size, int32_t timeout) {
  struct pollfd source = {.fd = fd, .events = POLLIN};
  if (poll(&source, 1, timeout) <= 0) return -1;
  ssize_t count = read(fd, room, size);
  return count < 0 ? -1 : count;
}

int64_t test_write(int32_t fd, const void *bytes, uint64_t size) { return write(fd, bytes, size); }
int32_t test_close(int32_t fd) { return close(fd); }

int32_t test_kill(int32_t pid, int32_t signo) { return kill(pid, signo) < 0 ? -errno : 0; }

int32_t test_tgkill(int32_t pid, int32_t tid, int32_t signo) {
  return syscall(SYS_tgkill, (long)pid, (long)tid, (long)signo) < 0 ? -errno : 0;
}

int32_t test_sigqueue(int32_t pid, int32_t signo, int32_t value) {
  return sigqueue(pid, signo, (union sigval){.sival_int = value}) < 0 ? -errno : 0;
}

int32_t test_getpid(void) { return getpid(); }
int32_t test_gettid(void) { return (int32_t)syscall(SYS_gettid); }
int32_t test_getuid(void) { return (int32_t)getuid(); }

int64_t test_ptrace(int64_t request, int32_t tid, uint64_t address, uint64_t data) {
  long result = syscall(SYS_ptrace, request, (long)tid, address, data);
  return result < 0 ? -(int64_t)errno : result;
}

int64_t test_set_flags(int32_t tid, uint64_t flags) {
  struct user_regs_struct registers;
  if (syscall(SYS_ptrace, PTRACE_GETREGS, (long)tid, 0L, &registers) < 0) return -(int64_t)errno;
  registers.eflags |= flags;
  if (syscall(SYS_ptrace, PTRACE_SETREGS, (long)tid, 0L, &registers) < 0) return -(int64_t)errno;
  return 0;
}

int32_t test_fork(int32_t kind) {
  pid_t child = (pid_t)syscall(SYS_fork);
  if (child != 0) return child < 0 ? -errno : child;
  if (kind == TEST_CHILD_ZOMBIE) _exit(7);
  if (kind == TEST_CHILD_STOPPED) kill(getpid(), SIGSTOP);
  for (;;) pause();
}

int32_t test_fork_tracer(int32_t tid) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
  pid_t child = (pid_t)syscall(SYS_fork);
  if (child < 0) return -errno;
  if (child == 0) {
    unsigned char error = 0;
    if (ptrace(PTRACE_SEIZE, tid, 0, 0) < 0) error = (unsigned char)errno;
    if (write(ends[1], &error, 1) != 1) _exit(1);
    for (;;) pause();
  }
  close(ends[1]);
  unsigned char error = EIO;
  if (test_read(ends[0], &error, 1, 2000) != 1) error = EIO;
  close(ends[0]);
  return error ? -(int32_t)error : child;
}

int32_t test_seize_as(uint32_t uid, int32_t tid) {
  pid_t child = (pid_t)syscall(SYS_fork);
  if (child < 0) return errno;
  if (child == 0) {
    if (setresuid(uid, uid, uid) < 0) _exit(255);
    _exit(ptrace(PTRACE_SEIZE, tid, 0, 0) < 0 ? errno : 0);
  }
  int32_t status = 0;
  if (test_wait(child, 2000, &status) != 1) return EIO;
  return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}
