// Two builds side by side on two cores: most of a small build is waiting.
[assembly: Parallelize(Workers = 2, Scope = ExecutionScope.MethodLevel)]
