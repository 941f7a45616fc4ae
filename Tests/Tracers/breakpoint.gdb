# gdb -q -batch -p PID -x breakpoint.gdb PROGRAM: hits a hardware breakpoint once and goes.
set confirm off
set pagination off
hbreak marked_function
continue
printf "hit\n"
delete
detach
