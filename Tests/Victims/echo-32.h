// 32-bit code that a 64-bit program runs: it waits in read(0) by `int $0x80` and says each line back as
// `line TEXT`, until its stdin ends.

#ifndef ECHO_32_H
#define ECHO_32_H

#include <sys/mman.h>

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

enum { ECHO_SIZE = 3 * 4096, ECHO_TEXT = 4096, ECHO_STACK_END = ECHO_SIZE - 64 };

/// Puts the code where its pointers have 32 bits, with room for its lines and its stack.
static inline char *place_echo(void) {
  char *low = mmap(NULL, ECHO_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (low == MAP_FAILED) give_up("mmap");
  memcpy(low, echo_start, (size_t)(echo_end - echo_start));
  memcpy(low + ECHO_TEXT, "line ", 5);
  return low;
}

/// Says that all is ready, and goes on there with this code segment.
__attribute__((noreturn)) static inline void enter_echo(char *low, uint64_t selector) {
  say_ready();
  __asm__ volatile(
      "mov %0, %%rsp\n"
      "push %2\n"
      "push %1\n"
      "lretq\n"
      :
      : "r"(low + ECHO_STACK_END), "r"(low), "r"(selector), "S"(low + ECHO_TEXT)
      : "memory");
  __builtin_unreachable();
}

#endif
