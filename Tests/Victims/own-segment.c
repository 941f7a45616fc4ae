// own-segment: its only thread runs 32-bit code in a code segment that it has made by modify_ldt(2): it
// waits in read(0) by `int $0x80` and says each line back as `line TEXT`.

#include <asm/ldt.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "victim.h"

extern const char echo_start[], echo_end[];
__asm__(
    ".text\n"
    ".code32\n"
    "echo_start:\n"
    "  mov $3, %eax\n  xor %ebx, %ebx\n  lea 5(%esi), %ecx\n  mov $1024, %edx\n  int $0x80\n"
    "  test %eax, %eax\n  jle 1f\n"
    "  lea 5(%eax), %edx\n  mov $4, %eax\n  mov $1, %ebx\n  mov %esi, %ecx\n  int $0x80\n"
    "  jmp echo_start\n"
    "1: mov $1, %eax\n  xor %ebx, %ebx\n  int $0x80\n"
    "echo_end:\n"
    ".code64\n");

int main(void) {
  begin();
  enum { SIZE = 3 * 4096, TEXT = 4096, STACK_END = SIZE - 64 };
  char *low = mmap(NULL, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (low == MAP_FAILED) give_up("mmap");
  memcpy(low, echo_start, (size_t)(echo_end - echo_start));
  memcpy(low + TEXT, "line ", 5);
  struct user_desc segment = {
      .entry_number = 0, .base_addr = 0, .limit = 0xfffff, .seg_32bit = 1,
      .contents = MODIFY_LDT_CONTENTS_CODE, .limit_in_pages = 1, .useable = 1};
  if (syscall(SYS_modify_ldt, 1, &segment, sizeof segment) != 0) give_up("modify_ldt");
  say_ready();
  // Entry 0 of the local table, for user code.
  __asm__ volatile(
      "mov %0, %%rsp\n"
      "push $7\n"
      "push %1\n"
      "lretq\n"
      :
      : "r"(low + STACK_END), "r"(low), "S"(low + TEXT)
      : "memory");
  __builtin_unreachable();
}
