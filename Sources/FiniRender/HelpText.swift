/// What `--help` of each command says below its options, and its man page too.
///
/// Each has examples, and the exit statuses of the command (TypedWordsTests).
package enum HelpText {
  /// Of the program.
  package static let program = """
    A recording is a file that holds many runs. It is named by -o, by FINI_TRACE_DB, or as the first \
    word of a command that reads; it is fini-trace.db in the working directory otherwise. A run is \
    named by its number, or by "last", which is also meant where none is named.

    EXAMPLES:
      fini-trace record 4711                       infect and cure process 4711
      fini-trace record -o dump.db -- criu dump -t 4711 -D img -v4 -o dump.log
      fini-trace import dump.log                   read a log that is there already
      fini-trace explain dump.db                   what went wrong in its last run

    EXIT STATUS:
    \(statuses)
    """

  private static let statuses = """
      0  good
      1  the answer is no, or something is wrong
      2  it can't be told
      64 wrong usage
      66 no such file or run
      69 not permitted, or not possible here
      70 fini-trace itself failed
      74 the output can't be written
    """

  /// Where a recording and a run are named, for the commands that read.
  private static let reading = """
    FILE is a recording and RUN a number or "last"; both may be left out.
    """

  package static let recordUsage = """
    fini-trace record <pid> [--strategy <strategy>] [--tree [--timeout <s>]]
    fini-trace record <pid> --ab
    fini-trace record [<pid>] [--timeout <s>] [--observer <observer>]
        -- <command> ...
    fini-trace record <pid> --watch [--timeout <s>]
    """

  /// Of the option of that name.
  package static let strategy = """
    How to catch it around rt_sigreturn. breakpoint: by a breakpoint before it, or by system calls where \
    there are no debug registers. breakpoint-after: by one on where it returns to. syscall: by tracing \
    system calls. direct: by writing the registers, without a sigframe.
    """

  package static let record = """
    With a process alone it infects that process and cures it: it stops it, maps a small program into \
    it (the parasite), lets it run, and takes it out again. With a command it changes nothing itself: it \
    runs the command, and records what it and any other tracer do to the process; without a process, \
    what the command does to whatever it traces (criu restore, say). It is watched by a BPF program in \
    the kernel, or where that is not permitted by tracing it: then the calls of the command alone are \
    seen, not those of its children. With --json one object on standard output tells the run, its verdict, \
    its counts and the exit status; what the command itself prints there goes to standard error then.

    EXAMPLES:
      fini-trace record 4711                       infect and cure process 4711
      fini-trace record 4711 --tree --timeout 30   and every process below it
      fini-trace record -- criu dump -t 4711 -D img -v4 -o dump.log
      fini-trace record -- podman container checkpoint web
      fini-trace record 4711 --watch               wait for another's tracer

    EXIT STATUS:
      0 landed, and nothing left behind; 1 not so; 64, 66, 69, 70, 74 as in fini-trace --help; 124 it \
    took longer than --timeout; 130 Ctrl-C. With a command its own status or signal is passed on; \
    125 fini-trace failed, 126 the command could not be run, 127 it was not found.
    """

  package static let watch = """
    The flight recorder: each session of a tracer is a run of its own, with the tracer's command line, its verdict \
    and what went wrong. A session goes from the first ptrace call of a process to its end, or until it holds \
    nothing and has asked for nothing for 5 seconds. Of CRIU the log is read too, if its command line says where \
    it is. What was seen is on the disk after a second. Only BPF can do this. A tracer inside a container has \
    numbers of its own for tasks: of what it traces the signals are not seen.

    --keep drops whole runs of the file, whoever recorded them: those that are too old; then, beyond the size, the \
    oldest good ones, and last the oldest of the others. The newest run stays.

    A second watch of the same file is refused; record beside it works.

    EXAMPLES:
      fini-trace watch -o flight.db --keep 2GiB,30d
      fini-trace watch --tracer criu --tracer gdb
      fini-trace watch --quiet &
      fini-trace list flight.db

    EXIT STATUS:
      130 Ctrl-C, 143 SIGTERM; 64 wrong usage; 69 not permitted, or another watch has the file; 74 it can't be \
    written.
    """

  package static let list = """
    FILE is a recording. Below a run stands the command line that made it.

    EXAMPLES:
      fini-trace list
      fini-trace list failed.db

    EXIT STATUS:
      0; 66 no such file; 69 not permitted.
    """

  package static let show = """
    \(reading) Of a run of a tree (record --tree) it lists the tasks; --task shows one of them, --all or a \
    filter all of them one after the other. Times count from the first event of the run. With --follow it shows a \
    run that is being recorded as it comes, at most 100 ms late on an idle machine, and ends with the recorder.

    EXAMPLES:
      fini-trace show failed.db
      fini-trace show failed.db 3 --phase fini --phase sigreturn
      fini-trace show 3 --around 120 --context 5
      fini-trace show --kind signal --json
      fini-trace show --follow

    EXIT STATUS:
      0; 66 no such file, run, task or event; 69 not permitted.
    """

  package static let check = """
    \(reading) Of another tracer's run it is asked of the process that was named, or of the one that went \
    worst; the others that reached fini are told below, and the worst of all is the exit status. \
    --task asks of one of them.

    EXAMPLES:
      fini-trace check
      fini-trace check failed.db 3
      fini-trace check --json | jq .verdict

    EXIT STATUS:
      0 yes; 1 no; 2 can't tell; 66 no such file, run or task; 69 not permitted.
    """

  package static let explain = """
    \(reading)

    EXAMPLES:
      fini-trace explain
      fini-trace explain failed.db 3
      fini-trace explain failed.db --task 4711

    EXIT STATUS:
      0 nothing is wrong; 1 something is; 2 can't tell; 66 no such file, run or task; 69 not permitted.
    """

  package static let compare = """
    FILE is a recording, RUN a number or "last". First comes which run froze its task longer, and the \
    phase that most of it is in; then what differs, the phases by the size of their difference. A phase \
    goes on until the next one begins; frozen counts from the task's first stop, so what it was waited \
    for in seize is no part of it. What is equal is left out without --everything. Two runs of one task \
    each are also compared step by step, phase by phase, and the first step in which they differ is \
    named. Of a run of a tree (record --tree) it adds up all tasks. --task takes one task instead: the \
    same of each tree if it is given once, or one for each RUN in their order.

    EXAMPLES:
      fini-trace compare 1 2
      fini-trace compare before.db 1 last --everything
      fini-trace compare 3 3 --task 4711 --task 4712

    EXIT STATUS:
      0 all landed, or none did; 1 one did and another did not; 2 of one it can't be told; 66 no such \
    file, run or task.
    """

  package static let export = """
    \(reading) Formats: html, one page with the timeline, the verdict and the explanation, which needs no \
    network; perfetto, a trace for ui.perfetto.dev and trace_processor; csv, the view timeline; ndjson, \
    the events as show --json has them; svg, a picture of fini. A file has mode 0600: what a recording \
    holds (arguments, registers, memory words) may be private.

    With --fleet several recordings may be named, and all of their runs are written that have ended: a \
    folder with a file for each table, as schema/fleet loads them into PostgreSQL, ClickHouse and DuckDB \
    (docs/Fleet.md). Each row names its machine and its boot, both hashed, and the UUID of its run. In csv a \
    text that a spreadsheet would run has an apostrophe before it; ndjson has each text as it was.

    EXAMPLES:
      fini-trace export failed.db --format html --to failed.html
      fini-trace export 3 --format perfetto --to run3.pftrace
      fini-trace export --format csv | head
      fini-trace export --fleet *.db --format ndjson --to rows

    EXIT STATUS:
      0; 64 wrong usage, or a tree without --task; 66 no such file, run or task, or no fini to draw; 74 it can't be written.
    """

  package static let merge = """
    Each run gets a number of its own, and keeps all that it has. A run that the recording has already, by its \
    UUID, is not copied again. A run that is being recorded is left out; so is one whose recorder was killed, \
    until fini-trace list has read its file. The recordings that are copied from stay as they are.

    EXAMPLES:
      fini-trace merge node1.db node2.db -o all.db
      fini-trace merge /srv/traces/*.db -o all.db --json

    EXIT STATUS:
      0; 64 wrong usage; 66 no such file, or it is no recording; 74 it can't be written.
    """

  package static let bundle = """
    FILE is a recording and RUN a number or "last"; several may be named. The bundle is a tar archive: the \
    runs as a recording of their own, the logs, what doctor says here, versions, the text of an issue \
    (ISSUE.md), and checksums. Arguments, the environment, paths, names of hosts, users and processes, \
    registers and words of memory are taken out unless --no-redact is given; REDACTED.md in it says what, \
    and what can't be found. --open checks a bundle whole before it unpacks it into a new folder.

    EXAMPLES:
      fini-trace bundle failed.db -o report.tar
      fini-trace bundle failed.db 1 3 --log dump.log --log restore.log
      fini-trace bundle --open report.tar -o report

    EXIT STATUS:
      0; 64 wrong usage; 66 no such file or run, or a bundle that is damaged or hostile; 74 it can't be \
    written, or the folder is there already.
    """

  package static let `import` = """
    Reads logs of strace, CRIU, perf trace, perf script and ftrace, also packed with gzip, xz or zstd; \
    - is standard input. Several files are taken for one run and joined on time. What is not \
    understood is kept: see show --unparsed. With --into they are put into a run that the file has, each \
    line at its place by the clock, and the run is judged again.

    EXAMPLES:
      fini-trace import dump.log
      fini-trace import criu.strace dump.log -o failed.db
      journalctl -u podman -o short-precise | fini-trace import -
      fini-trace import dump.log --into last

    Logs with all that is needed are made by
      strace -ttt -v -s 1024 -o criu.strace criu dump ... -v4 -o dump.log

    EXIT STATUS:
      0; 64 the logs have nothing in common; 66 a log is missing or is none; 74 the recording can't be \
    written.
    """

  package static let repair = """
    Looks for the parasite's memory, for a bridge, and for a breakpoint that is still armed. Where \
    that breakpoint was set is taken from the recording, if there is one. A process without \
    leftovers is stopped for a moment and let go.

    EXAMPLES:
      fini-trace repair 4711
      fini-trace repair 4711 -o killed.db

    EXIT STATUS:
      0 nothing was left, or it is repaired; 1 it could not be; 69 not permitted.
    """

  package static let doctor = """
    EXAMPLES:
      fini-trace doctor
      fini-trace doctor --json

    EXIT STATUS:
      0 all that is needed is there; 1 something is not.
    """

  /// - Parameter views: a line for each view.
  package static func sql(views: [String]) -> String {
    """
    FILE is a recording. One SELECT that reads is run, or one of .tables, .views and .schema [NAME].

    EXAMPLES:
      fini-trace sql 'SELECT request, count(*) FROM timeline GROUP BY 1 ORDER BY 2 DESC'
      fini-trace sql failed.db .views
      fini-trace sql failed.db '.schema timeline'

    The views, and what a row of each is:
    \(views.map { "  " + $0 }.joined(separator: "\n"))
    Table meaning says what each column holds, by kind of event; docs/Schema.md has it as a page, with \
    examples.

    EXIT STATUS:
      0; 64 it is no SELECT, or a wrong one; 66 no such file; 69 not permitted.
    """
  }
}
