// renamed NAME: calls itself NAME, at most 15 bytes, whatever they are; then echoes lines.

#include "victim.h"

#include <sys/prctl.h>

int main(int argc, char **argv) {
  begin();
  if (argc < 2 || prctl(PR_SET_NAME, argv[1]) != 0) give_up("prctl");
  say_ready();
  echo_lines();
  return 0;
}
