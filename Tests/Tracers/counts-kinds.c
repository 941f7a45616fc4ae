// counts-kinds FILE: counts four signals and sleeps; two of them it blocks until the end.
//
// Handled at once: SIGUSR1 (10), which coalesces, and 40, which queues. Blocked: SIGUSR2 (12) and 41.
// Told to end by SIGTERM it unblocks those, lets them come, writes a line `SIGNAL COUNT` for each to
// FILE and exits 0. It reads and says nothing, so that a checkpoint can be made of it.

#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const int kinds[4] = {SIGUSR1, SIGUSR2, 40, 41};
static volatile sig_atomic_t counts[65], is_over;

static void count(int number) { counts[number]++; }
static void end(int number) {
  (void)number;
  is_over = 1;
}

int main(int argc, char **argv) {
  if (argc != 2) return 64;
  struct sigaction action = {.sa_handler = count, .sa_flags = SA_RESTART};
  for (int k = 0; k < 4; k++) {
    if (sigaction(kinds[k], &action, NULL) != 0) return 1;
  }
  sigset_t blocked, waiting;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  sigaddset(&blocked, 41);
  waiting = blocked;
  // Taken in sigsuspend alone, so that it can't come between the look and the sleep.
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  action.sa_handler = end;
  sigaction(SIGTERM, &action, NULL);
  while (!is_over) sigsuspend(&waiting);
  sigprocmask(SIG_UNBLOCK, &blocked, NULL);
  FILE *file = fopen(argv[1], "w");
  if (!file) return 1;
  for (int k = 0; k < 4; k++) fprintf(file, "%d %d\n", kinds[k], (int)counts[kinds[k]]);
  return fclose(file) == 0 ? 0 : 1;
}
