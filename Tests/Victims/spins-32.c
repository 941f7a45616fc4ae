// spins-32: runs 32-bit code that has known words in its registers, the x87 ones, xmm0 to xmm7 and
// the direction flag, and says `damaged` if one is another after a turn. On SIGUSR2 it says `turns N`.

#include "victim.h"

#ifndef __i386__
#error "spins-32 knows the registers of i386 only"
#endif

static const unsigned char vectors[128] __attribute__((aligned(16))) = {
    1, 2, 3, [16] = 4, 5, 6, [32] = 7, 8, 9, [48] = 10, 11, [64] = 12, [80] = 13, [96] = 14, [112] = 15,
};
static volatile sig_atomic_t is_asked;

static void ask(int signal_number) {
  (void)signal_number;
  is_asked = 1;
}

/// Zero if all registers have kept what they were given.
int spin(unsigned rounds, const unsigned char *words);
__asm__(
    ".text\n"
    "spin:\n"
    "  push %ebp\n  push %ebx\n  push %esi\n  push %edi\n"
    "  mov 20(%esp), %eax\n"
    "  mov 24(%esp), %edx\n"
    "  movaps (%edx), %xmm0\n  movaps 16(%edx), %xmm1\n  movaps 32(%edx), %xmm2\n"
    "  movaps 48(%edx), %xmm3\n  movaps 64(%edx), %xmm4\n  movaps 80(%edx), %xmm5\n"
    "  movaps 96(%edx), %xmm6\n  movaps 112(%edx), %xmm7\n"
    "  fld1\n  fldpi\n"
    "  mov $0xb0b1b2b3, %ebx\n  mov $0xc0c1c2c3, %ecx\n  mov $0x50515253, %esi\n"
    "  mov $0xd0d1d2d3, %edi\n  mov $0xe0e1e2e3, %ebp\n"
    "  std\n"
    "1: dec %eax\n  jnz 1b\n"
    "  pushf\n  pop %eax\n  cld\n  test $0x400, %eax\n  jz 2f\n"
    "  cmp $0xb0b1b2b3, %ebx\n  jne 2f\n  cmp $0xc0c1c2c3, %ecx\n  jne 2f\n"
    "  cmp $0x50515253, %esi\n  jne 2f\n  cmp $0xd0d1d2d3, %edi\n  jne 2f\n"
    "  cmp $0xe0e1e2e3, %ebp\n  jne 2f\n  cmp 24(%esp), %edx\n  jne 2f\n"
    "  pcmpeqb (%edx), %xmm0\n  pcmpeqb 16(%edx), %xmm1\n  pcmpeqb 32(%edx), %xmm2\n"
    "  pcmpeqb 48(%edx), %xmm3\n  pcmpeqb 64(%edx), %xmm4\n  pcmpeqb 80(%edx), %xmm5\n"
    "  pcmpeqb 96(%edx), %xmm6\n  pcmpeqb 112(%edx), %xmm7\n"
    "  pand %xmm1, %xmm0\n  pand %xmm2, %xmm0\n  pand %xmm3, %xmm0\n  pand %xmm4, %xmm0\n"
    "  pand %xmm5, %xmm0\n  pand %xmm6, %xmm0\n  pand %xmm7, %xmm0\n"
    "  pmovmskb %xmm0, %eax\n  cmp $0xffff, %eax\n  jne 2f\n"
    "  fldpi\n  fcomip %st(1), %st\n  jne 2f\n  fstp %st(0)\n"
    "  fld1\n  fcomip %st(1), %st\n  jne 2f\n  fstp %st(0)\n"
    "  xor %eax, %eax\n  jmp 3f\n"
    "2: fninit\n  mov $1, %eax\n"
    "3: pop %edi\n  pop %esi\n  pop %ebx\n  pop %ebp\n  ret\n");

int main(void) {
  begin();
  struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESTART};
  if (sigaction(SIGUSR2, &action, NULL) != 0) give_up("sigaction");
  say_ready();
  for (unsigned turns = 0; !input_ended(); turns++) {
    if (spin(20000000, vectors) != 0) say("damaged");
    if (is_asked) {
      is_asked = 0;
      say("turns %u", turns);
    }
  }
  return 0;
}
