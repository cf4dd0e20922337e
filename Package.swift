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

/// Built only when asked for: `USHER_BENCHMARKS=1 swift run -c release LedgerBenchmark`.
let benchmarks: [Target] =
    Context.environment["USHER_BENCHMARKS"] == nil
    ? []
    : [
        .executableTarget(
            name: "LedgerBenchmark", dependencies: ["UsherSessions", "UsherBoard", "UsherSecrets"],
            path: "Tests/Benchmarks/LedgerBenchmark", swiftSettings: strict)
    ]

let package = Package(
    name: "usher",
    dependencies: [.package(url: "https://github.com/apple/swift-crypto", from: "4.5.2")],
    targets: [
        .target(name: "CLinux", cSettings: strictC),
        .target(name: "UsherSecrets", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "UsherBoard", swiftSettings: strict),
        .target(
            name: "UsherSessions",
            dependencies: ["UsherSecrets", "UsherBoard", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),
        .testTarget(name: "UsherBoardTests", dependencies: ["UsherBoard"], swiftSettings: tests),
        .testTarget(
            name: "UsherSessionsTests", dependencies: ["UsherSessions", "UsherBoard", "UsherSecrets"],
            swiftSettings: tests),
    ] + benchmarks
)
