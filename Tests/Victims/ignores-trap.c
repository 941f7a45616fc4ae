// Blocked in read(0) with SIGTRAP ignored. A tracer's own traps still stop it, and a forced SIGTRAP
// resets the disposition to the default, which `show` reveals.
//
//   show   says `trap DISPOSITION` (ign, dfl, handler)

#include "victim.h"

int main(void) {
  begin();
  signal(SIGTRAP, SIG_IGN);

  say_ready();
  for (char *line; (line = next_line());) {
    if (same(line, "show")) {
      say("trap %s", disposition(SIGTRAP));
    } else {
      say("unknown %s", line);
    }
  }
  return 0;
}
