// swift-tools-version: 6.2
import Glibc
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], _ settings: [SwiftSetting] = []
) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict + settings)
}

/// A thin command line.
func command(
  _ name: String, _ dependencies: [Target.Dependency], _ settings: [SwiftSetting] = []
) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies + [argumentParser, "CTemporaryNames"],
    swiftSettings: strict + settings)
}

/// The tests of one target, under `Tests/NAMETests`.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name)] + dependencies,
    swiftSettings: strict)
}

/// The other layers that each layer may import.
let imports = [
  "Foundation": ["System"],
  "Processor": ["System", "Architecture", "Foundation"],
  "Platform": ["System", "Architecture", "Foundation"],
  "Machine": ["System", "Architecture", "Foundation", "Processor", "Platform"],
  "FrontEnd": ["System", "Architecture", "Foundation", "Processor", "Platform", "Machine"],
  "Tools": [
    "System", "Architecture", "Foundation", "Processor", "Platform", "Machine", "FrontEnd",
  ],
]

/// Puts the targets of each layer into its folder, `Sources/LAYER/TARGET`.
///
/// A target may depend on targets of its own layer, and of earlier ones that its layer may import; a
/// manifest in which one depends on another is refused.
func layered(_ layers: KeyValuePairs<String, [Target]>) -> [Target] {
  var names: [String: [String]] = [:]
  for (layer, targets) in layers {
    names[layer] = targets.map(\.name)
    let imported = imports[layer] ?? []
    let allowed = Set(([layer] + imported).flatMap { names[$0] ?? [] })
    for target in targets {
      target.path = "Sources/\(layer)/\(target.name)"
      for dependency in target.dependencies {
        switch dependency {
        case .byNameItem(let name, _), .targetItem(let name, _):
          guard !allowed.contains(name) else { continue }
          let reason =
            "Package.swift: \(target.name) depends on \(name), which is not in its layer, \(layer), and "
            + "not in an earlier one that this may import (\(imported.joined(separator: ", ")))\n"
          write(STDERR_FILENO, reason, reason.utf8.count)
          exit(1)
        default: continue
        }
      }
    }
  }
  return layers.flatMap(\.value)
}

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// What `generate-isa` reads, beside the sources of PowerISA.
let chapters = [
  "Branch", "DecimalFloatingPoint", "EventBasedBranch", "Extended", "Fields",
  "FixedPointArithmetic",
  "FixedPointLoadStore", "FixedPointLogical", "FixedPointMove", "FixedPointPrefixed",
  "FloatingPoint", "FloatingPointLoadStore", "MatrixMultiply", "StorageControl", "System",
  "TransactionalMemory", "VSXLoadStore", "VSXPermute", "VSXQuad", "VSXScalar", "VSXVector",
  "VectorArithmetic", "VectorFloatingPoint", "VectorLoadStore", "VectorLogical", "VectorPermute",
  "VectorSpecial",
]

/// Whether the package has the translator, whose back end needs x86-64 and AsmJit: where its headers are, unless
/// PAPR_TRANSLATOR is 0 or 1.
#if arch(x86_64)
  let hasTranslator =
    Context.environment["PAPR_TRANSLATOR"].map { $0 != "0" }
    ?? (access("/usr/include/asmjit/x86.h", R_OK) == 0)
#else
  let hasTranslator = false
#endif

/// `targets` in a package with the translator, and nothing in one without.
func translator<Element>(_ elements: [Element]) -> [Element] { hasTranslator ? elements : [] }

/// Whether the package has `user-network`, which needs libslirp: where its headers are, unless
/// PAPR_USER_NETWORK is 0 or 1.
let hasUserNetwork =
  Context.environment["PAPR_USER_NETWORK"].map { $0 != "0" }
  ?? (access("/usr/include/slirp/libslirp.h", R_OK) == 0)

/// `targets` in a package with the user network, and nothing in one without.
func userNetwork<Element>(_ elements: [Element]) -> [Element] { hasUserNetwork ? elements : [] }

/// Whether disk images of all formats and NBD servers can be used, which needs libnbd: where its headers
/// are, unless PAPR_NBD is 0 or 1.
let hasNBD =
  Context.environment["PAPR_NBD"].map { $0 != "0" }
  ?? (access("/usr/include/libnbd.h", R_OK) == 0)

/// The commit that is built, which the Makefile gives: hexadecimal digits, and a + for changed files.
let commit = Context.environment["PROJECT_COMMIT"].flatMap { text in
  !text.isEmpty && text.allSatisfy { $0.isHexDigit || $0 == "+" } ? text : nil
}

let package = Package(
  name: "papr",
  products: [
    .executable(name: "mkfdt", targets: ["mkfdt"]),
    .executable(name: "pseries", targets: ["pseries"]),
    .executable(name: "boot-test", targets: ["boot-test"]),
    .library(name: "PowerISA", targets: ["PowerISA"]),
    .library(name: "DeviceTree", targets: ["DeviceTree"]),
    .library(
      name: "PlatformTree", targets: ["MachineDescription", "OpenFirmware", "PlatformTree"]),
    .library(name: "Machine", targets: ["Machine"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.4.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: layered([
    // C libraries and system calls, as modules.
    "System": [
      .systemLibrary(name: "CBzip2", providers: [.apt(["libbz2-dev"])]),
      .systemLibrary(name: "CExpat", providers: [.apt(["libexpat1-dev"])]),
      .systemLibrary(name: "CLibFDT", providers: [.apt(["libfdt-dev"])]),
      .systemLibrary(name: "CLZ4", providers: [.apt(["liblz4-dev"])]),
      .systemLibrary(name: "CLZMA", providers: [.apt(["liblzma-dev"])]),
      .systemLibrary(name: "CSeccomp", providers: [.apt(["libseccomp-dev"])]),
      .systemLibrary(name: "CPolling"),
      .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
      .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
      .target(name: "CSandbox"),
      .target(name: "CSockets"),
      .target(name: "CStorage"),
      .target(name: "CTemporaryNames"),
      .target(
        name: "CVersion", cSettings: commit.map { [.define("PROJECT_COMMIT", to: $0)] } ?? []),
    ]
      + translator([
        .target(name: "CAsmJit", linkerSettings: [.linkedLibrary("asmjit")]),
        .target(name: "CCodeMemory"),
      ])
      + userNetwork([.systemLibrary(name: "CSlirp")])
      + (hasNBD ? [.systemLibrary(name: "CNBD")] : []),

    // What the books say, and arithmetic without state.
    "Architecture": [
      .target(
        name: "PowerISA", exclude: chapters.map { "Instructions/\($0).decode" },
        swiftSettings: strict),
      library("PowerArithmetic"),
    ],

    // Memory, files and formats.
    "Foundation": [
      library("HostSupport"),
      library("JSON", ["HostSupport"]),
      library("SavedState", ["CZstd", "HostSupport"]),
      library("GuestMemory", ["HostSupport"]),
      library("DeviceTree", ["CLibFDT", "HostSupport", "JSON"]),
      library("DiskFormats", ["HostSupport"]),
      library("FolderServer", ["HostSupport"]),
      library("NetworkBoot"),
      library("Sandbox", ["CSandbox", "CSeccomp", "HostSupport"]),
    ]
      + userNetwork([library("UserNetwork", ["CSlirp", "HostSupport"])]),

    // One virtual processor, its translator, and its registers as other engines list them.
    "Processor": [
      library(
        "PowerCPU", ["PowerISA", "PowerArithmetic", "GuestMemory", "HostSupport", "SavedState"]),
      library("ProcessorCatalog", ["HostSupport", "PowerISA"]),
      library("RegisterLists", ["HostSupport", "JSON", "PowerISA", "ProcessorCatalog"]),
      library(
        "RegisterRestore",
        ["RegisterLists", "PowerCPU", "PowerISA", "PowerArithmetic", "GuestMemory"]),
    ]
      + translator([
        library(
          "PowerJIT",
          [
            "PowerCPU", "PowerISA", "PowerArithmetic", "GuestMemory", "HostSupport", "SavedState",
            "CCodeMemory",
          ]),
        library(
          "PowerJITx86",
          ["PowerJIT", "PowerCPU", "PowerISA", "PowerArithmetic", "HostSupport", "CAsmJit"]),
      ]),

    // What a guest calls, and the tree that advertises it.
    "Platform": [
      library("CallInterface", ["GuestMemory", "HostSupport"]),
      library("MachineDescription", ["HostSupport", "PowerISA"]),
      library(
        "Devices",
        [
          "CPolling", "CSockets", "CStorage", "FolderServer", "GuestMemory", "HostSupport",
          "Hypervisor", "MachineDescription", "SavedState",
        ] + (hasNBD ? ["CNBD"] : []), hasNBD ? [.define("NBD")] : []),
      library(
        "Hypervisor",
        [
          "CallInterface", "GuestMemory", "HostSupport", "MachineDescription", "PowerISA",
          "SavedState",
        ]),
      library("RTAS", ["Hypervisor", "CallInterface", "GuestMemory", "HostSupport"]),
      library(
        "OpenFirmware",
        [
          "DeviceTree", "CallInterface", "DiskFormats", "GuestMemory", "HostSupport",
          "NetworkBoot", "PowerISA", "SavedState",
        ]),
      library(
        "PlatformTree",
        [
          "DeviceTree", "HostSupport", "MachineDescription", "PowerISA", "Hypervisor", "RTAS",
          "OpenFirmware",
        ]),
      library("LinuxView", ["DeviceTree", "PlatformTree", "PowerISA"]),
    ],

    // A whole machine: loaded, run, saved, moved.
    "Machine": [
      library(
        "MigrationCompatibility",
        [
          "DeviceTree", "HostSupport", "Hypervisor", "MachineDescription", "OpenFirmware",
          "PlatformTree", "PowerISA", "ProcessorCatalog", "SavedState",
        ]),
      library(
        "Machine",
        [
          "PowerCPU", "MachineDescription", "MigrationCompatibility", "PlatformTree",
          "OpenFirmware", "Hypervisor", "RTAS", "Devices", "DiskFormats", "CallInterface",
          "GuestMemory", "NetworkBoot",
          "DeviceTree", "PowerArithmetic", "PowerISA", "SavedState", "HostSupport",
          "CZlib", "CLZMA", "CBzip2", "CLZ4", "CZstd",
        ] + translator(["PowerJIT", "PowerJITx86"]),
        translator([.define("TRANSLATOR")])),
      library(
        "MachineControl",
        [
          "CSockets", "Devices", "HostSupport", "Hypervisor", "JSON", "Machine",
          "MachineDescription", "MigrationCompatibility", "PlatformTree", "PowerCPU", "PowerISA",
          "SavedState",
        ]),
      library(
        "RemoteDebugging",
        [
          "DeviceTree", "GuestMemory", "HostSupport", "Hypervisor", "Machine", "MachineControl",
          "MachineDescription", "PowerArithmetic", "PowerCPU", "PowerISA",
        ]),
    ],

    // What users write and type.
    "FrontEnd": [
      library("PlatformSelection", ["HostSupport", "JSON", "PowerISA", "ProcessorCatalog"]),
      library(
        "DomainDescription",
        ["CExpat", "HostSupport", "MachineDescription", "PowerISA", "ProcessorCatalog"]),
      library(
        "MachineOptions",
        [
          "CVersion", "DeviceTree", "DomainDescription", "HostSupport", "JSON",
          "MachineDescription", "PowerISA", argumentParser,
        ]),
      library(
        "MachineReports",
        [
          "DeviceTree", "HostSupport", "JSON", "LinuxView", "Machine", "MachineDescription",
          "PowerCPU", "PowerISA",
        ]),
      library(
        "ProgramExecution",
        [
          "Devices", "GuestMemory", "HostSupport", "JSON", "Machine", "MachineDescription",
          "MigrationCompatibility", "PowerCPU", "PowerISA", "SavedState",
        ]),
      library("Traces", ["CallInterface", "HostSupport", "JSON"]),
      library("BootTest", ["HostSupport", "JSON", "LinuxView", "PowerISA", yams, system]),
      command(
        "mkfdt",
        [
          "LinuxView", "MachineOptions", "HostSupport", "JSON", "MachineDescription",
          "MigrationCompatibility", "PlatformTree", "OpenFirmware", "DeviceTree", "PowerISA",
          "ProcessorCatalog", "SavedState",
        ]),
      command(
        "pseries",
        [
          "Devices", "MachineOptions", "MachineReports", "DomainDescription", "PlatformSelection",
          "CallInterface",
          "HostSupport", "OpenFirmware", "JSON", "Machine", "MachineControl",
          "MachineDescription", "MigrationCompatibility", "PlatformTree", "PowerCPU", "PowerISA",
          "ProcessorCatalog", "RegisterLists", "RegisterRestore", "RemoteDebugging", "Sandbox",
          "SavedState", "Traces",
        ]),
      command(
        "boot-test",
        [
          "BootTest", "Devices", "HostSupport", "JSON", "Machine", "MachineDescription",
          "MachineOptions", "PowerCPU", "PowerISA", "ProgramExecution", "Sandbox",
        ]),
      command("folder-server", ["FolderServer", "HostSupport", "MachineOptions", "Sandbox"]),
    ]
      + userNetwork([
        command("user-network", ["HostSupport", "MachineOptions", "Sandbox", "UserNetwork"])
      ]),

    // Generators, comparisons, fuzzers.
    "Tools": [
      library(
        "InstructionComparison",
        ["HostSupport", "JSON", "PowerCPU", "PowerISA", "PowerArithmetic", "GuestMemory"]),
      command(
        "compare-isa",
        ["InstructionComparison", "GuestMemory", "HostSupport", "JSON", "PowerISA"]
          + translator(["PowerJIT", "PowerJITx86"]), translator([.define("TRANSLATOR")])),
      .executableTarget(
        name: "generate-isa", dependencies: ["CTemporaryNames"], swiftSettings: strict),
      library("DiskSamples", ["DiskFormats", "HostSupport"]),
      library("NetworkSamples"),
      library("DebuggerSamples", ["HostSupport", "Machine", "RemoteDebugging"]),
      command(
        "fuzz",
        [
          "CallInterface", "CSockets", "DebuggerSamples", "DiskSamples", "FolderServer",
          "NetworkBoot", "NetworkSamples",
          "Machine", "MachineControl", "MachineDescription", "MigrationCompatibility",
          "DiskFormats", "DomainDescription", "HostSupport", "JSON", "LinuxView", "OpenFirmware",
          "PlatformTree", "DeviceTree", "Devices", "GuestMemory", "Hypervisor",
          "PowerISA", "RTAS",
          "RegisterLists", "RegisterRestore", "SavedState", "Traces",
        ]),
    ]
      + translator([
        library(
          "EngineComparison",
          [
            "PowerJIT", "PowerJITx86", "PowerCPU", "PowerISA", "PowerArithmetic", "GuestMemory",
            "HostSupport", "SavedState",
          ]),
        command("compare-engines", ["EngineComparison", "PowerISA", "PowerJIT", "PowerJITx86"]),
      ]),
  ]) + [
    .executableTarget(
      name: "decode-benchmark", dependencies: ["CTemporaryNames", "PowerISA"],
      path: "Tests/Benchmarks/decode", swiftSettings: strict),
    .target(name: "PeerSupport", path: "Tests/PeerSupport", swiftSettings: strict),
    .target(
      name: "CommandTestSupport", path: "Tests/CommandTestSupport", swiftSettings: strict),
    .target(
      name: "GuestTestSupport", path: "Tests/GuestTestSupport", swiftSettings: strict),
    .target(
      name: "PlatformTestSupport",
      dependencies: ["DeviceTree", "MachineDescription", "PlatformTree", "PowerISA"],
      path: "Tests/PlatformTestSupport", swiftSettings: strict),
    .target(
      name: "HypervisorTestSupport",
      dependencies: ["Hypervisor", "Devices", "GuestMemory", "PowerISA"],
      path: "Tests/HypervisorTestSupport", swiftSettings: strict),

    tests("PowerISA", ["CommandTestSupport", "PeerSupport", "generate-isa"]),
    tests("PowerArithmetic", ["HostSupport"]),
    tests("HostSupport"),
    tests("GuestMemory"),
    tests("ProcessorCatalog", ["PowerISA"]),
    tests("JSON"),
    tests("DiskFormats", ["DiskSamples", "HostSupport"]),
    tests("FolderServer", ["HostSupport"]),
    tests("NetworkBoot", ["NetworkSamples"]),
    tests("SavedState"),
    tests("DeviceTree", ["CLibFDT", "PeerSupport"]),
    tests("PowerCPU", ["GuestMemory", "HostSupport", "PowerArithmetic", "PowerISA", "SavedState"]),
    tests("RegisterLists", ["HostSupport", "PeerSupport"]),
    tests(
      "RegisterRestore",
      [
        "RegisterLists", "PowerCPU", "PowerISA", "PowerArithmetic", "GuestMemory",
        "GuestTestSupport",
        "Machine", "MachineDescription", "ProcessorCatalog", "SavedState",
      ]),
    tests("CallInterface", ["GuestMemory"]),
    tests(
      "Devices",
      [
        "CSockets", "CStorage", "FolderServer", "GuestMemory", "HostSupport",
        "Hypervisor", "HypervisorTestSupport", "MachineDescription",
        "PeerSupport", "SavedState",
      ]),
    tests(
      "Hypervisor",
      ["HypervisorTestSupport", "CallInterface", "GuestMemory", "Devices", "PowerISA"]),
    tests(
      "RTAS",
      [
        "HypervisorTestSupport", "Hypervisor", "CallInterface", "GuestMemory", "Devices",
        "MachineDescription", "PowerISA", "SavedState",
      ]),
    tests(
      "OpenFirmware",
      [
        "DeviceTree", "DiskFormats", "GuestMemory", "HostSupport", "PeerSupport", "PowerISA",
        "SavedState",
      ]),
    tests(
      "PlatformTree",
      [
        "DeviceTree", "LinuxView", "MachineDescription", "PeerSupport", "PlatformTestSupport",
        "PowerISA", "Hypervisor", "RTAS", "OpenFirmware",
      ]),
    tests("LinuxView", ["DeviceTree", "MachineDescription", "PlatformTestSupport", "PowerISA"]),
    tests(
      "MigrationCompatibility",
      [
        "DeviceTree", "MachineDescription", "OpenFirmware", "PlatformTestSupport", "PlatformTree",
        "PowerISA", "ProcessorCatalog", "SavedState",
      ]),
    tests(
      "Machine",
      [
        "DeviceTree", "Devices", "DiskFormats", "DiskSamples", "GuestMemory", "GuestTestSupport",
        "NetworkSamples",
        "HostSupport", "Hypervisor", "MachineDescription", "MigrationCompatibility", "OpenFirmware",
        "PlatformTree", "PowerCPU",
        "PowerISA",
        "ProcessorCatalog", "SavedState",
      ]),
    tests(
      "MachineControl",
      [
        "Devices", "GuestTestSupport", "JSON", "Machine", "MachineDescription",
        "MigrationCompatibility",
        "PowerISA", "SavedState",
      ]),
    tests(
      "RemoteDebugging",
      [
        "DebuggerSamples", "GuestTestSupport", "HostSupport", "Machine", "MachineControl",
        "MachineDescription", "PowerCPU", "PowerISA",
      ]),
    tests("MachineReports", ["Machine", "MachineDescription", "PowerCPU", "PowerISA"]),
    tests("Traces", ["CallInterface", "HostSupport", "JSON"]),
    tests("PlatformSelection", ["PowerISA", "ProcessorCatalog"]),
    tests("DomainDescription", ["MachineDescription", "PowerISA"]),
    tests(
      "MachineOptions",
      ["DomainDescription", "HostSupport", "MachineDescription", "PowerISA", argumentParser]),
    tests("ProgramExecution", ["HostSupport", "JSON", "PowerCPU", "PowerISA"]),
    tests("BootTest", ["CommandTestSupport", "JSON", "boot-test", system]),
    tests("mkfdt", ["CommandTestSupport", "DeviceTree", "JSON", "PeerSupport", "PowerISA"]),
    tests(
      "pseries",
      [
        "CommandTestSupport", "GuestTestSupport", "JSON", "MachineControl", "MachineOptions",
        "boot-test", "folder-server", "mkfdt",
      ] + userNetwork(["user-network"])),
    tests("InstructionComparison", ["GuestMemory", "HostSupport", "PowerISA"]),
  ]
    + translator([
      tests(
        "PowerJIT",
        [
          "EngineComparison", "GuestMemory", "HostSupport", "PowerCPU", "PowerISA", "PowerJITx86",
        ]),
      tests("EngineComparison", ["PowerCPU", "PowerISA"]),
    ])
    + userNetwork([tests("UserNetwork", ["HostSupport"])]),
  cxxLanguageStandard: .cxx17
)
