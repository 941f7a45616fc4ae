// holds-vectors: blocked in read(0) while every vector and mask register the processor has holds a
// known value: xmm, ymm, zmm and k0 to k7 as far as it goes. After each line it looks at them, says the
// line back as `line TEXT WIDTH` (WIDTH in bits), and fills them anew; a register that is not as it was
// left is told as `corrupt NAME`.

#include "victim.h"

#if !defined(__x86_64__)
#error "holds-vectors knows the registers of x86-64 only"
#endif

uint8_t want[32][64], seen[32][64];
uint16_t want_mask[8], seen_mask[8];

// The call is made between filling and storing, with nothing of C in between: rdi, rsi and rdx have
// read's arguments already.
__asm__(
    ".macro each_vector move, kind, first, last, what\n"
    "  .set number, \\first\n"
    "  .rept \\last - \\first + 1\n"
    "    .altmacro\n"
    "    one_vector \\move, \\kind, %number, \\what\n"
    "    .noaltmacro\n"
    "    .set number, number + 1\n"
    "  .endr\n"
    ".endm\n"
    ".macro one_vector move, kind, number, what\n"
    "  .ifc \\what,fill\n"
    "    \\move want+64*\\number(%rip), %\\kind\\number\n"
    "  .else\n"
    "    \\move %\\kind\\number, seen+64*\\number(%rip)\n"
    "  .endif\n"
    ".endm\n"
    ".macro call_read\n"
    "  xorl %eax, %eax\n"
    "  syscall\n"
    ".endm\n"
    ".text\n"
    "read_128:\n"
    "  each_vector movdqu, xmm, 0, 15, fill\n"
    "  call_read\n"
    "  each_vector movdqu, xmm, 0, 15, store\n"
    "  ret\n"
    "read_256:\n"
    "  each_vector vmovdqu, ymm, 0, 15, fill\n"
    "  call_read\n"
    "  each_vector vmovdqu, ymm, 0, 15, store\n"
    "  vzeroupper\n"
    "  ret\n"
    "read_512:\n"
    "  each_vector vmovdqu64, zmm, 0, 31, fill\n"
    "  .irp number, 0,1,2,3,4,5,6,7\n"
    "    kmovw want_mask+2*\\number(%rip), %k\\number\n"
    "  .endr\n"
    "  call_read\n"
    "  each_vector vmovdqu64, zmm, 0, 31, store\n"
    "  .irp number, 0,1,2,3,4,5,6,7\n"
    "    kmovw %k\\number, seen_mask+2*\\number(%rip)\n"
    "  .endr\n"
    "  vzeroupper\n"
    "  ret\n");

long read_128(int file, void *room, size_t size);
long read_256(int file, void *room, size_t size);
long read_512(int file, void *room, size_t size);

static long (*read_holding)(int, void *, size_t) = read_128;
static int count = 16, bytes = 16, masks = 0;

static void check(void) {
  for (int index = 0; index < count; index++) {
    if (memcmp(want[index], seen[index], (size_t)bytes) != 0) say("corrupt vector %d", index);
  }
  for (int index = 0; index < masks; index++) {
    if (want_mask[index] != seen_mask[index]) say("corrupt k%d", index);
  }
}

int main(void) {
  begin();
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) {
    read_holding = read_512, count = 32, bytes = 64, masks = 8;
  } else if (__builtin_cpu_supports("avx")) {
    read_holding = read_256, bytes = 32;
  }
  uint32_t value = 0x66696e69;
  for (int index = 0; index < 32 * 64; index++) {
    value = value * 1664525 + 1013904223;
    want[index / 64][index % 64] = (uint8_t)(value >> 24);
  }
  for (int index = 0; index < 8; index++) want_mask[index] = (uint16_t)(0x9111 * (index + 1));

  say_ready();
  for (;;) {
    long got = read_holding(STDIN_FILENO, input + input_length, sizeof input - input_length);
    check();
    if (got == 0) return 0;
    if (got < 0) say("eintr");
    if (got > 0) input_length += (size_t)got;
    for (char *line; (line = line_at_hand());) say("line %s %d", line, bytes * 8);
  }
}
