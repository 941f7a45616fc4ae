// The parasite that compel-bench puts into its victim: it only answers one command.
//
// It declares what the std plugin calls, and does without the plugin's headers: some of them
// include files that Debian does not package.

enum { answer = 64 };  // as in bench.c

int parasite_trap_cmd(int cmd, void *args);
int parasite_daemon_cmd(int cmd, void *args);
void parasite_cleanup(void);

int parasite_trap_cmd(int cmd, void *args) {
  (void)cmd, (void)args;
  return 0;
}

int parasite_daemon_cmd(int cmd, void *args) {
  if (cmd != answer) return -1;
  *(int *)args += 1;
  return 0;
}

void parasite_cleanup(void) {}
