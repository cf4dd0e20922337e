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

let wantsFuzzers = Context.environment["USHER_FUZZ"] != nil
let wantsBenchmarks = Context.environment["USHER_BENCHMARKS"] != nil

/// libFuzzer brings its own `main`; it and AddressSanitizer must be in the compiler's and the linker's command.
let fuzzFlags = ["-parse-as-library", "-sanitize=fuzzer,address"]
let fuzzers: [Target] = [
    .executableTarget(
        name: "FuzzWire", dependencies: ["UsherWire"], path: "Tests/Fuzz/FuzzWire",
        swiftSettings: strict + [.unsafeFlags(fuzzFlags)],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])])
]
let benchmarks: [Target] = [
    .executableTarget(
        name: "CodecBenchmark", dependencies: ["UsherWire", "UsherSecrets"],
        path: "Tests/Benchmarks/CodecBenchmark", swiftSettings: strict)
]

let package = Package(
    name: "usher",
    dependencies: [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")],
    targets: [
        .target(name: "CLinux", cSettings: strictC),
        .target(name: "UsherSecrets", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "UsherWire", dependencies: ["UsherSecrets"], swiftSettings: strict),
        .target(
            name: "UsherClient", dependencies: ["UsherWire", "UsherSecrets", "CLinux"], swiftSettings: strict),
        .executableTarget(
            name: "usherctl",
            dependencies: ["UsherClient", "CLinux", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: strict),
        .executableTarget(
            name: "LoginExample", dependencies: ["UsherClient"], path: "Tests/Examples/LoginExample",
            swiftSettings: strict),
        .testTarget(
            name: "UsherClientTests",
            dependencies: ["UsherClient", "UsherWire", "UsherSecrets", "CLinux", "usherctl", "LoginExample"],
            swiftSettings: tests),
    ]
)
