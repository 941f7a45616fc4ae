// holds-flags [spins]: has every flag set that a program can have set without a trap: the arithmetic
// flags, DF, NT, AC and ID. With them set it waits in read(0) and says each line back as `line TEXT`; after each wait
// it looks at its flags and tells one that was lost, or won, as `corrupt flags ...`.
//
// With `spins` it has them while it counts, all in one turn and none in the next, and says `turns N` on
// SIGUSR2. It ends with its stdin.

#include "victim.h"

enum {
  always = 0x202,                  // bit 1 and IF
  arithmetic = 0x8d5,              // CF, PF, AF, ZF, SF, OF
  direction = 0x400,               // DF
  nested = 0x4000,                 // NT
  alignment = 0x40000,             // AC
  identification = 0x200000,       // ID
  all = always | arithmetic | direction | nested | alignment | identification,
};

/// read(descriptor, text, count) with these flags; *seen are those after it.
long read_with(long descriptor, void *text, size_t count, size_t flags, size_t *seen);
/// Counts down with these flags; the result are those after it.
size_t count_with(size_t rounds, size_t flags);

#if defined(__x86_64__)
__asm__(
    ".text\n"
    "read_with:\n"
    "  movl $0, %eax\n"
    "  pushq %rcx\n"
    "  popfq\n"
    "  syscall\n"
    "  pushfq\n"
    "  popq (%r8)\n"
    "  pushq $0x202\n"
    "  popfq\n"
    "  ret\n"
    "count_with:\n"
    "  movq %rdi, %rcx\n"
    "  pushq %rsi\n"
    "  popfq\n"
    "1: leaq -1(%rcx), %rcx\n"
    "  jrcxz 2f\n"
    "  jmp 1b\n"
    "2: pushfq\n"
    "  popq %rax\n"
    "  pushq $0x202\n"
    "  popfq\n"
    "  ret\n");
#else
__asm__(
    ".text\n"
    "read_with:\n"
    "  pushl %ebx\n"
    "  movl 8(%esp), %ebx\n"
    "  movl 12(%esp), %ecx\n"
    "  movl 16(%esp), %edx\n"
    "  movl $3, %eax\n"
    "  pushl 20(%esp)\n"
    "  popfl\n"
    "  int $0x80\n"
    "  movl 24(%esp), %ecx\n"
    "  pushfl\n"
    "  popl (%ecx)\n"
    "  pushl $0x202\n"
    "  popfl\n"
    "  popl %ebx\n"
    "  ret\n"
    "count_with:\n"
    "  movl 4(%esp), %ecx\n"
    "  pushl 8(%esp)\n"
    "  popfl\n"
    "1: leal -1(%ecx), %ecx\n"
    "  jecxz 2f\n"
    "  jmp 1b\n"
    "2: pushfl\n"
    "  popl %eax\n"
    "  pushl $0x202\n"
    "  popfl\n"
    "  ret\n");
#endif

static void check(size_t seen, size_t wanted) {
  if (seen != wanted) say("corrupt flags %#zx not %#zx", seen, wanted);
}

static volatile sig_atomic_t asked;

static void ask(int signal_number) {
  (void)signal_number;
  asked = 1;
}

static void spin(void) {
  struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESTART};
  if (sigaction(SIGUSR2, &action, NULL) != 0) give_up("sigaction");
  say_ready();
  for (unsigned long turns = 1;; turns++) {
    size_t flags = turns % 2 == 1 ? all : always;
    check(count_with(2000000, flags), flags);
    if (asked) {
      asked = 0;
      say("turns %lu", turns);
    }
    if (input_ended()) return;
  }
}

int main(int argc, char **argv) {
  begin();
  if (argc > 1 && same(argv[1], "spins")) {
    spin();
    return 0;
  }
  say_ready();
  for (;;) {
    size_t seen = 0;
    long got = read_with(STDIN_FILENO, input + input_length, sizeof input - input_length, all, &seen);
    check(seen, all);
    if (got == 0) return 0;
    if (got == -EINTR) {
      say("eintr");
      continue;
    }
    if (got < 0) give_up("read");
    input_length += (size_t)got;
    for (char *line; (line = line_at_hand());) echo(line);
  }
}
