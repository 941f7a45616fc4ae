#include "CFiniPtrace.h"

#include <cpuid.h>

int32_t fini_xsave_is_on(void) {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
  // OSXSAVE, not XSAVE: it says what the kernel has switched on (`noxsave` leaves it off).
  return (c & bit_OSXSAVE) != 0;
}

uint64_t fini_xsave_byte_count(void) {
  uint32_t a, b, c, d;
  return __get_cpuid_count(0xd, 0, &a, &b, &c, &d) ? c : 0;
}

void fini_xsave_component(uint32_t component, uint32_t *offset, uint32_t *size) {
  uint32_t c, d;
  if (!__get_cpuid_count(0xd, component, size, offset, &c, &d)) *offset = *size = 0;
}
