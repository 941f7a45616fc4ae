// Blocked in read(0) inside a SIGUSR1 handler on the normal stack, so the kernel's frame lies right
// above it, and below it a red zone that is in use. Says each line back as `line TEXT`; at the end of
// stdin it returns from the handler, says `returned`, or `corrupt`, and exits.

#include "victim.h"

static void stay(int signal_number) {
  (void)signal_number;
  say_ready();
  echo_lines();
}

int main(void) {
  begin();
  struct sigaction action = {.sa_handler = stay, .sa_flags = SA_RESTART};
  if (sigaction(SIGUSR1, &action, NULL) != 0) give_up("sigaction");
  uint64_t held = 0;
  // A word below the stack pointer, over the whole life of the handler.
  __asm__ volatile(
      "movabsq $0x66696e692d747261, %%rax\n"
      "movq %%rax, -120(%%rsp)\n"
      "movl $39, %%eax\n"  // getpid
      "syscall\n"
      "movl %%eax, %%edi\n"
      "movl $10, %%esi\n"
      "movl $62, %%eax\n"  // kill: the handler runs before this returns
      "syscall\n"
      "movq -120(%%rsp), %0\n"
      : "=r"(held)
      :
      : "rax", "rdi", "rsi", "rcx", "r11", "memory");
  say(held == 0x66696e692d747261 ? "returned" : "corrupt red zone");
  return 0;
}
