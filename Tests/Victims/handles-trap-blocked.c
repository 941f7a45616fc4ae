// Blocked in read(0) with SIGTRAP handled and blocked. A SIGTRAP that is forced on it while blocked,
// as a hardware breakpoint's is, kills it.
//
//   show   says `trap DISPOSITION MASK` (ign, dfl, handler; blocked, unblocked)
//   count  says `count N`, how often the handler ran

#include "victim.h"

int main(void) {
  begin();
  sigset_t set = only(SIGTRAP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  count_signals(SIGTRAP);

  say_ready();
  for (char *line; (line = next_line());) {
    if (same(line, "show")) {
      sigset_t mask;
      sigprocmask(SIG_SETMASK, NULL, &mask);
      say("trap %s %s", disposition(SIGTRAP),
          sigismember(&mask, SIGTRAP) == 1 ? "blocked" : "unblocked");
    } else if (same(line, "count")) {
      say("count %d", (int)counted_signals);
    } else {
      say("unknown %s", line);
    }
  }
  return 0;
}
