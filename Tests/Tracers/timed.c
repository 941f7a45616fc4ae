// timed FILE COMMAND...: runs COMMAND and appends `wall_us N max_rss_kib N status N` to FILE: the time from
// its start to its end, the most memory that it or one of its children had, and its wait status.
// Exits as the command does, 128 + N for a signal.

#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000ll + time.tv_nsec / 1000;
}

int main(int argc, char **argv) {
  if (argc < 3) return 64;
  long long begun = now();
  pid_t child;
  if (posix_spawnp(&child, argv[2], NULL, NULL, argv + 2, environ) != 0) return 127;
  int status = 0;
  struct rusage usage;
  if (wait4(child, &status, 0, &usage) != child) return 125;
  long long ended = now();
  FILE *file = fopen(argv[1], "a");
  if (!file) return 125;
  fprintf(file, "wall_us %lld max_rss_kib %ld status %d\n", ended - begun, usage.ru_maxrss, status);
  if (fclose(file) != 0) return 125;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
