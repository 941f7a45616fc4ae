// vfork-parent [SECONDS]: waits in vfork for a child that sleeps, in state D, where no interrupt
// reaches it; then says `over` and echoes lines.

#include "victim.h"

int main(int argc, char **argv) {
  begin();
  struct timespec time = seconds(argument(argc, argv, 1, 2));

  say_ready();
  if (vfork() == 0) {
    nanosleep(&time, NULL);
    _exit(0);
  }
  say("over");
  echo_lines();
  return 0;
}
