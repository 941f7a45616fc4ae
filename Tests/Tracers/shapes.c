// shapes: a tracer in one of the shapes that a program can have; its own tracer has to follow it.
//
//   shapes SHAPE PID
//
//   plain   seizes PID, interrupts it, waits for it, lets it go
//   thread  a second thread does that
//   exec    a second thread executes `shapes plain PID`: it takes the place of the first
//   clone   a child made by clone(2) without SIGCHLD asks for a tracer (PTRACE_TRACEME), then plain
//   vfork   a child made by vfork(2) does, then plain
//   fork    a child made by fork(2) does, then plain
//
// Exits 0 if all of that worked, else 1 with the errno as text on stderr.

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t target;
static char **own_words;

static int fail(const char *what) {
  fprintf(stderr, "shapes: %s: %s\n", what, strerror(errno));
  return 1;
}

static int trace(void) {
#ifdef __i386__
  // 101 is ioperm here and ptrace in 64-bit code: what would there be a refused PTRACE_SEIZE.
  syscall(101, 0x4206, target, 0, 0);
#endif
  if (ptrace(PTRACE_SEIZE, target, 0, (void *)PTRACE_O_TRACESYSGOOD)) return fail("seize");
  if (ptrace(PTRACE_INTERRUPT, target, 0, 0)) return fail("interrupt");
  int status = 0;
  if (waitpid(target, &status, __WALL) != target || !WIFSTOPPED(status)) return fail("wait");
  if (ptrace(PTRACE_DETACH, target, 0, 0)) return fail("detach");
  return 0;
}

static void *trace_in_thread(void *unused) {
  (void)unused;
  return (void *)(intptr_t)trace();
}

static void *execute_in_thread(void *unused) {
  (void)unused;
  own_words[1] = "plain";
  execv("/proc/self/exe", own_words);
  exit(fail("execv"));
}

static int reap(pid_t child) {
  int status = 0;
  if (child < 0 || waitpid(child, &status, __WALL) != child) return fail("child");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
  fprintf(stderr, "shapes: the child's status is %x\n", (unsigned)status);
  return 1;
}

int main(int count, char **words) {
  if (count != 3) return fail("usage");
  const char *shape = words[1];
  target = atoi(words[2]);
  own_words = words;
  pthread_t thread;
  void *result = 0;
  if (!strcmp(shape, "thread")) {
    pthread_create(&thread, 0, trace_in_thread, 0);
    pthread_join(thread, &result);
    return (int)(intptr_t)result;
  }
  if (!strcmp(shape, "exec")) {
    pthread_create(&thread, 0, execute_in_thread, 0);
    pthread_join(thread, &result);
    return 1;
  }
  pid_t child = 0;
  if (!strcmp(shape, "clone")) {
    child = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
  } else if (!strcmp(shape, "vfork")) {
    child = vfork();
  } else if (!strcmp(shape, "fork")) {
    child = fork();
  } else {
    return trace();
  }
  if (child == 0) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) ? 1 : 0);
  return reap(child) ? 1 : trace();
}
