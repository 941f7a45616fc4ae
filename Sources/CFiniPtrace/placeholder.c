typedef int CFiniPtrace_placeholder;
