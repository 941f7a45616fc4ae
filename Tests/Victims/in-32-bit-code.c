// in-32-bit-code: a 64-bit program whose only thread runs 32-bit code: it waits in read(0) by
// `int $0x80` and says each line back as `line TEXT`.

#include "echo-32.h"

int main(void) {
  begin();
  // __USER32_CS
  enter_echo(place_echo(), 0x23);
}
