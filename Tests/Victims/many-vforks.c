// many-vforks [N]: a process with N (5) children that are in vfork each, in state D, until it ends. Says
// each line back as `line TEXT`.

#include "victim.h"

int main(int argc, char **argv) {
  begin();
  int count = (int)argument(argc, argv, 1, 5);
  for (int k = 0; k < count; k++) {
    pid_t child = fork();
    if (child < 0) give_up("fork");
    if (child > 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (vfork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) pause();
    }
    _exit(0);
  }
  say_ready();
  echo_lines();
  return 0;
}
