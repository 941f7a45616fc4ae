// forks-all-the-time [LIFE_MS]: forks a child, lets it live for LIFE_MS (3) ms, waits for it, forks the
// next, until stdin ends; then says `forked COUNT, FAILED bad ends`. A child that does not exit with
// its own number was harmed.

#include <sys/wait.h>

#include "victim.h"

int main(int argc, char **argv) {
  begin();
  struct timespec life = seconds(argument(argc, argv, 1, 3) / 1e3);
  say_ready();
  long count = 0, bad = 0;
  while (!input_ended()) {
    int code = (int)(count % 200);
    pid_t child = fork();
    if (child < 0) give_up("fork");
    if (child == 0) {
      nanosleep(&life, NULL);
      _exit(code);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != code) bad++;
    count++;
  }
  say("forked %ld, %ld bad ends", count, bad);
  return 0;
}
