// Blocked in read(0) with SIGTRAP blocked, handled and pending: it queued it to itself with the value
// 42. A tracer that lets SIGTRAP through takes it out of the queue.
//
//   show      says `pending BITS handled N`, as in /proc/PID/status
//   unblock   unblocks it, which delivers it, and says `handled N CODE VALUE`

#include "victim.h"

static volatile sig_atomic_t last_code, last_value;

static void keep(int signal_number, siginfo_t *info, void *context) {
  count_one(signal_number, info, context);
  last_code = info->si_code;
  last_value = info->si_value.sival_int;
}

int main(void) {
  begin();
  sigset_t set = only(SIGTRAP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  struct sigaction action = {.sa_sigaction = keep, .sa_flags = SA_RESTART | SA_SIGINFO};
  if (sigaction(SIGTRAP, &action, NULL) != 0) give_up("sigaction");
  if (sigqueue(getpid(), SIGTRAP, (union sigval){.sival_int = 42}) != 0) give_up("sigqueue");

  say_ready();
  for (char *line; (line = next_line());) {
    if (same(line, "show")) {
      sigset_t pending;
      sigpending(&pending);
      say("pending %016llx handled %d", signal_bits(&pending), (int)counted_signals);
    } else if (same(line, "unblock")) {
      sigprocmask(SIG_UNBLOCK, &set, NULL);
      say("handled %d %d %d", (int)counted_signals, (int)last_code, (int)last_value);
    } else {
      say("unknown %s", line);
    }
  }
  return 0;
}
