// A command of the user: it waits at a gate until it may run, so that an observer misses none of it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "CFiniPtrace.h"

static _Noreturn void run(char *const *words, int32_t flags, int gate, int report) {
  if (flags & FINI_LAUNCH_OWN_GROUP) setpgid(0, 0);
  if (flags & FINI_LAUNCH_TO_ERROR && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) _exit(125);
  signal(SIGPIPE, SIG_DFL);
  char byte;
  ssize_t size;
  do size = read(gate, &byte, 1);
  while (size < 0 && errno == EINTR);
  if (size == 1) {
    execvp(words[0], words);
    int error = errno;
    if (write(report, &error, sizeof error) < 0) _exit(126);
  }
  _exit(125);
}

int64_t fini_launch(char *const *words, int32_t flags, struct fini_launch *launch) {
  int gate[2], report[2];
  if (pipe2(gate, O_CLOEXEC) < 0) return -errno;
  if (pipe2(report, O_CLOEXEC) < 0) {
    int error = errno;
    close(gate[0]);
    close(gate[1]);
    return -error;
  }
  pid_t child = fork();
  int error = errno;
  if (child == 0) {
    // With its own copy of the other end, the gate would never close.
    close(gate[1]);
    run(words, flags, gate[0], report[1]);
  }
  close(gate[0]);
  close(report[1]);
  if (child < 0) {
    close(gate[1]);
    close(report[0]);
    return -error;
  }
  // Here as well: parent and child may come in either order.
  if (flags & FINI_LAUNCH_OWN_GROUP) setpgid(child, child);
  *launch = (struct fini_launch){.pid = child, .gate = gate[1], .report = report[0]};
  return 0;
}

int64_t fini_launch_open(struct fini_launch *launch) {
  ssize_t size = write(launch->gate, "g", 1);
  close(launch->gate);
  return size == 1 ? 0 : -EPIPE;
}

int64_t fini_launch_report(struct fini_launch *launch) {
  int error = 0;
  ssize_t size;
  do size = read(launch->report, &error, sizeof error);
  while (size < 0 && errno == EINTR);
  close(launch->report);
  // Nothing is written if execvp succeeds; it closes the other end.
  return size == sizeof error ? -error : 0;
}

int64_t fini_launch_reap(int32_t pid, int32_t *status) {
  pid_t result = waitpid(pid, status, WNOHANG);
  return result < 0 ? -errno : result;
}

int64_t fini_program_grants(int32_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/exe", pid);
  struct stat status;
  if (stat(path, &status) < 0) return -errno;
  int64_t grants = 0;
  if (status.st_mode & S_ISUID && status.st_uid != geteuid()) grants |= FINI_GRANTS_USER;
  // Without the group's x bit, this bit means something else.
  if (status.st_mode & S_ISGID && status.st_mode & S_IXGRP && status.st_gid != getegid())
    grants |= FINI_GRANTS_GROUP;
  if (getxattr(path, "security.capability", 0, 0) > 0) grants |= FINI_GRANTS_CAPABILITIES;
  return grants;
}

int32_t fini_take_interrupt(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  struct timespec none = {0, 0};
  int taken = sigtimedwait(&set, 0, &none);
  return taken < 0 ? 0 : taken;
}

void fini_die_by(int32_t signo) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  signal(signo, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signo);
  pthread_sigmask(SIG_UNBLOCK, &set, 0);
  raise(signo);
  // The signal's default action did not end the process.
  _exit(128 + signo);
}
