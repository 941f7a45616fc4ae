// sends PID ROUNDS: waits until PID has a tracer, then sends it ROUNDS times each of SIGUSR1,
// SIGUSR2 (kill), 40 and 41 (sigqueue). Exits 1 if one could not be sent, or no tracer came in 30 s.

#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int is_traced(const char *path) {
  char line[256];
  int tracer = 0;
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file)) sscanf(line, "TracerPid: %d", &tracer);
  fclose(file);
  return tracer != 0;
}

int main(int argc, char **argv) {
  if (argc != 3) return 64;
  pid_t victim = atoi(argv[1]);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/status", victim);
  struct timespec moment = {.tv_nsec = 100000};
  for (int k = 0; !is_traced(path); k++) {
    if (k == 300000) return 1;
    nanosleep(&moment, NULL);
  }
  int failures = 0, rounds = atoi(argv[2]);
  for (int k = 0; k < rounds; k++) {
    failures += kill(victim, SIGUSR1) != 0;
    failures += kill(victim, SIGUSR2) != 0;
    failures += sigqueue(victim, 40, (union sigval){.sival_int = k}) != 0;
    failures += sigqueue(victim, 41, (union sigval){.sival_int = k}) != 0;
  }
  return failures > 0;
}
