// In a group-stop: it says `ready` and stops itself with SIGSTOP at once after. After SIGCONT it says
// `continued`, blocks in read(0) and says each line back as `line TEXT`.

#include "victim.h"

int main(void) {
  begin();
  say_ready();
  raise(SIGSTOP);
  say("continued");
  echo_lines();
  return 0;
}
