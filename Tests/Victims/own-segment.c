// own-segment: its only thread runs 32-bit code in a code segment that it has made by modify_ldt(2): it
// waits in read(0) by `int $0x80` and says each line back as `line TEXT`.

#include <asm/ldt.h>
#include <sys/syscall.h>

#include "echo-32.h"

int main(void) {
  begin();
  char *low = place_echo();
  struct user_desc segment = {
      .entry_number = 0, .base_addr = 0, .limit = 0xfffff, .seg_32bit = 1,
      .contents = MODIFY_LDT_CONTENTS_CODE, .limit_in_pages = 1, .useable = 1};
  if (syscall(SYS_modify_ldt, 1, &segment, sizeof segment) != 0) give_up("modify_ldt");
  // Entry 0 of the local table, for user code.
  enter_echo(low, 7);
}
