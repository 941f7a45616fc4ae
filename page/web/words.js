// Words for events, times and numbers. All of it is text: nothing here makes elements.

// Invisible characters, and those that change the order of others, are shown by their number: a
// task may be called anything.
const PLAIN = /^[ -~]*$/;
const HIDDEN = /[\p{C}\p{M}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function visible(text) {
  const whole = String(text);
  if (PLAIN.test(whole)) return whole;
  return whole.replace(HIDDEN, (character) => {
    const digits = character.codePointAt(0).toString(16);
    return character <= '\x7f' ? `\\x${digits.padStart(2, '0')}` : `\\u{${digits}}`;
  });
}

function cut(text, length) {
  const whole = String(text);
  return whole.length <= length ? whole : `${whole.slice(0, length)}…`;
}

function milliseconds(ns) {
  return (ns / 1e6).toFixed(3);
}

function timeWords(row) {
  if (!row.timed) return 'no time';
  return (row.entered < 0 ? '' : '+') + milliseconds(row.entered);
}

// A duration with the unit that leaves one to three digits before the point.
function durationWords(ns) {
  if (ns < 1000) return `${Math.round(ns)} ns`;
  if (ns < 1e6) return `${tidy(ns / 1e3)} µs`;
  return ns < 1e9 ? `${tidy(ns / 1e6)} ms` : `${tidy(ns / 1e9)} s`;
}

function tidy(value) {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}

function countWords(count, one, many) {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

const SIGNAL_NAMES = ('HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM '
  + 'STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS').split(' ');

function signalName(number) {
  return number >= 1 && number <= 31 ? `SIG${SIGNAL_NAMES[number - 1]}` : `signal ${number}`;
}

// What a wait status says, by the macros of wait(2).
function statusWords(word) {
  const status = Number(word);
  const low = status & 0x7f;
  if (status === 0xffff) return 'continued';
  if ((status & 0xff) === 0x7f) return stoppedWords(status);
  if (low === 0) return `exited with ${(status >> 8) & 0xff}`;
  return `killed by ${signalName(low)}`;
}

function stoppedWords(status) {
  const stop = (status >> 8) & 0xff;
  if (stop === 0x85) return 'stopped at a system call';
  const event = status >> 16;
  const by = `stopped by ${signalName(stop & 0x7f)}`;
  return event ? `${by}, event ${event}` : by;
}

const SYSCALL_NAMES = new Map([
  ['x86-64', new Map([[0, 'read'], [1, 'write'], [3, 'close'], [9, 'mmap'], [10, 'mprotect'],
    [11, 'munmap'], [13, 'rt_sigaction'], [14, 'rt_sigprocmask'], [15, 'rt_sigreturn'],
    [25, 'mremap'], [41, 'socket'], [42, 'connect'], [46, 'sendmsg'], [47, 'recvmsg'],
    [60, 'exit'], [62, 'kill'], [202, 'futex'], [219, 'restart_syscall'], [231, 'exit_group'],
    [319, 'memfd_create']])],
  ['i386', new Map([[91, 'munmap'], [119, 'sigreturn'], [173, 'rt_sigreturn'], [192, 'mmap2']])],
  ['arm64', new Map([[139, 'rt_sigreturn'], [215, 'munmap'], [222, 'mmap']])],
]);

function syscallName(number, abi) {
  const names = SYSCALL_NAMES.get(abi || 'x86-64');
  return (names && names.get(number)) || `system call ${number}`;
}

function siginfoWords(info) {
  if (!info) return '';
  const sender = info.sender ? ` from ${info.sender}` : '';
  const code = info.code_name === 'unknown' ? '' : info.code_name || '';
  const origin = `${code}${sender}`.trim();
  return origin ? `${info.signal_name} (${origin})` : String(info.signal_name);
}

// One line for one event, with all that its kind is about.
function eventWords(event) {
  const say = Object.prototype.hasOwnProperty.call(SAYS, event.kind) ? SAYS[event.kind] : null;
  const words = say ? say(event) : requestWords(event);
  const error = event.error !== undefined ? ` = ${event.error}` : '';
  return visible(cut(words, 400)) + visible(cut(error, 60));
}

const SAYS = {
  poke: (event) => `poke ${pokedWords(event)}`,
  peek: (event) => `peek ${event.address} = ${event.data}`,
  'registers-read': (event) => `registers read${registerWords(event)}`,
  'registers-written': (event) => `registers written${registerWords(event)}`,
  'sigmask-read': (event) => `signal mask read ${setWords(event.signal_set)}`,
  'sigmask-set': (event) => `signal mask set ${setWords(event.signal_set)}`,
  'siginfo-read': (event) => `siginfo read ${siginfoWords(event.siginfo)}`,
  'siginfo-written': (event) => `siginfo written ${siginfoWords(event.siginfo)}`,
  'syscall-info': (event) => `system call information ${operationWords(event.syscall)}`,
  cont: resumeWords, syscall: resumeWords, step: resumeWords, detach: resumeWords,
  wait: waitWords,
  stop: stopWords,
  signal: (event) => `${siginfoWords(event.siginfo)} ${event.fate}`
    + (event.to_process ? ' to the process' : ''),
  exit: (event) => `exited with ${event.code}`,
  killed: (event) => `killed by ${event.signal_name}${event.core ? ', core dumped' : ''}`,
  rpc: (event) => `${event.command} ${event.direction}`,
  sigreturn: (event) => `rt_sigreturn ${event.passage} by the task itself`,
  phase: (event) => `phase ${event.begins} begins`,
  snapshot: (event) => `looked at: state ${event.state || 'unknown'}`
    + (event.pc ? `, pc ${event.pc}` : '') + (event.text ? `, ${event.text}` : ''),
  missed: (event) => `${event.awaited} did not come in ${durationWords(Number(event.waited_ns))}`,
  fallback: (event) => `${event.from} not possible (${event.reason}): ${event.to} taken`,
  'put-back': putBackWords,
  'rseq-abort': (event) => `restartable sequence at ${event.pc} continues at ${event.abort}`,
  gap: (event) => `${event.lost} events were lost here`,
  log: (event) => (event.text !== undefined ? event.text : event.says || ''),
  unparsed: (event) => event.text || '',
};

function requestWords(event) {
  const name = event.request_name || event.kind;
  return event.rseq ? `${name}: area ${event.rseq.area}` : name;
}

function pokedWords(event) {
  if (event.debug_register === undefined) return `${event.address} = ${event.data}`;
  const value = event.debug_value || event.data;
  const armed = event.debug_register === 7 ? (Number(value) & 0xff ? ' (armed)' : ' (disarmed)') : '';
  return `DR${event.debug_register} = ${value}${armed}`;
}

function registerWords(event) {
  if (event.registers && event.registers.rip) return `, rip = ${event.registers.rip}`;
  if (event.extended_state) return `, extended state, ${event.extended_state.bytes} bytes`;
  return event.not_seen ? ', not seen' : '';
}

function setWords(word) {
  if (word === undefined) return '';
  if (word === '0x0') return '(empty)';
  return word;
}

function operationWords(call) {
  if (!call) return '';
  if (call.operation === 'entry') return `entry ${syscallName(call.number, call.abi)}`;
  if (call.operation === 'exit') return `exit ${call.result === undefined ? '' : call.result}`;
  return String(call.operation || '');
}

function resumeWords(event) {
  const name = event.request_name || event.kind;
  const signal = Number(event.data);
  return signal >= 1 && signal <= 64 ? `${name} with ${signalName(signal)}` : name;
}

function waitWords(event) {
  const target = event.target === -1 ? 'any child' : event.target;
  if (event.error !== undefined) return `wait for ${target}`;
  if (event.result === 0) return `wait for ${target}: nothing yet`;
  if (event.status === undefined) return `wait for ${target}`;
  return `wait for ${target}: ${event.result} ${statusWords(event.status)}`;
}

function stopWords(event) {
  const pieces = [event.class];
  if (event.syscall_number !== undefined) {
    pieces.push(syscallName(event.syscall_number, event.syscall_abi));
  }
  if (event.siginfo) pieces.push(siginfoWords(event.siginfo));
  else if (event.class === 'signal-delivery' || event.class === 'group-stop') {
    pieces.push(signalName((Number(event.status) >> 8) & 0x7f));
  }
  if (event.pc) pieces.push(`at ${event.pc}`);
  return pieces.join(' ');
}

function putBackWords(event) {
  if (event.error !== undefined) return `${event.item} not put back`;
  if (event.differing > 0) return `${event.item} put back, ${event.differing} differing`;
  return `${event.item} put back, the same as before`;
}
