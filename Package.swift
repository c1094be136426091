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

/// For targets whose state is at fixed addresses, and used by one thread at a time.
let unchecked: [SwiftSetting] = [
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

/// A library target under `Sources/NAME`.
func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], _ settings: [SwiftSetting] = []
) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict + settings)
}

/// A thin command line under `Sources/NAME`.
func command(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies + [argumentParser], swiftSettings: strict)
}

/// The tests of one library, under `Tests/NAMETests`.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name)] + dependencies,
    swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// What `generate-isa` reads, beside the sources of PowerISA.
let chapters = [
  "Branch", "DecimalFloatingPoint", "EventBasedBranch", "Fields", "FixedPointArithmetic",
  "FixedPointLoadStore", "FixedPointLogical", "FixedPointMove", "FixedPointPrefixed",
  "FloatingPoint", "FloatingPointLoadStore", "MatrixMultiply", "StorageControl", "System",
  "TransactionalMemory", "VSXLoadStore", "VSXPermute", "VSXQuad", "VSXScalar", "VSXVector",
  "VectorArithmetic", "VectorFloatingPoint", "VectorLoadStore", "VectorLogical", "VectorPermute",
  "VectorSpecial",
]

/// Whether this host can have translated code: x86-64 with AsmJit, which is optional.
#if arch(x86_64)
  let hasTranslator = access("/usr/include/asmjit/x86.h", R_OK) == 0
#else
  let hasTranslator = false
#endif
/// The commit that is built, which the Makefile gives: hexadecimal digits, and a + for changed files.
let commit = Context.environment["PROJECT_COMMIT"].flatMap { text in
  !text.isEmpty && text.allSatisfy { $0.isHexDigit || $0 == "+" } ? text : nil
}
let translator: [Target.Dependency] = hasTranslator ? ["PowerJIT"] : []

let translatorTargets: [Target] =
  hasTranslator
  ? [
    // The translator, and the C face of the assembler it uses (libasmjit-dev).
    .target(name: "CAsmJit", linkerSettings: [.linkedLibrary("asmjit")]),
    library(
      "PowerJIT", ["PowerCPU", "PowerISA", "PowerArithmetic", "GuestMemory", "CAsmJit"], unchecked),
    library(
      "EngineComparison",
      ["PowerJIT", "PowerCPU", "PowerISA", "PowerArithmetic", "GuestMemory", "SavedState"]),
    command("compare-engines", ["EngineComparison", "PowerISA", "PowerJIT"]),
    tests("PowerJIT", ["EngineComparison", "PowerCPU", "PowerISA", "GuestMemory"]),
  ] : []

let package = Package(
  name: "papr",
  products: [
    .executable(name: "mkfdt", targets: ["mkfdt"]),
    .executable(name: "pseries", targets: ["pseries"]),
    .executable(name: "boot-test", targets: ["boot-test"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.4.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    // The architecture, and arithmetic without state.
    .target(
      name: "PowerISA", exclude: chapters.map { "Instructions/\($0).decode" },
      swiftSettings: strict),
    library("PowerArithmetic"),
    tests("PowerArithmetic"),

    // What programs need of the host.
    library("HostSupport"),
    tests("HostSupport"),

    // Reports, lists and protocols as text.
    library("JSON"),
    tests("JSON"),

    // State that outlives a process.
    .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
    library("SavedState", ["CZstd"]),
    tests("SavedState"),

    // Guest real memory and device trees.
    library("GuestMemory", [], unchecked),
    .systemLibrary(name: "CLibFDT", providers: [.apt(["libfdt-dev"])]),
    library("DeviceTree", ["CLibFDT", "JSON"]),

    // One virtual processor.
    library(
      "PowerCPU", ["PowerISA", "PowerArithmetic", "GuestMemory", "SavedState"], unchecked),

    // Its instructions next to QEMU's.
    library(
      "InstructionComparison",
      ["JSON", "PowerCPU", "PowerISA", "PowerArithmetic", "GuestMemory"]),

    tests("InstructionComparison", ["GuestMemory", "PowerISA"]),

    // Register lists of this and other engines.
    library("RegisterLists", ["JSON", "PowerISA"]),
    tests("RegisterLists", ["PeerSupport"]),
    library(
      "RegisterRestore",
      ["RegisterLists", "PowerCPU", "PowerISA", "PowerArithmetic", "GuestMemory"]),
    tests(
      "RegisterRestore",
      [
        "RegisterLists", "PowerCPU", "PowerISA", "PowerArithmetic", "GuestMemory", "Machine",
        "PlatformTree", "SavedState",
      ]),

    // What the guest calls.
    library("GuestServices", ["GuestMemory"]),
    library("Devices", ["GuestMemory", "SavedState"]),
    library("Hypervisor", ["GuestServices", "GuestMemory", "Devices", "PowerISA", "SavedState"]),
    library("RTAS", ["Hypervisor", "GuestServices", "GuestMemory", "Devices"]),
    library(
      "OpenFirmware", ["DeviceTree", "GuestServices", "GuestMemory", "PowerISA", "SavedState"]),

    // Compressions of kernel images.
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CLZMA", providers: [.apt(["liblzma-dev"])]),
    .systemLibrary(name: "CBzip2", providers: [.apt(["libbz2-dev"])]),
    .systemLibrary(name: "CLZ4", providers: [.apt(["liblz4-dev"])]),

    // The tree a PAPR guest expects, and the machine that serves it.
    library("PlatformTree", ["DeviceTree", "PowerISA", "Hypervisor", "RTAS", "OpenFirmware"]),
    library(
      "Machine",
      translator + [
        "PowerCPU", "Migration", "PlatformTree", "OpenFirmware", "Hypervisor", "RTAS", "Devices",
        "GuestServices", "GuestMemory", "DeviceTree", "JSON", "PlatformSelection", "PowerISA",
        "SavedState", "HostSupport", "CZlib", "CLZMA", "CBzip2", "CLZ4", "CZstd",
      ], hasTranslator ? [.define("TRANSLATOR")] : []),
    // Looking after a running machine.
    .target(name: "CSockets"),
    library(
      "MachineControl",
      [
        "CSockets", "Hypervisor", "JSON", "Machine", "Migration", "PlatformTree", "PowerISA",
        "RTAS",
        "SavedState",
      ]),
    tests(
      "MachineControl", ["JSON", "Machine", "Migration", "PlatformTree", "PowerISA", "SavedState"]),
    library(
      "Migration",
      ["DeviceTree", "Hypervisor", "OpenFirmware", "PlatformTree", "PowerISA", "SavedState"]),
    tests("Migration", ["DeviceTree", "OpenFirmware", "PlatformTree", "PowerISA", "SavedState"]),
    library("BootTest", ["HostSupport", "JSON", yams, system]),

    // What a user says instead of options.
    library("PlatformSelection", ["JSON", "PowerISA"]),
    tests("PlatformSelection", ["PowerISA"]),
    .systemLibrary(name: "CExpat", providers: [.apt(["libexpat1-dev"])]),
    library("DomainDescription", ["CExpat", "Devices", "PlatformTree", "PowerISA"]),
    tests("DomainDescription", ["PlatformTree", "PowerISA"]),

    // What a process gives up before its guest runs.
    .systemLibrary(name: "CSeccomp", providers: [.apt(["libseccomp-dev"])]),
    .target(name: "CSandbox"),
    library("Sandbox", ["CSandbox", "CSeccomp"]),

    // Command lines.
    .target(
      name: "CVersion", cSettings: commit.map { [.define("PROJECT_COMMIT", to: $0)] } ?? []),
    library(
      "MachineOptions",
      [
        "CVersion", "Devices", "DomainDescription", "HostSupport", "JSON", "PlatformSelection",
        "PlatformTree", "PowerISA", argumentParser,
      ]),
    command(
      "mkfdt",
      [
        "MachineOptions", "HostSupport", "JSON", "Migration", "PlatformTree", "OpenFirmware",
        "DeviceTree", "PowerISA", "SavedState",
      ]),
    command(
      "pseries",
      [
        "MachineOptions", "DomainDescription", "PlatformSelection", "GuestServices", "HostSupport",
        "OpenFirmware", "JSON", "Machine", "MachineControl", "Migration", "PlatformTree",
        "PowerCPU", "PowerISA",
        "RegisterLists", "RegisterRestore", "Sandbox", "SavedState",
      ]),
    command("boot-test", ["BootTest", "HostSupport", "MachineOptions"]),
    command(
      "fuzz",
      [
        "Machine", "MachineControl", "Migration", "DomainDescription", "JSON", "OpenFirmware",
        "PlatformTree", "DeviceTree", "PowerISA", "RegisterLists", "RegisterRestore", "SavedState",
      ]),
    command("compare-isa", ["InstructionComparison", "GuestMemory", "JSON", "PowerISA"]),
    .executableTarget(name: "generate-isa", swiftSettings: strict),
    .executableTarget(
      name: "decode-benchmark", dependencies: ["PowerISA"], path: "Tests/Benchmarks/decode",
      swiftSettings: strict),

    tests(
      "Machine",
      [
        "DeviceTree", "Devices", "HostSupport", "Hypervisor", "Migration", "OpenFirmware",
        "PlatformTree", "PowerCPU", "PowerISA", "SavedState",
      ]),
    tests("PowerCPU", ["GuestMemory", "PowerArithmetic", "PowerISA", "SavedState"]),

    // Tests.
    .target(name: "PeerSupport", path: "Tests/PeerSupport", swiftSettings: strict),
    tests("BootTest", ["boot-test", system]),
    tests("DeviceTree", ["CLibFDT", "PeerSupport"]),
    tests("mkfdt", ["DeviceTree", "PowerISA"]),
    tests("pseries", ["JSON", "MachineControl", "MachineOptions", "boot-test", "mkfdt"]),
    tests(
      "PlatformTree",
      ["DeviceTree", "PeerSupport", "PowerISA", "Hypervisor", "RTAS", "OpenFirmware"]),
    tests("PowerISA", ["PeerSupport", "generate-isa"]),
    tests("GuestServices", ["GuestMemory"]),
    tests("Devices"),
    .target(
      name: "HypervisorTestSupport",
      dependencies: ["Hypervisor", "Devices", "GuestMemory", "PowerISA"],
      path: "Tests/HypervisorTestSupport", swiftSettings: strict),
    tests(
      "Hypervisor",
      ["HypervisorTestSupport", "GuestServices", "GuestMemory", "Devices", "PowerISA"]),
    tests(
      "RTAS",
      [
        "HypervisorTestSupport", "Hypervisor", "GuestServices", "GuestMemory", "Devices",
        "PowerISA",
      ]),
    tests(
      "OpenFirmware",
      ["DeviceTree", "GuestServices", "GuestMemory", "PeerSupport", "PowerISA", "SavedState"]),
  ] + translatorTargets,
  cxxLanguageStandard: .cxx17
)
