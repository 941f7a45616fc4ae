# Counts what strace wrote of requests, waits and signals: an answer that no parser of ours had a hand in.
# A call that was broken off counts where it begins.
{
  line = $0
  sub(/^\[pid +[0-9]+\] /, "", line)
  # Number of the task, stamp, blanks.
  while (line ~ /^[ 0-9][0-9:. ]*[0-9. ] */ && line !~ /^[a-z+<-]/) sub(/^[ 0-9][0-9:.]* */, "", line)
  if (line ~ /^ptrace\(/) requests++
  else if (line ~ /^(wait4|waitid|waitpid)\(/) waits++
  else if (line ~ /^--- SIG/) signals++
}
END { print requests + 0, waits + 0, signals + 0 }
