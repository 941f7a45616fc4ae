// execs-itself: a program that starts itself anew without end, by execve. At the end of its stdin it says
// `over N`, N being how often it did that.

#include "victim.h"

int main(int argc, char **argv) {
  begin();
  long turn = (long)argument(argc, argv, 1, 0);
  if (turn == 0) say_ready();
  if (input_ended()) {
    say("over %ld", turn);
    return 0;
  }
  char next[24];
  snprintf(next, sizeof next, "%ld", turn + 1);
  execl("/proc/self/exe", argv[0], next, (char *)NULL);
  give_up("execl");
}
