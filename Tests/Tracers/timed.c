// timed [--own] FILE COMMAND...: runs COMMAND and appends `wall_us N max_rss_kib N status N` to FILE: the
// time from its start to its end, the most memory that it or one of its children had, and its wait
// status. With --own the memory is its own alone (VmHWM, looked at every 2 ms) and the time is rough.
// Exits as the command does, 128 + N for a signal.

#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000ll + time.tv_nsec / 1000;
}

static long own_peak(pid_t child) {
  char path[64], line[256];
  long peak = 0;
  snprintf(path, sizeof path, "/proc/%d/status", child);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file)) sscanf(line, "VmHWM: %ld", &peak);
  fclose(file);
  return peak;
}

int main(int argc, char **argv) {
  int own = argc > 1 && strcmp(argv[1], "--own") == 0;
  if (own) argc--, argv++;
  if (argc < 3) return 64;
  long long begun = now();
  pid_t child;
  if (posix_spawnp(&child, argv[2], NULL, NULL, argv + 2, environ) != 0) return 127;
  int status = 0;
  struct rusage usage;
  long peak = 0;
  struct timespec moment = {.tv_nsec = 2000000};
  pid_t reaped;
  while ((reaped = wait4(child, &status, own ? WNOHANG : 0, &usage)) == 0) {
    long seen = own_peak(child);
    if (seen > peak) peak = seen;
    nanosleep(&moment, NULL);
  }
  if (reaped != child) return 125;
  if (!own) peak = usage.ru_maxrss;
  long long ended = now();
  FILE *file = fopen(argv[1], "a");
  if (!file) return 125;
  fprintf(file, "wall_us %lld max_rss_kib %ld status %d\n", ended - begun, peak, status);
  if (fclose(file) != 0) return 125;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
