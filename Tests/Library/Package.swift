// swift-tools-version: 6.2
import PackageDescription

/// Examples of the libraries as a package of their own, which depends on this one by version.
/// `Tests/Library/check` builds and runs them.
let repository = Context.environment["PAPR_REPOSITORY"] ?? "../.."

func example(_ name: String, _ products: [String]) -> Target {
  .executableTarget(
    name: name, dependencies: products.map { .product(name: $0, package: "papr") })
}

let package = Package(
  name: "examples",
  dependencies: [.package(url: repository, from: "0.12.0")],
  targets: [
    example("make-tree", ["DeviceTree", "PlatformTree", "PowerISA"]),
    example("negotiate", ["PlatformTree", "PowerISA"]),
    example("boot", ["Machine", "PlatformTree", "PowerISA"]),
  ]
)
