// Blocked in read(0), counting each SIGUSR1 it handles (SA_RESTART, so read goes on by itself).
//
//   count   says `count N`

#include "victim.h"

int main(void) {
  begin();
  count_signals(SIGUSR1);

  say_ready();
  for (char *line; (line = next_line());) {
    if (same(line, "count")) {
      say("count %d", (int)counted_signals);
    } else {
      say("unknown %s", line);
    }
  }
  return 0;
}
