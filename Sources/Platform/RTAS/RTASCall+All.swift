extension RTASCall {
  /// The calls of every machine. Tokens below 0x2040 are those QEMU's guests see; the others are
  /// ours.
  static let always: [RTASCall] = [
    RTASCall(0x2000, "display-character", RTASPlatformCalls.displayCharacter),
    RTASCall(0x2001, "get-time-of-day", ClockCalls.getTimeOfDay),
    RTASCall(0x2002, "set-time-of-day", ClockCalls.setTimeOfDay),
    RTASCall(0x2003, "power-off", RTASPlatformCalls.powerOff),
    RTASCall(0x2004, "system-reboot", RTASPlatformCalls.reboot),
    RTASCall(0x2005, "query-cpu-stopped-state", ProcessorCalls.queryStoppedState),
    RTASCall(0x2006, "start-cpu", ProcessorCalls.start),
    RTASCall(0x2007, "stop-self", ProcessorCalls.stopSelf),
    RTASCall(0x2008, "ibm,get-system-parameter", SystemParameterCalls.get),
    RTASCall(0x2009, "ibm,set-system-parameter", SystemParameterCalls.set),
    RTASCall(0x200e, "check-exception", EventCalls.checkException),
    RTASCall(0x200f, "event-scan", EventCalls.scan),
    RTASCall(0x2012, "nvram-fetch", NVRAMCalls.fetch),
    RTASCall(0x2013, "nvram-store", NVRAMCalls.store),
    RTASCall(0x201a, "set-indicator", IndicatorCalls.setIndicator),
    RTASCall(0x201d, "get-sensor-state", IndicatorCalls.getSensorState),
    RTASCall(0x201f, "ibm,os-term", RTASPlatformCalls.terminate),
    RTASCall(0x202b, "ibm,nmi-register", NotificationCalls.register),
    RTASCall(0x202c, "ibm,nmi-interlock", NotificationCalls.interlock),
    RTASCall(0x2040, "rtas-last-error", EventCalls.lastError),
  ]

  /// The calls of machines with PCI host bridges.
  static let pci: [RTASCall] = [
    RTASCall(0x2016, "ibm,read-pci-config", PCICalls.read),
    RTASCall(0x2017, "ibm,write-pci-config", PCICalls.write),
    RTASCall(0x2018, "ibm,query-interrupt-source-number", PCICalls.messageSource),
    RTASCall(0x2019, "ibm,change-msi", PCICalls.changeMessages),
    RTASCall(0x2020, "ibm,set-eeh-option", EndpointCalls.setOption),
    RTASCall(0x2021, "ibm,get-config-addr-info2", EndpointCalls.addressInformation),
    RTASCall(0x2022, "ibm,read-slot-reset-state2", EndpointCalls.readState),
    RTASCall(0x2023, "ibm,set-slot-reset", EndpointCalls.setReset),
    RTASCall(0x2024, "ibm,configure-pe", EndpointCalls.configure),
    RTASCall(0x2025, "ibm,slot-error-detail", EndpointCalls.errorDetail),
    RTASCall(0x2026, "ibm,query-pe-dma-window", DMAWindowCalls.query),
    RTASCall(0x2027, "ibm,create-pe-dma-window", DMAWindowCalls.create),
    RTASCall(0x2028, "ibm,remove-pe-dma-window", DMAWindowCalls.remove),
    RTASCall(0x2029, "ibm,reset-pe-dma-windows", DMAWindowCalls.reset),
  ]

  /// The calls of machines with XICS interrupt controllers.
  static let interrupts: [RTASCall] = [
    RTASCall(0x200a, "ibm,set-xive", RTASInterruptCalls.setRoute),
    RTASCall(0x200b, "ibm,get-xive", RTASInterruptCalls.getRoute),
    RTASCall(0x200c, "ibm,int-off", RTASInterruptCalls.disable),
    RTASCall(0x200d, "ibm,int-on", RTASInterruptCalls.enable),
  ]
}
