// The parasite. Every function lives in the section finiblob; the linker gives its bounds.
//
// Whatever the compiler might add behind our back (stack protector, sanitizers, coverage, vector
// registers, calls to memcpy) is switched off function by function, so that the bytes are the same
// in every configuration. ParasiteBlobTests runs the same checks as tools/check.
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
  NR_GETPID = 39,
  NR_SENDTO = 44,
  NR_RECVFROM = 45,
  NR_UMASK = 95,
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

// Takes the stack pointer for rt_sigreturn in rdi and never comes back. The breakpoint of the
// strategy `breakpoint` goes on the syscall instruction itself, so nothing lies between the two.
__asm__(
    ".pushsection finiblob,\"ax\",@progbits\n"
    "fini_leave:\n"
    "  mov %rdi, %rsp\n"
    "  mov $15, %eax\n"
    "fini_sigreturn_instruction:\n"
    "  syscall\n"
    "  ud2\n"
    "fini_sigreturn_address:\n"
    "  lea fini_sigreturn_instruction(%rip), %rax\n"
    "  ret\n"
    ".popsection\n");
extern __attribute__((visibility("hidden"), noreturn)) void fini_leave(uint64_t frame_sp);
extern __attribute__((visibility("hidden"))) uint64_t fini_sigreturn_address(void);
extern __attribute__((visibility("hidden"))) const char fini_sigreturn_instruction[];

// Waits until the tracer takes the task away, or dies. No descriptor is open any more, so its
// death shows in the life lock: the kernel sets OWNER_DIED there and wakes us.
PARASITE static void park(struct fini_arguments *arguments) {
  enum { FUTEX_WAIT = 0, OWNER_DIED = 0x40000000, WAITERS = (int)0x80000000 };
  unsigned *word = (unsigned *)&arguments->life;
  for (;;) {
    unsigned seen = __atomic_fetch_or(word, (unsigned)WAITERS, __ATOMIC_SEQ_CST) | (unsigned)WAITERS;
    // Zero below the flags: the tracer's thread let go of the lock without taking us away.
    if (seen & OWNER_DIED || !(seen & 0x3fffffff)) return;
    call6(NR_FUTEX, (long)word, FUTEX_WAIT, (long)seen, 0, 0, 0);
  }
}

PARASITE static void misc(struct fini_arguments *arguments, struct fini_packet *packet) {
  packet->pid = (int32_t)call3(NR_GETPID, 0, 0, 0);
  packet->tid = (int32_t)call3(NR_GETTID, 0, 0, 0);
  packet->brk = (uint64_t)call3(NR_BRK, 0, 0, 0);
  // There is no call that only reads the umask. With other threads running, a file that one of
  // them made in between would get the wrong mode: then the tracer reads it from /proc instead.
  packet->umask = -1;
  if (arguments->alone) {
    packet->umask = call3(NR_UMASK, 0777, 0, 0);
    call3(NR_UMASK, packet->umask, 0, 0);
  }
  packet->result = (int32_t)call6(NR_RT_SIGPROCMASK, 0, 0, (long)&packet->blocked, 8, 0, 0);
  call3(NR_RT_SIGPENDING, (long)&packet->pending, 8, 0);
}

PARASITE static void serve(struct fini_arguments *arguments) {
  struct fini_packet packet;
  // The sigframe gives back the alternate stack as well, and only the task itself can ask for it.
  packet.result = (int32_t)call3(NR_SIGALTSTACK, 0, (long)arguments->frame_altstack, 0);
  // While we hold a copy of the tracer's end its death would not close the socket.
  call3(NR_CLOSE, arguments->tracer_end, 0, 0);
  packet.command = FINI_COMMAND_READY;
  packet.value = fini_sigreturn_address();
  for (;;) {
    call6(NR_SENDTO, arguments->socket, (long)&packet, sizeof packet, NO_SIGPIPE, 0, 0);
    long size;
    do {
      size = call6(NR_RECVFROM, arguments->socket, (long)&packet, sizeof packet, 0, 0, 0);
    } while (size == INTERRUPTED);
    // Nothing, or an error: the tracer is gone, and the cure is ours.
    if (size <= 0 || packet.command == FINI_COMMAND_FINI) break;
    packet.result = 0;
    if (packet.command == FINI_COMMAND_MISC) {
      misc(arguments, &packet);
    } else if (packet.command == FINI_COMMAND_PARK) {
      call3(NR_CLOSE, arguments->memfd, 0, 0);
      call3(NR_CLOSE, arguments->socket, 0, 0);
      park(arguments);
      fini_leave(arguments->frame_sp);
    } else if (packet.command != FINI_COMMAND_PING) {
      packet.result = -22;
    }
  }
  call3(NR_CLOSE, arguments->memfd, 0, 0);
  call3(NR_CLOSE, arguments->socket, 0, 0);
  fini_leave(arguments->frame_sp);
}

// The blob starts here only if the compiler keeps the order, so nobody counts on it.
extern const char __start_finiblob[], __stop_finiblob[];

const void *fini_parasite_start(void) { return __start_finiblob; }
uint64_t fini_parasite_size(void) { return (uint64_t)(__stop_finiblob - __start_finiblob); }
uint64_t fini_parasite_entry(void) { return (uint64_t)((const char *)serve - __start_finiblob); }
uint64_t fini_parasite_sigreturn(void) {
  return (uint64_t)(fini_sigreturn_instruction - __start_finiblob);
}
