/// Logs of the kinds that people paste, of programs that start CRIU and of CRIU where it does not start: see ``ToldErrorsTests``.
extension ToldErrorsTests {
  static let reports: [Case] = [
    Case(
      name: "libcriu without a criu, below a JVM",
      log: #"""
         [OUT] Can't exec criu swrk: No such file or directory
         [OUT] Can't read request: Connection reset by peer
         [OUT] Can't receive response: Invalid argument
         [OUT] Exception in thread "x" org.eclipse.openj9.criu.SystemCheckpointException: Could not dump the JVM processes, err=-70

        """#,
      words: "the program criu is not here", status: 1),
    Case(
      name: "a JVM of OpenJ9 without CRIU's log",
      log: #"""
        Exception org.eclipse.openj9.criu.SystemCheckpointException: Could not dump the JVM processs, err=-52

        """#,
      words: "CRIU could not dump the JVM (err=-52)", status: 1),
    Case(
      name: "Open Liberty without CRIU's log",
      log: #"""
        [2026-01-02T03:04:05.6Z] [ERROR   ] CWWKC0453E: The server checkpoint request failed with the following message: Could not dump the JVM processes, err=-52

        """#,
      words: "Open Liberty's checkpoint failed: CRIU could not dump the JVM (err=-52)", status: 1),
    Case(
      name: "a child's wait status, and the error that it told before",
      log: #"""
        (00.1)     62: Error (criu/libnetlink.c:54): -16 reported by netlink: Device or resource busy
        (00.2)     62: Error (criu/util.c:1413): Can't wait or bad status: errno=0, status=65280
        (00.3) Error (criu/cr-restore.c:2543): Restoring FAILED.

        """#,
      words: "netlink) was refused: error -16 (Device or resource busy)", status: 1),
    Case(
      name: "the name of a descriptor that is none, and the image that was wanted",
      log: #"""
        (00.1) Error (criu/util.c:694): Can't read link of fd -404: No such file or directory
        (00.2) Error (criu/protobuf.c:77): Unexpected EOF on (null)

        """#,
      words: "an image that the restore needs is empty or not in the directory", status: 1),
    Case(
      name: "a dump without the rights of root, and the probes that it survived",
      log: #"""
        Error (criu/crtools.c:222): rlimir: Can't setup RLIMIT_NOFILE for self: Operation not permitted
        Error (criu/util.c:811): exited, status=3
        Error (criu/net.c:3071): Unable create a network namespace: Operation not permitted
        Error (criu/proc_parse.c:211): Failed fstatat on map 500000: Operation not permitted
        Error (criu/proc_parse.c:650): Can't open 77's mapfile link 500000: Operation not permitted
        Error (criu/cr-dump.c:1720): Dumping FAILED.

        """#,
      words: "CRIU may not look at the files that process 77 has mapped (EPERM)", status: 1),
    Case(
      name: "an error that the first of two runs survived",
      log: #"""
        (00.1) Version: 3.6 (gitid v3.6)
        (00.2) Error (criu/x.c:3): the well is dry
        Run criu restore
        (00.1) Version: 3.6 (gitid v3.6)
        (00.3) Error (criu/x.c:3): the well is dry

        """#,
      words: "CRIU reported an error: the well is dry", status: 1),
    Case(
      name: "criu check that is content",
      log: #"""
        Warn  (criu/cr-check.c:46): fdinfo doesn't contain the lock field
        Looks good.

        """#,
      words: "Nothing wrong: criu check is content with this machine", status: 0),
    Case(
      name: "criu check, and all that it found missing",
      log: #"""
        /proc/<pid>/map_files directory is missing.
        sys/kernel/ns_last_pid sysctl is missing.
        System call kcmp is not supported
        Error (cr-check.c:227): Can'r fetch file owner UIDs: Invalid argument

        """#,
      words: "; 3 other things are missing", status: 1),
    Case(
      name: "several descriptors of a JVM, and those that it allows",
      log: #"""
        JVM: FD fd=14 type=unknown path="anon_inode:[eventpoll]" BAD: opened by application
        JVM: FD fd=15 type=unknown path="anon_inode:[eventfd]" BAD: opened by application
        JVM: FD fd=16 type=character path="/dev/null" OK: claimed by java code

        """#,
      words: "descriptor 15 open (anon_inode:[eventfd]), which CRaC does not allow; and 1 more",
      status: 1),
    Case(
      name: "what CRaC's logger says, before an exception without a reason",
      log: #"""
        2026-01-02  WARN 1 --- [ main] jdk.crac : File helper.jar was not closed by the application.
        Caused by: org.crac.CheckpointException: null

        """#,
      words: "still has a file open (helper.jar)", status: 1),
    Case(
      name: "a processor without what the JVM's image needs",
      log: #"""
        specified -XX:CRaCRestoreFrom file contains CPU features 7f,1; missing features of this CPU are 4,0 = abc
        Error: Could not create the Java Virtual Machine.
        Error: A fatal exception has occurred. Program will exit.

        """#,
      words: "this CPU lacks features of the CPU on which the checkpoint was made: 4,0 = abc",
      status: 1),
    Case(
      name: "lxc-checkpoint's last word alone",
      log: #"""
        Checkpointing c9 failed.
         lxc-checkpoint 1425423057.910 DEBUG    lxc_commands - commands.c:lxc_cmd_get_state:574 - 'c9' runs

        """#,
      words: "LXC could not checkpoint the container c9", status: 1),
    Case(
      name: "lxc-checkpoint on a terminal",
      log: #"""
        lxc-checkpoint: c9: criu.c: do_dump: 1192 dump signaled with 11
        Checkpointing c9 failed.

        """#,
      words: "CRIU was killed by signal 11 while it dumped the container", status: 1),
    Case(
      name: "the C library ended criu",
      log: #"""
        *** Error in `criu': free(): invalid pointer: 0x00007f2dfd5c0bf0 ***

        """#,
      words: "CRIU itself crashed: the C library found its memory damaged", status: 1),
    Case(
      name: "criu that does not start",
      log: #"""
        criu: error while loading shared libraries: libx.so.1: cannot open shared object file

        """#,
      words: "its library libx.so.1 is missing", status: 1),
    Case(
      name: "what Docker passes on, and its own last word",
      log: #"""
        Error response from daemon: Cannot checkpoint container c: x/crun did not end: unknown command checkpoint path= /run/x/criu-dump.log: unknown

        """#,
      words: "this crun has no command \"checkpoint\"", status: 1),
    Case(
      name: "a path before containerd's last word",
      log: #"""
        Error response from daemon: CRIU: log file: /run/x/restore.log: unknown

        """#,
      words: "CRIU failed; runc names its log", status: 1),
    Case(
      name: "a debugger on a CRIU that waits",
      log: #"""
        #0  0x76 in syscall () from /lib/libc.so.6
        #2  parasite_init_daemon (net=0x7df534, ctl=0x7df500) at criu/parasite-syscall.c:529

        """#,
      words: "CRIU waits for its parasite to begin in the task", status: 1),
    Case(
      name: "a test of CRIU's that failed by itself",
      log: #"""
        ############### Test zdtm/static/sky FAIL at result check ################
        Error: Could not process rule: it is blue
        09:07:44.408:     4: FAIL: sky.c:51: It is blue

        """#,
      words: "the test zdtm/static/sky found something wrong by its own check", status: 1),
    Case(
      name: "a message that a buffer cut",
      log: #"""
        pie: 7: Error (pie/restorer.c:706): Can't create timers, kernel don't giv>
        Error (cr-restore.c:2226): Restoring FAILED.

        """#,
      words: "the kernel did not give the timer number", status: 1),
    Case(
      name: "a module's old name",
      log: #"""
        7: Error (criu/sk-unix.c:1401): sk unix: External socket found in image. Consider using the --ext-unix-skoption to allow restoring it.
        Error (criu/cr-restore.c:2255): Restoring FAILED.

        """#,
      words: "connected to a unix socket outside of the dumped tree", status: 1),
    Case(
      name: "CRIU 2's lines without time and place",
      log: #"""
         20688: Debug:  Setting 1 queue seq to 39
         20688: Debug:  Restoring TCP options

        """#,
      words: "the log ends after \"Restoring TCP options\"", status: 2),
    Case(
      name: "an assertion in the restored task",
      log: #"""
        (00.2) pie: 24: Error (criu/pie/restorer.c:1745): BUG at criu/pie/restorer.c:1745
        (00.3) Error (compel/src/lib/infect.c:1440): Task 24 is in unexpected state: b7f

        """#,
      words: "task 24 ran into an assertion (BUG at criu/pie/restorer.c:1745)", status: 1),
    Case(
      name: "a helper's sentence with its own full stop",
      log: #"""
        (00.1)      1: 	Running iptables -x
        iptables: Bad rule (is it there?).
        (00.2) Error (criu/util.c:841): exited, status=1
        (00.3) Error (criu/cr-restore.c:2502): Restoring FAILED.

        """#,
      words: "ended with status 1: iptables: Bad rule (is it there?).", status: 1),
  ]
}
