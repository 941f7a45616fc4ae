// in-64-bit-code-32: a 32-bit program whose only thread runs 64-bit code: it waits in read(0) by
// `syscall` and says each line back as `line TEXT`.

#include "victim.h"

static char text[2048] = "line ";

int main(void) {
  begin();
  say_ready();
  // The assembler for 32-bit objects takes no 64-bit code: these are its bytes.
  __asm__ volatile(
      "  push $0x33\n"
      "  call 1f\n"
      "1: addl $(2f - 1b), (%%esp)\n"
      "  lret\n"
      "2: .byte 0x31, 0xc0\n"              // xor eax, eax (read)
      "  .byte 0x31, 0xff\n"              // xor edi, edi
      "  .byte 0x48, 0x8d, 0x73, 5\n"     // lea rsi, [rbx + 5]
      "  .byte 0xba, 0, 4, 0, 0\n"        // mov edx, 1024
      "  .byte 0x0f, 0x05\n"              // syscall
      "  .byte 0x48, 0x85, 0xc0\n"        // test rax, rax
      "  .byte 0x7e, 21\n"                // jle out
      "  .byte 0x48, 0x8d, 0x50, 5\n"     // lea rdx, [rax + 5]
      "  .byte 0xb8, 1, 0, 0, 0\n"        // mov eax, 1 (write)
      "  .byte 0xbf, 1, 0, 0, 0\n"        // mov edi, 1
      "  .byte 0x48, 0x89, 0xde\n"        // mov rsi, rbx
      "  .byte 0x0f, 0x05\n"              // syscall
      "  .byte 0xeb, 0xd7\n"              // jmp 2b
      "  .byte 0xb8, 60, 0, 0, 0\n"       // out: mov eax, 60 (exit)
      "  .byte 0x31, 0xff\n"              // xor edi, edi
      "  .byte 0x0f, 0x05\n"              // syscall
      :
      : "b"(text)
      : "memory");
  __builtin_unreachable();
}
