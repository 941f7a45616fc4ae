// vfork-parent [SECONDS]: waits in vfork for a child that sleeps, in state D, where no interrupt
// reaches it; then says `over` and echoes lines. The line `again` has it do so anew.

#include "victim.h"

int main(int argc, char **argv) {
  begin();
  struct timespec time = seconds(argument(argc, argv, 1, 2));

  say_ready();
  for (char *line = "again"; line; line = next_line()) {
    if (!same(line, "again")) {
      echo(line);
      continue;
    }
    if (vfork() == 0) {
      nanosleep(&time, NULL);
      _exit(0);
    }
    say("over");
  }
  return 0;
}
