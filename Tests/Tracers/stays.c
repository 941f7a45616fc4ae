// stays: a command that does not end when it is asked to.
//
//   stays            ignores SIGTERM, and sleeps
//   stays PID        does that with PID seized and stopped
//   stays held       does that while a child, in a session of its own, traces it and never waits for it:
//                    even killed it does not end for its parent
//   stays child PID  does as `stays PID` in a child, and ends by SIGTERM itself
//
// Says "ready NUMBER" with the process that does it. All end by themselves after a minute.

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what) {
  fprintf(stderr, "stays: %s: %s\n", what, strerror(errno));
  return 1;
}

static _Noreturn void stay(void) {
  printf("ready %d\n", getpid());
  fflush(stdout);
  for (;;) pause();
}

static int hold(pid_t target) {
  if (ptrace(PTRACE_SEIZE, target, 0, 0)) return fail("seize");
  if (ptrace(PTRACE_INTERRUPT, target, 0, 0)) return fail("interrupt");
  int status = 0;
  if (waitpid(target, &status, __WALL) != target || !WIFSTOPPED(status)) return fail("wait");
  stay();
}

static int trace_parent(pid_t parent, int told) {
  alarm(60);
  setsid();
  if (ptrace(PTRACE_SEIZE, parent, 0, 0)) return fail("seize the parent");
  if (write(told, "t", 1) != 1) return fail("write");
  close(told);
  stay();
}

int main(int count, char **words) {
  alarm(60);
  if (count > 2 && !strcmp(words[1], "child")) {
    if (fork()) for (;;) pause();
    alarm(60);
    signal(SIGTERM, SIG_IGN);
    return hold(atoi(words[2]));
  }
  signal(SIGTERM, SIG_IGN);
  if (count < 2) stay();
  if (strcmp(words[1], "held")) return hold(atoi(words[1]));
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  int told[2];
  if (pipe(told)) return fail("pipe");
  pid_t self = getpid();
  pid_t child = fork();
  if (child < 0) return fail("fork");
  if (!child) return trace_parent(self, told[1]);
  close(told[1]);
  char byte;
  if (read(told[0], &byte, 1) != 1) return 1;
  for (;;) pause();
}
