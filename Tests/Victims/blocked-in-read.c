// Blocked in read(0). Says each line back as `line TEXT`, and `eintr` if read ever returns EINTR.

#include "victim.h"

int main(void) {
  begin();
  say_ready();
  echo_lines();
  return 0;
}
