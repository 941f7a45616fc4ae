typedef int support_placeholder;
