// called: calls marked_function every 10 ms, for tracers with breakpoints to hit; says `ready ADDRESS`
// once and `calls N` when told `calls`. Exits 0 when its stdin ends. It has a handler for SIGTRAP that
// nothing should ever call; it says `trapped` if something does.

#define _GNU_SOURCE
#include "victim.h"

static volatile unsigned calls;

__attribute__((noinline, noclone, externally_visible)) void marked_function(void) {
  calls++;
  __asm__ volatile("");
}

static void trapped(int number) {
  (void)number;
  say("trapped");
  _exit(3);
}

int main(int argc, char **argv) {
  begin();
  // Told `default` it keeps the default action: SIGTRAP ends it.
  if (argc < 2 || !same(argv[1], "default")) signal(SIGTRAP, trapped);
  say("ready %p", (void *)marked_function);
  for (;;) {
    struct pollfd standard_input = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&standard_input, 1, 10) > 0) {
      if (read_more() == 0) return 0;
      for (char *line; (line = line_at_hand());) say("%s %u", line, calls);
    }
    marked_function();
  }
}
