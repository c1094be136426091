// Nothing to call: the target defines mktemp(3) for the programs that link it.
