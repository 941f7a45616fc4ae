// forks: makes a child that exits at once and waits for it, again and again; on SIGUSR2 it says
// `forks N`, and it ends with its stdin. A child that did not end as it should is told as `corrupt`.

#include <sys/wait.h>

#include "victim.h"

static volatile sig_atomic_t asked;

static void ask(int signal_number) {
  (void)signal_number;
  asked = 1;
}

int main(void) {
  begin();
  struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESTART};
  if (sigaction(SIGUSR2, &action, NULL) != 0) give_up("sigaction");

  say_ready();
  for (unsigned long turns = 1;; turns++) {
    pid_t child = fork();
    if (child < 0) give_up("fork");
    if (child == 0) _exit((int)(turns & 63));
    int status = 0;
    if (waitpid(child, &status, 0) != child) give_up("waitpid");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != (int)(turns & 63)) say("corrupt %x", status);
    if (asked) {
      asked = 0;
      say("forks %lu", turns);
    }
    if (turns % 64 == 0 && input_ended()) return 0;
  }
}
