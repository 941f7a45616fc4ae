// Computes without end while it holds known values in every register a program can have: general, x87,
// xmm, ymm, zmm and mask registers as far as the processor has them. It compares them after each turn, and
// its signal mask and alternate stack now and then. If one of them has changed, it says `corrupt WHAT` and
// exits with status 3.
//
// On SIGUSR2 it says `turns N`. It ends with its stdin.

#include "victim.h"

#if !defined(__x86_64__)
#error "busy knows the registers of x86-64 only"
#endif

// How long the values stay in the registers: some 20 microseconds, much longer than the comparison takes.
enum { rounds_per_turn = 20000, turns_per_check = 1000 };

// What the registers are to hold and what they held, where the assembly can reach them without a
// register of its own. Order of the general ones: see `general_names`.
uint64_t want_general[15], seen_general[15];
uint64_t want_stack, seen_stack;
unsigned char want_x87[8][16], seen_x87[8][16];
unsigned char want_vector[32][64], seen_vector[32][64];
uint16_t want_opmask[8], seen_opmask[8];
uint32_t want_mxcsr, seen_mxcsr, usual_mxcsr;
uint16_t want_x87_control, seen_x87_control, usual_x87_control;
uint64_t rounds_left;

static const char *const general_names[15] = {
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8",
    "r9",  "r10", "r11", "r12", "r13", "r14", "r15",
};

// One function for each width: fill everything, count down in memory, put everything back where C can
// compare it. Nothing but the flags changes in between.
__asm__(
    ".macro each_general what, place\n"
    "  .set offset, 0\n"
    "  .irp name, rax,rbx,rcx,rdx,rsi,rdi,rbp,r8,r9,r10,r11,r12,r13,r14,r15\n"
    "    .ifc \\what, load\n"
    "      movq \\place+offset(%rip), %\\name\n"
    "    .else\n"
    "      movq %\\name, \\place+offset(%rip)\n"
    "    .endif\n"
    "    .set offset, offset+8\n"
    "  .endr\n"
    ".endm\n"

    ".macro load_vectors move, kind\n"
    "  .set offset, 0\n"
    "  .irp number, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "    \\move want_vector+offset(%rip), %\\kind\\number\n"
    "    .set offset, offset+64\n"
    "  .endr\n"
    ".endm\n"
    ".macro store_vectors move, kind\n"
    "  .set offset, 0\n"
    "  .irp number, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "    \\move %\\kind\\number, seen_vector+offset(%rip)\n"
    "    .set offset, offset+64\n"
    "  .endr\n"
    ".endm\n"

    ".macro load_wide_vectors\n"
    "  load_vectors vmovdqu64, zmm\n"
    "  .irp number, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "    vmovdqu64 want_vector+offset(%rip), %zmm\\number\n"
    "    .set offset, offset+64\n"
    "  .endr\n"
    "  .set offset, 0\n"
    "  .irp number, 0,1,2,3,4,5,6,7\n"
    "    kmovw want_opmask+offset(%rip), %k\\number\n"
    "    .set offset, offset+2\n"
    "  .endr\n"
    ".endm\n"
    ".macro store_wide_vectors\n"
    "  store_vectors vmovdqu64, zmm\n"
    "  .irp number, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "    vmovdqu64 %zmm\\number, seen_vector+offset(%rip)\n"
    "    .set offset, offset+64\n"
    "  .endr\n"
    "  .set offset, 0\n"
    "  .irp number, 0,1,2,3,4,5,6,7\n"
    "    kmovw %k\\number, seen_opmask+offset(%rip)\n"
    "    .set offset, offset+2\n"
    "  .endr\n"
    ".endm\n"

    // The x87 registers are a stack: what is loaded last is stored first.
    ".macro each_x87 what, place, offsets:vararg\n"
    "  .irp offset, \\offsets\n"
    "    \\what \\place+\\offset(%rip)\n"
    "  .endr\n"
    ".endm\n"

    ".macro begin_hold\n"
    "  .irp name, rbx,rbp,r12,r13,r14,r15\n"
    "    pushq %\\name\n"
    "  .endr\n"
    "  movq %rsp, want_stack(%rip)\n"
    "  ldmxcsr want_mxcsr(%rip)\n"
    "  fldcw want_x87_control(%rip)\n"
    "  each_x87 fldt, want_x87, 0,16,32,48,64,80,96,112\n"
    ".endm\n"
    ".macro hold\n"
    "  each_general load, want_general\n"
    "1: subq $1, rounds_left(%rip)\n"
    "  jnz 1b\n"
    "  movq %rsp, seen_stack(%rip)\n"
    "  each_general store, seen_general\n"
    ".endm\n"
    ".macro end_hold\n"
    "  each_x87 fstpt, seen_x87, 112,96,80,64,48,32,16,0\n"
    "  fnstcw seen_x87_control(%rip)\n"
    "  fldcw usual_x87_control(%rip)\n"
    "  stmxcsr seen_mxcsr(%rip)\n"
    "  ldmxcsr usual_mxcsr(%rip)\n"
    "  .irp name, r15,r14,r13,r12,rbp,rbx\n"
    "    popq %\\name\n"
    "  .endr\n"
    "  ret\n"
    ".endm\n"

    ".text\n"
    "hold_128:\n"
    "  begin_hold\n"
    "  load_vectors movdqu, xmm\n"
    "  hold\n"
    "  store_vectors movdqu, xmm\n"
    "  end_hold\n"
    "hold_256:\n"
    "  begin_hold\n"
    "  load_vectors vmovdqu, ymm\n"
    "  hold\n"
    "  store_vectors vmovdqu, ymm\n"
    "  vzeroupper\n"
    "  end_hold\n"
    "hold_512:\n"
    "  begin_hold\n"
    "  load_wide_vectors\n"
    "  hold\n"
    "  store_wide_vectors\n"
    "  vzeroupper\n"
    "  end_hold\n");

void hold_128(void);
void hold_256(void);
void hold_512(void);

// What this processor has.
static void (*hold_values)(void) = hold_128;
static int vector_count = 16, vector_bytes = 16, opmask_count = 0;

static char alternate_stack[64 * 1024];
static stack_t want_alternate;
static sigset_t want_mask;
static volatile sig_atomic_t asked;

static void ask(int signal_number) {
  (void)signal_number;
  asked = 1;
}

__attribute__((noreturn, format(printf, 1, 2))) static void corrupt(const char *format, ...) {
  char what[200];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  say("corrupt %s", what);
  _exit(3);
}

/// Another number for each call (splitmix64), so that no two registers hold the same.
static uint64_t next_value(void) {
  static uint64_t state = 0x66696e69;
  uint64_t value = (state += 0x9e3779b97f4a7c15);
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

static void choose_values(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) {
    hold_values = hold_512, vector_count = 32, vector_bytes = 64, opmask_count = 8;
  } else if (__builtin_cpu_supports("avx")) {
    hold_values = hold_256, vector_bytes = 32;
  }

  for (int index = 0; index < 15; index++) want_general[index] = next_value();
  for (int index = 0; index < 32 * 64; index += 8) {
    uint64_t value = next_value();
    memcpy(&want_vector[0][0] + index, &value, 8);
  }
  for (int index = 0; index < 8; index++) {
    want_opmask[index] = (uint16_t)next_value();
    // A normal number near 1: a NaN or an unnormal might be changed by the load itself.
    uint64_t significand = next_value() | 1ULL << 63;
    uint16_t exponent = (uint16_t)(0x3fff + index);
    memcpy(want_x87[index], &significand, 8);
    memcpy(want_x87[index] + 8, &exponent, 2);
  }

  __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(usual_mxcsr), "=m"(usual_x87_control));
  want_mxcsr = usual_mxcsr | 0x6000;              // rounds towards zero,
  want_x87_control = usual_x87_control | 0x0c00;  // as does this: neither is how a process starts
}

static void check_values(void) {
  for (int index = 0; index < 15; index++) {
    if (seen_general[index] == want_general[index]) continue;
    corrupt("%s %#llx not %#llx", general_names[index], (unsigned long long)seen_general[index],
            (unsigned long long)want_general[index]);
  }
  if (seen_stack != want_stack) corrupt("rsp");
  for (int index = 0; index < 8; index++) {
    // Ten bytes long; loaded last, index 7 was st(0).
    if (memcmp(seen_x87[index], want_x87[index], 10) != 0) corrupt("st%d", 7 - index);
  }
  if (seen_x87_control != want_x87_control) corrupt("x87 control %#x", seen_x87_control);
  if (seen_mxcsr != want_mxcsr) corrupt("mxcsr %#x", seen_mxcsr);
  for (int index = 0; index < vector_count; index++) {
    // The byte tells which part was lost: the kernel keeps each width in a place of its own.
    for (int byte = 0; byte < vector_bytes; byte++) {
      if (seen_vector[index][byte] == want_vector[index][byte]) continue;
      corrupt("%cmm%d byte %d %#x not %#x", vector_bytes == 64 ? 'z' : vector_bytes == 32 ? 'y' : 'x',
              index, byte, seen_vector[index][byte], want_vector[index][byte]);
    }
  }
  for (int index = 0; index < opmask_count; index++) {
    if (seen_opmask[index] != want_opmask[index]) corrupt("k%d", index);
  }
}

static void check_signals(void) {
  sigset_t mask;
  sigprocmask(SIG_SETMASK, NULL, &mask);
  if (signal_bits(&mask) != signal_bits(&want_mask)) {
    corrupt("mask %016llx not %016llx", signal_bits(&mask), signal_bits(&want_mask));
  }
  stack_t alternate;
  sigaltstack(NULL, &alternate);
  if (alternate.ss_sp != want_alternate.ss_sp || alternate.ss_size != want_alternate.ss_size ||
      alternate.ss_flags != want_alternate.ss_flags) {
    corrupt("altstack %p size %zu flags %d", alternate.ss_sp, alternate.ss_size, alternate.ss_flags);
  }
}

int main(void) {
  begin();
  choose_values();
  want_alternate = (stack_t){.ss_sp = alternate_stack, .ss_size = sizeof alternate_stack};
  if (sigaltstack(&want_alternate, NULL) != 0) give_up("sigaltstack");
  // Two that are never sent to it, one of them real-time: a mask cut to 32 bits would show.
  want_mask = only(SIGWINCH);
  sigaddset(&want_mask, SIGRTMAX);
  sigprocmask(SIG_SETMASK, &want_mask, NULL);
  struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESTART | SA_ONSTACK};
  if (sigaction(SIGUSR2, &action, NULL) != 0) give_up("sigaction");

  say_ready();
  for (unsigned long long turns = 1;; turns++) {
    rounds_left = rounds_per_turn;
    hold_values();
    check_values();
    if (asked) {
      asked = 0;
      say("turns %llu", turns);
    }
    if (turns % turns_per_check == 0) {
      check_signals();
      if (input_ended()) return 0;
    }
  }
}
