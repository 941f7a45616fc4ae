// Blocked in read(0), with SIGUSR1 handled and counted but blocked.
//
//   unblock   unblocks it, which delivers what is pending
//   count     says `count N`

#include "victim.h"

int main(void) {
  begin();
  sigset_t set = only(SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  count_signals(SIGUSR1);

  say_ready();
  for (char *line; (line = next_line());) {
    if (same(line, "unblock")) {
      sigprocmask(SIG_UNBLOCK, &set, NULL);
    } else if (same(line, "count")) {
      say("count %d", (int)counted_signals);
    } else {
      say("unknown %s", line);
    }
  }
  return 0;
}
