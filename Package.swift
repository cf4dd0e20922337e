// swift-tools-version: 6.3
import PackageDescription

/// Every Swift target is built this way. What each flag is: https://docs.swift.org/compiler/documentation/diagnostics
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Tests are not held to `strictMemorySafety`: the macros of Swift Testing expand to code that trips it.
let tests: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
]

let strictC: [CSetting] = [.enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error)]

/// The worker brings the Swift runtime with it: it reaches main in 1.6 ms instead of 2.6. It needs no Foundation, so that
/// the linker flag alone will do; other executables are built with `swift build --static-swift-stdlib`. Immediate binding
/// and read-only relocations, as it loads foreign code (`-z now -z relro`).
let standalone: [LinkerSetting] = [
    .unsafeFlags(["-static-stdlib"], .when(configuration: .release)),
    .unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now", "-Xlinker", "-z", "-Xlinker", "relro"]),
]

let package = Package(
    name: "usher",
    products: [
        .library(name: "pam_usher_dev", type: .dynamic, targets: ["pam_usher_dev"]),
        .library(name: "pam_usher_chaos", type: .dynamic, targets: ["pam_usher_chaos"]),
    ],
    dependencies: [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")],
    targets: [
        .target(name: "CLinux", cSettings: strictC),
        .systemLibrary(name: "CPAM", pkgConfig: "pam", providers: [.apt(["libpam0g-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .target(name: "UsherSecrets", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "UsherPAMWire", dependencies: ["CLinux", "UsherSecrets"], swiftSettings: strict),
        .target(
            name: "UsherPAMWorker", dependencies: ["CLinux", "CPAM", "UsherPAMWire", "UsherSecrets"],
            swiftSettings: strict),
        .executableTarget(
            name: "usher-pam-worker", dependencies: ["UsherPAMWorker"], swiftSettings: strict,
            linkerSettings: standalone),
        .target(
            name: "UsherPAMBroker", dependencies: ["CLinux", "CSystemd", "UsherPAMWire", "UsherSecrets"],
            swiftSettings: strict),
        .executableTarget(
            name: "usher-pam",
            dependencies: [
                "UsherPAMBroker", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),
        .target(
            name: "pam_usher_dev", cSettings: strictC,
            linkerSettings: [.linkedLibrary("pam"), .linkedLibrary("crypt")]),
        .target(
            name: "pam_usher_chaos", path: "Tests/pam_usher_chaos", cSettings: strictC,
            linkerSettings: [.linkedLibrary("pam")]),
        .testTarget(
            name: "UsherPAMWireTests", dependencies: ["CLinux", "UsherPAMWire", "UsherSecrets"], swiftSettings: tests),
        .testTarget(
            name: "UsherPAMBrokerTests",
            dependencies: [
                "CLinux", "UsherPAMBroker", "UsherPAMWire", "UsherSecrets", "usher-pam", "usher-pam-worker",
            ], swiftSettings: tests),
    ]
)
