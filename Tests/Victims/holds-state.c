// holds-state: blocked in read(0) while the x87 stack, the x87 control word, MXCSR and, where the processor
// and the kernel have them, PKRU and all tile registers hold known values. After each line it looks at
// them, says the line back, and fills them anew; what is not as it was left is told as `corrupt NAME`.
//
//   holds-state [no-tiles]      with `no-tiles` the permission for tiles is got and no tile is used

#include "victim.h"

#include <cpuid.h>
#include <sys/syscall.h>

#if !defined(__x86_64__)
#error "holds-state knows the registers of x86-64 only"
#endif

enum { CONTROL = 0x0c7f, MODE = 0x7fa1, RIGHTS = 0x55a5a554, TILE_DATA = 18 };

// What FNSAVE writes: the environment (28 bytes, control and status word first), then eight registers.
struct saved {
  uint16_t control, pad, status, pad2, tags, pad3;
  uint8_t rest[16];
  uint8_t registers[80];
};
static struct saved x87;
static long double numbers[8];
static uint32_t mode, rights;
static _Alignas(64) uint8_t tile_configuration[64], tiles[8][1024], seen_tiles[8][1024];
static bool has_rights, has_tiles;

static void look_around(void) {
  unsigned a, b, c = 0, d;
  has_rights = __get_cpuid_count(7, 0, &a, &b, &c, &d) && c & bit_OSPKE;
  enum { REQUEST_PERMISSION = 0x1023 };  // ARCH_REQ_XCOMP_PERM, Linux 5.16
  has_tiles = syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

static void fill_tiles(void) {
  __asm__ volatile("ldtilecfg %0" ::"m"(tile_configuration));
#define FILL(number) \
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #number ::"r"(tiles[number]), "r"(64L) : "memory")
  FILL(0); FILL(1); FILL(2); FILL(3); FILL(4); FILL(5); FILL(6); FILL(7);
#undef FILL
}

static void store_tiles(void) {
#define STORE(number) \
  __asm__ volatile("tilestored %%tmm" #number ", (%0,%1,1)" ::"r"(seen_tiles[number]), "r"(64L) : "memory")
  STORE(0); STORE(1); STORE(2); STORE(3); STORE(4); STORE(5); STORE(6); STORE(7);
#undef STORE
  __asm__ volatile("tilerelease");
}

// Between filling and storing there is the call and nothing else.
static long read_holding(void *room, size_t size) {
  static const uint32_t ordinary_mode = 0x1f80;
  const uint32_t wanted_mode = MODE;
  const uint16_t control = CONTROL;
  memset(seen_tiles, 0, sizeof seen_tiles);
  if (has_tiles) fill_tiles();
  __asm__ volatile("fninit");
  for (int index = 0; index < 8; index++) __asm__ volatile("fldt %0" ::"m"(numbers[index]));
  __asm__ volatile("fldcw %0" ::"m"(control));
  if (has_rights) __asm__ volatile("wrpkru" ::"a"(RIGHTS), "c"(0), "d"(0));
  __asm__ volatile("ldmxcsr %0" ::"m"(wanted_mode));
  long got;
  __asm__ volatile("syscall"
                   : "=a"(got)
                   : "a"(SYS_read), "D"(STDIN_FILENO), "S"(room), "d"(size)
                   : "rcx", "r11", "memory");
  __asm__ volatile("stmxcsr %0" : "=m"(mode));
  __asm__ volatile("ldmxcsr %0" ::"m"(ordinary_mode));
  uint32_t high;
  if (has_rights) __asm__ volatile("rdpkru" : "=a"(rights), "=d"(high) : "c"(0));
  __asm__ volatile("fnsave %0" : "=m"(x87));
  if (has_tiles) store_tiles();
  return got;
}

static void check(void) {
  if (x87.control != CONTROL) say("corrupt x87 control %x", x87.control);
  if (x87.status != 0) say("corrupt x87 status %x", x87.status);
  if (x87.tags != 0) say("corrupt x87 tags %x", x87.tags);
  // The stack begins with what was loaded last.
  for (int index = 0; index < 8; index++) {
    if (memcmp(x87.registers + 10 * index, &numbers[7 - index], 10) != 0) say("corrupt st%d", index);
  }
  if (mode != MODE) say("corrupt mxcsr %x", mode);
  if (has_rights && rights != RIGHTS) say("corrupt pkru %x", rights);
  for (int index = 0; has_tiles && index < 8; index++) {
    if (memcmp(tiles[index], seen_tiles[index], sizeof tiles[index]) != 0) say("corrupt tile %d", index);
  }
}

int main(int argc, char **argv) {
  begin();
  look_around();
  if (argc > 1 && same(argv[1], "no-tiles")) has_tiles = false;
  for (int index = 0; index < 8; index++) numbers[index] = 1.0L / (index + 3);
  for (int index = 0; index < 8 * 1024; index++) tiles[index / 1024][index % 1024] = (uint8_t)(index * 7 + 1);
  tile_configuration[0] = 1;  // the palette
  for (int tile = 0; tile < 8; tile++) {
    tile_configuration[16 + 2 * tile] = 64;  // bytes in a row
    tile_configuration[48 + tile] = 16;      // rows
  }

  say_ready();
  for (;;) {
    long got = read_holding(input + input_length, sizeof input - input_length);
    check();
    if (got == 0) return 0;
    if (got < 0) say("eintr");
    if (got > 0) input_length += (size_t)got;
    for (char *line; (line = line_at_hand());) echo(line);
  }
}
