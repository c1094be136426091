public import ArgumentParser
public import Machine

extension MachineEngine: ExpressibleByArgument {}
