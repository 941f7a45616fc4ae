// Tracepoints as perf has them.
#include "tracepoints.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// Where it is mounted as a rule. Otherwise a private mount in no folder, which no
// other process sees; it ends with its descriptor.
int open_tracefs(void) {
  int mounted = open("/sys/kernel/tracing", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (mounted >= 0) {
    if (faccessat(mounted, "events", R_OK | X_OK, AT_EACCESS) == 0) return mounted;
    close(mounted);
  }
  int context = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC);
  if (context < 0) return -errno;
  int folder = -1;
  if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
    folder = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
  int result = folder < 0 ? -errno : folder;
  close(context);
  return result;
}

int64_t read_tracepoint(int tracefs, const char *event, struct tracepoint *tracepoint) {
  char path[128];
  snprintf(path, sizeof path, "events/%s/format", event);
  int file = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -errno;
  size_t used = 0;
  ssize_t count = 0;
  while (used < sizeof tracepoint->text - 1 &&
         (count = read(file, tracepoint->text + used, sizeof tracepoint->text - 1 - used)) > 0)
    used += (size_t)count;
  int64_t result = count < 0 ? -errno : 0;
  close(file);
  tracepoint->text[used] = 0;
  return result;
}

// A line such as "field:pid_t child_pid;\toffset:20;\tsize:4;\tsigned:1;"
int64_t offset_of_field(const struct tracepoint *tracepoint, const char *name, unsigned int size) {
  size_t length = strlen(name);
  for (const char *at = tracepoint->text; (at = strstr(at, "field:")); at++) {
    const char *end = strchr(at, ';');
    if (!end) return -ENOENT;
    if ((size_t)(end - at) <= length + 1) continue;
    const char *last = end - length;
    if (strncmp(last, name, length) != 0 || *(last - 1) != ' ') continue;
    unsigned int offset, found;
    if (sscanf(end, "; offset:%u; size:%u;", &offset, &found) != 2 || found != size) return -ENOENT;
    return offset;
  }
  return -ENOENT;
}

int open_tracepoint(int tracefs, const char *event) {
  struct tracepoint tracepoint;
  int64_t result = read_tracepoint(tracefs, event, &tracepoint);
  if (result < 0) return (int)result;
  const char *line = strstr(tracepoint.text, "ID: ");
  unsigned int number;
  if (!line || sscanf(line, "ID: %u", &number) != 1) return -ENOENT;
  struct perf_event_attr attributes = {
      .type = PERF_TYPE_TRACEPOINT, .size = sizeof attributes, .config = number};
  // A program runs on all processors, whatever processor its event is made for.
  int event_fd =
      (int)syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
  return event_fd < 0 ? -errno : event_fd;
}
