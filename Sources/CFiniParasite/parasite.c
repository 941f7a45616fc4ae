// The parasite. Every function lives in the section finiblob; the linker gives its bounds.
//
// Everything that the compiler might add by itself (stack protector, sanitizers, coverage, vector
// registers, calls to memcpy) is switched off for each function, so that the bytes are the same in
// every configuration. ParasiteBlobTests runs the same checks as tools/check.
#include "CFiniParasite.h"

#define PARASITE                                                                             \
  __attribute__((section("finiblob"), used, noinline, target("general-regs-only"),           \
                 no_sanitize("all", "coverage"), disable_sanitizer_instrumentation,          \
                 no_stack_protector, no_profile_instrument_function, no_instrument_function))
#define INLINE __attribute__((always_inline, target("general-regs-only"))) static inline

enum {
  NR_CLOSE = 3,
  NR_BRK = 12,
  NR_RT_SIGPROCMASK = 14,
  NR_SCHED_YIELD = 24,
  NR_GETPID = 39,
  NR_SENDTO = 44,
  NR_RECVFROM = 45,
  NR_SOCKETPAIR = 53,
  NR_RT_SIGPENDING = 127,
  NR_SIGALTSTACK = 131,
  NR_GETTID = 186,
  NR_FUTEX = 202,
};

enum { INTERRUPTED = -4, NO_SIGPIPE = 0x4000 };

INLINE long call6(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
INLINE long call3(long number, long a, long b, long c) { return call6(number, a, b, c, 0, 0, 0); }

// Takes the stack pointer for rt_sigreturn in rdi and does not return. The breakpoint of the
// strategy `breakpoint` is on the syscall instruction itself, so no instruction may run between the
// two. The call returns only if a tracer has cancelled it. If that tracer is dead, the way out is
// the bridge (TracerDeathTests, a sleeper whose rt_sigreturn was cancelled).
__asm__(
    ".pushsection finiblob,\"ax\",@progbits\n"
    "fini_leave:\n"
    "  mov %rdi, %rsp\n"
    "  mov $15, %eax\n"
    "fini_sigreturn_instruction:\n"
    "  syscall\n"
    "  mov %rsi, %rdi\n"
    "  mov %rdx, %rsi\n"
    "  test %rdi, %rdi\n"
    "  jnz fini_cross\n"
    "  ud2\n"
    "fini_cross:\n"
    "  mov %rsi, %rbx\n"
    "  jmp *%rdi\n"
    "fini_sigreturn_address:\n"
    "  lea fini_sigreturn_instruction(%rip), %rax\n"
    "  ret\n"
    ".popsection\n");
extern __attribute__((visibility("hidden"), noreturn)) void fini_leave(uint64_t frame_sp,
                                                                       uint64_t bridge,
                                                                       uint64_t region);
// Jumps to the bridge, which unmaps this memory.
extern __attribute__((visibility("hidden"), noreturn)) void fini_cross(uint64_t bridge,
                                                                       uint64_t region);
extern __attribute__((visibility("hidden"))) uint64_t fini_sigreturn_address(void);
extern __attribute__((visibility("hidden"))) const char fini_sigreturn_instruction[];

enum { FUTEX_WAIT = 0, OWNER_DIED = 0x40000000, OWNER = 0x3fffffff, WAITERS = (int)0x80000000 };

// Whether the tracer's thread has ended: the kernel has marked the life lock, or the thread
// unlocked it.
INLINE int is_abandoned(unsigned life) { return life & OWNER_DIED || !(life & OWNER); }

// Waits until the parasite may write the shared memory. Returns zero if the tracer is dead. A descriptor would not show that before
// the tracer has its copy of the socket, nor after the parasite has closed its own; the life lock
// always does.
PARASITE static int await_memory(struct fini_arguments *arguments) {
  unsigned *life = (unsigned *)&arguments->life;
  // The tracer needs a few microseconds, and waking a sleeper takes much longer.
  for (int i = 0; i < 100; i++) {
    if (__atomic_load_n(&arguments->writer, __ATOMIC_ACQUIRE) == FINI_WRITER_PARASITE) return 1;
    call3(NR_SCHED_YIELD, 0, 0, 0);
  }
  for (;;) {
    unsigned seen = __atomic_fetch_or(life, (unsigned)WAITERS, __ATOMIC_SEQ_CST) | (unsigned)WAITERS;
    if (is_abandoned(seen)) return 0;
    // The tracer clears WAITERS after it has handed the memory over, so this wake-up can't be missed.
    if (__atomic_load_n(&arguments->writer, __ATOMIC_ACQUIRE) == FINI_WRITER_PARASITE) return 1;
    call6(NR_FUTEX, (long)life, FUTEX_WAIT, (long)seen, 0, 0, 0);
  }
}

PARASITE static int hand_over(struct fini_arguments *arguments) {
  __atomic_store_n(&arguments->writer, FINI_WRITER_TRACER, __ATOMIC_RELEASE);
  return await_memory(arguments);
}

// The way out: by rt_sigreturn, where the tracer stops the task. A dead tracer stops nothing, and
// may have left a breakpoint on that very instruction. Then the way out is the bridge, which also
// unmaps the memory.
PARASITE static void leave(struct fini_arguments *arguments) {
  if (is_abandoned(__atomic_load_n((unsigned *)&arguments->life, __ATOMIC_ACQUIRE)) &&
      arguments->bridge) {
    uint64_t all = ~0ull;
    // From the munmap until the stack pointer is set, there is no stack for a handler.
    call6(NR_RT_SIGPROCMASK, 2, (long)&all, 0, 8, 0, 0);
    fini_cross(arguments->bridge, arguments->region);
  }
  fini_leave(arguments->frame_sp, arguments->bridge, arguments->region);
}

PARASITE static void misc(struct fini_packet *packet) {
  packet->pid = (int32_t)call3(NR_GETPID, 0, 0, 0);
  packet->tid = (int32_t)call3(NR_GETTID, 0, 0, 0);
  packet->brk = (uint64_t)call3(NR_BRK, 0, 0, 0);
  packet->result = (int32_t)call6(NR_RT_SIGPROCMASK, 0, 0, (long)&packet->blocked, 8, 0, 0);
  call3(NR_RT_SIGPENDING, (long)&packet->pending, 8, 0);
}

// Gives a packet to the tracer and receives the next one. Returns zero or less if the tracer is
// gone.
PARASITE static long exchange(struct fini_arguments *arguments, struct fini_packet *packet) {
  if (arguments->socket < 0) {
    arguments->mail = *packet;
    if (!hand_over(arguments)) return 0;
    *packet = arguments->mail;
    return sizeof *packet;
  }
  long size;
  call6(NR_SENDTO, arguments->socket, (long)packet, sizeof *packet, NO_SIGPIPE, 0, 0);
  do {
    size = call6(NR_RECVFROM, arguments->socket, (long)packet, sizeof *packet, 0, 0, 0);
  } while (size == INTERRUPTED);
  return size;
}

PARASITE static void hang_up(struct fini_arguments *arguments) {
  if (arguments->socket >= 0) call3(NR_CLOSE, arguments->socket, 0, 0);
}

PARASITE static void serve(struct fini_arguments *arguments) {
  enum { AF_UNIX = 1, SOCK_SEQPACKET_CLOEXEC = 5 | 0x80000 };
  struct fini_packet packet;
  // The sigframe restores the alternate stack too, and only the task itself can read it.
  packet.result = (int32_t)call3(NR_SIGALTSTACK, 0, (long)arguments->frame_altstack, 0);
  if (arguments->memfd >= 0) call3(NR_CLOSE, arguments->memfd, 0, 0);
  long made =
      call6(NR_SOCKETPAIR, AF_UNIX, SOCK_SEQPACKET_CLOEXEC, 0, (long)&arguments->socket, 0, 0);
  // If the task has no free descriptor, packets go through this memory.
  if (made < 0) arguments->socket = (int32_t)made;
  int has_tracer = hand_over(arguments);
  // While the parasite has a copy of the tracer's end, the tracer's death would not close the
  // socket.
  if (made >= 0) call3(NR_CLOSE, arguments->tracer_end, 0, 0);
  packet.command = FINI_COMMAND_READY;
  packet.value = fini_sigreturn_address();
  // Zero or an error: the tracer is gone, or only the socket.
  long size = 0;
  while (has_tracer && (size = exchange(arguments, &packet)) > 0 &&
         packet.command != FINI_COMMAND_FINI && packet.command != FINI_COMMAND_PARK) {
    packet.result = 0;
    if (packet.command == FINI_COMMAND_MISC) {
      misc(&packet);
    } else if (packet.command != FINI_COMMAND_PING) {
      packet.result = -22;
    }
  }
  hang_up(arguments);
  // The memory is not handed back: the tracer takes the task away, or dies. An rt_sigreturn now would
  // spoil a call that has a restart block.
  if (size <= 0 || packet.command == FINI_COMMAND_PARK) hand_over(arguments);
  leave(arguments);
}

// The blob starts here only if the compiler keeps the order, so no code relies on that.
extern const char __start_finiblob[], __stop_finiblob[];

const void *fini_parasite_start(void) { return __start_finiblob; }
uint64_t fini_parasite_size(void) { return (uint64_t)(__stop_finiblob - __start_finiblob); }
uint64_t fini_parasite_entry(void) { return (uint64_t)((const char *)serve - __start_finiblob); }
uint64_t fini_parasite_sigreturn(void) {
  return (uint64_t)(fini_sigreturn_instruction - __start_finiblob);
}
