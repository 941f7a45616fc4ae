// Blocked in read(0) inside a SIGUSR1 handler that runs on an alternate stack. Says each line back as
// `line TEXT`; at the end of stdin it returns from the handler, says `returned` and exits.

#include "victim.h"

static char stack[64 * 1024];

static void stay(int signal_number) {
  (void)signal_number;
  say_ready();
  echo_lines();
}

int main(void) {
  begin();
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  if (sigaltstack(&alternate, NULL) != 0) give_up("sigaltstack");
  struct sigaction action = {.sa_handler = stay, .sa_flags = SA_ONSTACK | SA_RESTART};
  if (sigaction(SIGUSR1, &action, NULL) != 0) give_up("sigaction");
  raise(SIGUSR1);
  // Getting here needs the frame that the kernel left on the alternate stack to be whole still.
  say("returned");
  return 0;
}
