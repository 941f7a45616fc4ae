// counts NUMBER: blocked in read(0), counting each signal NUMBER it handles (SA_RESTART).
//
//   count   says `count N`
//   last    says `last CODE VALUE SENDER`, of the signal handled last (SENDER is a pid)
//   sum     says `sum N`, of all values that came with one

#include "victim.h"

static volatile sig_atomic_t last_code, last_value, last_sender, sum;

static void keep(int signal_number, siginfo_t *info, void *context) {
  count_one(signal_number, info, context);
  last_code = info->si_code;
  last_value = info->si_value.sival_int;
  last_sender = info->si_pid;
  if (info->si_code == SI_QUEUE) sum += info->si_value.sival_int;
}

int main(int argc, char **argv) {
  begin();
  struct sigaction action = {.sa_sigaction = keep, .sa_flags = SA_RESTART | SA_SIGINFO};
  if (sigaction((int)argument(argc, argv, 1, SIGUSR1), &action, NULL) != 0) give_up("sigaction");

  say_ready();
  for (char *line; (line = next_line());) {
    if (same(line, "count")) {
      say("count %d", (int)counted_signals);
    } else if (same(line, "last")) {
      say("last %d %d %d", (int)last_code, (int)last_value, (int)last_sender);
    } else if (same(line, "sum")) {
      say("sum %d", (int)sum);
    } else {
      say("unknown %s", line);
    }
  }
  return 0;
}
