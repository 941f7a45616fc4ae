// flits me|seize ROUNDS [MS]: traces a child of its own, which asks for it (PTRACE_TRACEME) or is seized, lets it stop and
// go on ROUNDS times, with MS ms between, and lets it go. Exits 0 if each stop came.
//
// With `me` the parent is in its first wait before the child asks to be traced, as a debugger is that starts a program.
//
// flits many COUNT MODE ROUNDS MS: COUNT of these at the same time, each a process of its own that runs this program.

#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void nap(long ms) {
  struct timespec moment = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
  nanosleep(&moment, NULL);
}

static int many(int argc, char **argv) {
  int count = atoi(argv[2]), failures = 0;
  for (int k = 0; k < count; k++) {
    pid_t child = fork();
    if (child < 0) return 2;
    if (child == 0) {
      execl(argv[0], argv[0], argv[3], argv[4], argc > 5 ? argv[5] : "0", NULL);
      _exit(127);
    }
  }
  for (int k = 0; k < count; k++) {
    int status;
    if (wait(&status) < 0 || status != 0) failures++;
  }
  return failures > 0;
}

int main(int argc, char **argv) {
  if (argc >= 5 && strcmp(argv[1], "many") == 0) return many(argc, argv);
  if (argc < 3) return 64;
  int asks = strcmp(argv[1], "me") == 0, rounds = atoi(argv[2]), status;
  long ms = argc > 3 ? atol(argv[3]) : 0;
  pid_t child = fork();
  if (child < 0) return 2;
  if (child == 0) {
    // A tracer that is killed leaves nothing.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!asks) for (;;) pause();
    // The parent is to be in its wait by now.
    nap(20);
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    for (;;) raise(SIGSTOP);
  }
  int good = 1;
  if (asks) {
    good = waitpid(child, &status, 0) == child && WIFSTOPPED(status);
  } else {
    good = ptrace(PTRACE_SEIZE, child, 0, 0) == 0;
  }
  for (int k = 0; k < rounds && good; k++) {
    if (asks) {
      good = ptrace(PTRACE_CONT, child, 0, 0) == 0;
    } else {
      good = ptrace(PTRACE_INTERRUPT, child, 0, 0) == 0;
    }
    good = good && waitpid(child, &status, 0) == child && WIFSTOPPED(status);
    if (!asks) good = good && ptrace(PTRACE_CONT, child, 0, 0) == 0;
    if (ms) nap(ms);
  }
  if (!asks) good = good && ptrace(PTRACE_INTERRUPT, child, 0, 0) == 0 && waitpid(child, &status, 0) == child;
  good = good && ptrace(PTRACE_DETACH, child, 0, 0) == 0;
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return !good;
}
