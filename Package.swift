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

/// PAM modules are C. SwiftPM links them with swiftc(1), which adds the Swift runtime unless the language is Embedded Swift.
let loadable: [LinkerSetting] = [.unsafeFlags(["-enable-experimental-feature", "Embedded"])]
let strictC: [CSetting] = [.enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error)]

/// Relocations are done at the start and then read-only, since libsystemd brings others into a process that sees passwords.
/// That executables carry the Swift runtime is said on the command line: --static-swift-stdlib.
let hardened: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now"])
]

/// The library for C carries the Swift runtime, so that a host needs no other file, and shows the names of its map alone, so
/// that another Swift in the same process is not disturbed. It stays loaded: its thread may be running. Of libstdc++, which
/// that runtime wants, it carries the little that it uses: `static/libstdc++.so` is a linker script that names the archive,
/// because the runtime's own list of libraries leaves no choice. The whole would add a MiB to each process.
let shared: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-static-stdlib", "-Xclang-linker", "-L\(Context.packageDirectory)/Sources/Libusher/static", "-Xlinker",
            "-soname=libusher.so.0", "-Xlinker",
            "--version-script=\(Context.packageDirectory)/Sources/Libusher/libusher.map", "-Xlinker", "--gc-sections",
        ] + ["relro", "now", "nodelete"].flatMap { ["-Xlinker", "-z", "-Xlinker", $0] })
]

/// Which build the programs say they are of (`--version`, `server.hello`), and make-deb after them.
let version = Context.environment["USHER_VERSION"] ?? "0.1"

/// Fuzzers and benchmarks stand in this manifest, because only so they see `package` declarations; they are built on demand.
let wantsFuzzers = Context.environment["USHER_FUZZ"] != nil
let wantsBenchmarks = Context.environment["USHER_BENCHMARKS"] != nil

/// The trait `Web` brings what stands on http-types and Hummingbird. Without it SwiftPM 6.3 neither fetches nor builds
/// them (it fetches what a Package.resolved of a build with the trait pins): `UsherWeb` is then the byte core alone and
/// `UsherWebHummingbird` is empty. The trait is a compilation condition of all targets, so a build with it has a scratch
/// path of its own. Programs that cannot be built without it are there on demand.
let whereWeb: TargetDependencyCondition? = .when(traits: ["Web"])
let wantsWebTools = Context.environment["USHER_WEB"] != nil
let webTools: [Target] = [
    .executableTarget(
        name: "usher-gate",
        dependencies: [
            "CLinux", "UsherClient", "UsherConfiguration", "UsherEventLoop", "UsherGate", "UsherJournal", "UsherPOSIX",
            "UsherPrograms", "UsherSecrets", "UsherWebCore", "UsherWebHummingbird",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HummingbirdCore", package: "hummingbird"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOExtras", package: "swift-nio-extras"),
            .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ],
        swiftSettings: strict,
        linkerSettings: hardened + [
            // Swift's own arguments show every symbol of a program with a static runtime, so that nothing unused is left out.
            .unsafeFlags(["-Xlinker", "--no-export-dynamic"])
        ]),
    .executableTarget(
        name: "WebExample",
        dependencies: [
            "UsherClient", "UsherWeb", "UsherWebHummingbird", .product(name: "Hummingbird", package: "hummingbird"),
        ],
        path: "Tests/Examples/WebExample", swiftSettings: strict),
]

/// The values of usher-gate need no HTTP library; they, their tests and their fuzzer are there for those who work on them.
let wantsGate = wantsWebTools || wantsFuzzers || Context.environment["USHER_GATE"] != nil
let gate: [Target] = [
    .target(
        name: "UsherGate",
        dependencies: [
            "CNettle", "UsherClient", "UsherConfiguration", "UsherPOSIX", "UsherSecrets", "UsherToolSupport",
            "UsherWebCore",
        ],
        swiftSettings: strict),
    .testTarget(
        name: "UsherGateTests",
        dependencies: ["UsherClient", "UsherConfiguration", "UsherGate", "UsherTestKit", "UsherWebCore"],
        swiftSettings: tests),
]

/// The link to the store of several hosts wants hiredis, which nobody needs who builds the daemon.
let wantsLink = Context.environment["USHER_LINK"] != nil
let link: [Target] = [
    .target(name: "CHiredis", cSettings: strictC, linkerSettings: [.linkedLibrary("hiredis")]),
    .target(
        name: "UsherLink",
        dependencies: [
            "CHiredis", "CLinux", "CSystemd", "UsherEventLoop", "UsherJournal", "UsherLinkWire", "UsherPOSIX",
            "UsherSecrets",
        ],
        swiftSettings: strict),
    .executableTarget(
        name: "usher-link",
        dependencies: [
            "CLinux", "UsherEventLoop", "UsherLink", "UsherPOSIX", "UsherPrograms",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: strict, linkerSettings: hardened),
    .testTarget(
        name: "UsherLinkTests",
        dependencies: [
            "CLinux", "UsherCluster", "UsherEventLoop", "UsherLink", "UsherLinkWire", "UsherPOSIX", "UsherStoreWire",
            "UsherTestKit", "usher-link", "usher-names", "usher-pam", "usher-pam-worker", "usherd",
        ],
        swiftSettings: tests),
]

/// Three hosts and a store, played by seeds. Only Tests/ClusterSimulation/run builds it: it is no part of the package
/// otherwise, because a plain `swift build` builds all programs.
let wantsSimulation = Context.environment["USHER_SIMULATION"] != nil
let simulation: [Target] = [
    .executableTarget(
        name: "ClusterSimulation", dependencies: ["UsherCluster"], path: "Tests/ClusterSimulation", exclude: ["run"],
        swiftSettings: tests)
]

/// libFuzzer brings its own `main`; it and AddressSanitizer must be in the compiler's and the linker's command.
let fuzzFlags = ["-parse-as-library", "-sanitize=fuzzer,address"]
let fuzzers: [Target] = [
    .executableTarget(
        name: "FuzzWire", dependencies: ["UsherWire", "UsherSecrets"], path: "Tests/Fuzz/FuzzWire",
        swiftSettings: strict + [.unsafeFlags(fuzzFlags)],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    .executableTarget(
        name: "FuzzEngine",
        dependencies: [
            "UsherDaemon", "UsherEngine", "UsherLogin", "UsherNames", "UsherPAMWire", "UsherPOSIX", "UsherSecrets",
            "UsherSessions", "UsherWire",
        ],
        path: "Tests/Fuzz/FuzzEngine", swiftSettings: tests + [.unsafeFlags(fuzzFlags)],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    .executableTarget(
        name: "FuzzAdoption",
        dependencies: [
            "CLinux", "UsherBoard", "UsherConfiguration", "UsherDaemon", "UsherLogin", "UsherNames", "UsherSecrets",
            "UsherSessions",
        ],
        path: "Tests/Fuzz/FuzzAdoption", swiftSettings: tests + [.unsafeFlags(fuzzFlags)],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    .executableTarget(
        name: "FuzzConfiguration", dependencies: ["UsherConfiguration", "UsherEngine", "UsherNames"],
        path: "Tests/Fuzz/FuzzConfiguration", swiftSettings: tests + [.unsafeFlags(fuzzFlags)],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    .executableTarget(
        name: "FuzzPAM", dependencies: ["UsherNames", "UsherPAMBroker", "UsherPAMWire", "UsherPOSIX"],
        path: "Tests/Fuzz/FuzzPAM", swiftSettings: tests + [.unsafeFlags(fuzzFlags)],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    .executableTarget(
        name: "FuzzClient", dependencies: ["CLinux", "UsherClient", "UsherToolSupport", "UsherWire", "UsherctlText"],
        path: "Tests/Fuzz/FuzzClient", swiftSettings: tests + [.unsafeFlags(fuzzFlags)],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    .executableTarget(
        name: "FuzzWeb", dependencies: ["UsherClient", "UsherWebCore"], path: "Tests/Fuzz/FuzzWeb",
        swiftSettings: tests + [.unsafeFlags(fuzzFlags)],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    .executableTarget(
        name: "FuzzGate", dependencies: ["UsherClient", "UsherConfiguration", "UsherGate", "UsherWebCore"],
        path: "Tests/Fuzz/FuzzGate", swiftSettings: tests + [.unsafeFlags(fuzzFlags)],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    .executableTarget(
        name: "FuzzLink", dependencies: ["UsherCluster", "UsherLinkWire", "UsherStoreWire"],
        path: "Tests/Fuzz/FuzzLink",
        swiftSettings: tests + [.unsafeFlags(fuzzFlags)],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
]
let benchmarks: [Target] = [
    .executableTarget(
        name: "ClientBenchmark", dependencies: ["CLinux", "UsherClient"],
        path: "Tests/Benchmarks/ClientBenchmark", swiftSettings: strict),
    .executableTarget(
        name: "CodecBenchmark", dependencies: ["UsherNames", "UsherSecrets", "UsherWire"],
        path: "Tests/Benchmarks/CodecBenchmark", swiftSettings: strict),
    .executableTarget(
        name: "LedgerBenchmark", dependencies: ["CLinux", "UsherBoard", "UsherSecrets", "UsherSessions"],
        path: "Tests/Benchmarks/LedgerBenchmark", swiftSettings: strict),
    .executableTarget(
        name: "ServerBenchmark",
        dependencies: [
            "CLinux", "UsherHostileKit", "UsherSecrets", "UsherWire",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        path: "Tests/Benchmarks/ServerBenchmark", swiftSettings: strict),
]

let package = Package(
    name: "usher",
    products: [
        .library(name: "UsherClient", targets: ["UsherClient"]),
        .library(name: "UsherTesting", targets: ["UsherTesting"]),
        .library(name: "UsherWebCore", targets: ["UsherWebCore"]),
        .library(name: "UsherWeb", targets: ["UsherWeb"]),
        .library(name: "UsherWebHummingbird", targets: ["UsherWebHummingbird"]),
        .library(name: "usher", type: .dynamic, targets: ["Libusher"]),
        .library(name: "pam_usher_dev", type: .dynamic, targets: ["pam_usher_dev"]),
        .library(name: "pam_usher_trace", type: .dynamic, targets: ["pam_usher_trace"]),
        .library(name: "pam_usher_chaos", type: .dynamic, targets: ["pam_usher_chaos"]),
        .library(name: "usher_wall_clock", type: .dynamic, targets: ["usher_wall_clock"]),
    ],
    traits: [
        .trait(name: "Web", description: "UsherWeb over swift-http-types, and UsherWebHummingbird."),
        .default(enabledTraits: []),
    ],
    dependencies: [
        // Command lines: usage, errors and completions that people know.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // TOML for the configuration, over toml++; its errors name line and column.
        .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
        // With the trait Web: fields of requests and answers, and the server of web tools in Swift.
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        // What Swift cannot say of C.
        .target(name: "CLinux", cSettings: strictC + [.define("USHER_VERSION", to: "\"\(version)\"")]),
        .systemLibrary(name: "CCrypt"),
        .systemLibrary(name: "CShadow"),
        // SHA-256 of tokens, HMAC and AES-SIV: what keeps secrets is not written at home.
        .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"])]),
        .systemLibrary(name: "CPAM", pkgConfig: "pam", providers: [.apt(["libpam0g-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),

        // Shared ground.
        .target(name: "UsherSecrets", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "UsherNames", dependencies: ["UsherSecrets"], swiftSettings: strict),
        .target(name: "UsherPOSIX", dependencies: ["CLinux"], swiftSettings: strict),
        .target(
            name: "UsherPrograms",
            dependencies: [
                "CLinux", "UsherPOSIX", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .target(name: "UsherJournal", dependencies: ["CLinux", "UsherPOSIX"], swiftSettings: strict),
        .target(
            name: "UsherEventLoop", dependencies: ["CLinux", "CSystemd", "UsherNames", "UsherPOSIX"],
            swiftSettings: strict),

        // The cores: values without I/O.
        .target(name: "UsherWire", dependencies: ["CLinux", "UsherNames", "UsherSecrets"], swiftSettings: strict),
        .target(name: "UsherBoard", swiftSettings: strict),
        .target(
            name: "UsherSessions",
            dependencies: ["CNettle", "UsherBoard", "UsherNames", "UsherSecrets"],
            swiftSettings: strict),
        .target(name: "UsherLogin", dependencies: ["UsherNames", "UsherSecrets"], swiftSettings: strict),
        // Several hosts that share sessions. It imports nothing, and so can do no I/O.
        .target(name: "UsherCluster", swiftSettings: strict),
        // What stands in their store, so that the store can neither read nor forge it.
        .target(
            name: "UsherSealing", dependencies: ["CNettle", "UsherCluster", "UsherSecrets"], swiftSettings: strict),
        // What usherd and the link to the store of several hosts say to each other. It imports nothing either.
        .target(name: "UsherLinkWire", swiftSettings: strict),
        // The one in the words of the other, by the contract between hosts and store.
        .target(name: "UsherStoreWire", dependencies: ["UsherCluster", "UsherLinkWire"], swiftSettings: strict),
        .target(
            name: "UsherPAMWire", dependencies: ["UsherNames", "UsherPOSIX", "UsherSecrets"], swiftSettings: strict),

        .target(
            name: "UsherEngine",
            dependencies: [
                "UsherBoard", "UsherCluster", "UsherLogin", "UsherNames", "UsherPAMWire", "UsherSealing",
                "UsherSecrets",
                "UsherSessions", "UsherWire",
            ],
            swiftSettings: strict),

        // The daemon and the PAM side.
        .target(
            name: "UsherConfiguration",
            dependencies: [
                "CLinux", "TOMLKit", "UsherEngine", "UsherEventLoop", "UsherLogin", "UsherNames", "UsherPAMWire",
                "UsherPOSIX", "UsherSealing", "UsherSessions",
            ],
            swiftSettings: strict),
        .target(
            name: "UsherServer",
            dependencies: [
                "CLinux", "UsherEngine", "UsherEventLoop", "UsherNames", "UsherPOSIX", "UsherSecrets", "UsherWire",
            ],
            swiftSettings: strict),
        .target(
            name: "UsherDaemon",
            dependencies: [
                "CCrypt", "CLinux", "UsherBoard", "UsherCluster", "UsherConfiguration", "UsherEngine", "UsherEventLoop",
                "UsherJournal", "UsherLinkWire", "UsherSealing", "UsherStoreWire", "UsherLogin", "UsherNames",
                "UsherPAMWire", "UsherPOSIX", "UsherSecrets", "UsherServer",
                "UsherSessions", "UsherWire",
            ],
            swiftSettings: strict),
        .target(
            name: "UsherPAMProcesses", dependencies: ["CLinux", "UsherEventLoop", "UsherPOSIX"],
            swiftSettings: strict),
        .target(
            name: "UsherPAMBroker",
            dependencies: [
                "CLinux", "CSystemd", "UsherEventLoop", "UsherNames", "UsherPAMProcesses", "UsherPAMWire", "UsherPOSIX",
                "UsherSecrets",
            ],
            swiftSettings: strict),
        .target(
            name: "UsherPAMDoctor",
            dependencies: [
                "CLinux", "CShadow", "UsherEventLoop", "UsherNames", "UsherPAMProcesses", "UsherPAMWire", "UsherPOSIX",
                "UsherSecrets",
            ],
            swiftSettings: strict),
        .target(
            name: "UsherPAMWorker",
            dependencies: ["CCrypt", "CLinux", "CPAM", "UsherNames", "UsherPAMWire", "UsherPOSIX", "UsherSecrets"],
            swiftSettings: strict),
        .executableTarget(
            name: "usherd",
            dependencies: [
                "CLinux", "UsherConfiguration", "UsherDaemon", "UsherEngine", "UsherJournal", "UsherPrograms",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict, linkerSettings: hardened),
        .executableTarget(
            name: "usher-names", dependencies: ["CLinux", "UsherNames", "UsherPOSIX"], swiftSettings: strict,
            linkerSettings: hardened),
        .executableTarget(
            name: "usher-pam",
            dependencies: [
                "CLinux", "UsherPAMBroker", "UsherPAMProcesses", "UsherPOSIX", "UsherPrograms",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict, linkerSettings: hardened),
        .executableTarget(
            name: "usher-pam-doctor",
            dependencies: [
                "CLinux", "UsherNames", "UsherPAMDoctor", "UsherPAMProcesses", "UsherPOSIX", "UsherPrograms",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict, linkerSettings: hardened),
        .executableTarget(
            name: "usher-pam-worker", dependencies: ["UsherPAMWorker"], swiftSettings: strict,
            linkerSettings: hardened),
        .target(
            name: "pam_usher_dev", cSettings: strictC,
            linkerSettings: loadable + [.linkedLibrary("pam"), .linkedLibrary("crypt")]),

        .target(
            name: "pam_usher_trace", cSettings: strictC, linkerSettings: loadable + [.linkedLibrary("pam")]),

        // The client side.
        .target(
            name: "UsherClient",
            dependencies: ["CLinux", "UsherBoard", "UsherNames", "UsherPOSIX", "UsherSecrets", "UsherWire"],
            swiftSettings: strict),
        .target(
            name: "UsherTesting", dependencies: ["CLinux", "UsherClient", "UsherPOSIX", "UsherSecrets"],
            swiftSettings: strict),
        .target(
            name: "UsherToolSupport", dependencies: ["UsherClient", "UsherWire"], swiftSettings: strict),
        .target(
            name: "UsherctlText",
            dependencies: ["CLinux", "UsherClient", "UsherPOSIX", "UsherToolSupport", "UsherWire"],
            swiftSettings: strict),
        .executableTarget(
            name: "usherctl",
            dependencies: [
                "CLinux", "UsherClient", "UsherNames", "UsherPOSIX", "UsherPrograms", "UsherToolSupport",
                "UsherWire", "UsherctlText",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict, linkerSettings: hardened),

        // For web tools.
        .target(
            name: "UsherWebCore", dependencies: ["CLinux", "CNettle", "UsherClient", "UsherSecrets", "UsherWire"],
            swiftSettings: strict),
        .target(
            name: "UsherWeb",
            dependencies: [
                "UsherClient", "UsherWebCore",
                .product(name: "HTTPTypes", package: "swift-http-types", condition: whereWeb),
            ],
            swiftSettings: strict),
        .target(
            name: "UsherWebHummingbird",
            dependencies: [
                "UsherClient", "UsherWeb",
                .product(name: "HTTPTypes", package: "swift-http-types", condition: whereWeb),
                .product(name: "Hummingbird", package: "hummingbird", condition: whereWeb),
            ],
            swiftSettings: strict),

        // For all who call C: a library that shows nothing but what usher.h declares.
        .systemLibrary(name: "CUsher"),
        .target(
            name: "Libusher",
            dependencies: ["CLinux", "CUsher", "UsherClient", "UsherSecrets", "UsherWebCore", "UsherWire"],
            exclude: ["libusher.map", "static"], swiftSettings: strict, linkerSettings: shared),

        // Tests.
        .executableTarget(
            name: "LoginExample", dependencies: ["UsherClient"], path: "Tests/Examples/LoginExample",
            swiftSettings: strict),
        .testTarget(
            name: "UsherClientTests",
            dependencies: [
                "CLinux", "LoginExample", "UsherBoard", "UsherClient", "UsherNames", "UsherPOSIX", "UsherSecrets",
                "UsherTestKit", "UsherToolSupport", "UsherWire", "UsherctlText", "usherctl",
            ],
            exclude: ["Usherctl/Golden"], swiftSettings: tests),
        // Imports what a tool's tests would, and no more.
        .testTarget(
            name: "UsherTestingTests",
            dependencies: ["UsherClient", "UsherTesting", "usher-names", "usher-pam", "usher-pam-worker", "usherd"],
            swiftSettings: tests),
        .target(
            name: "UsherTestKit", dependencies: ["CLinux", "CTestKit", "UsherWire"], path: "Tests/UsherTestKit",
            swiftSettings: tests),
        .target(name: "CTestKit", path: "Tests/CTestKit", cSettings: strictC),
        .target(
            name: "pam_usher_chaos", path: "Tests/pam_usher_chaos", cSettings: strictC,
            linkerSettings: loadable + [.linkedLibrary("pam")]),
        .target(
            name: "usher_wall_clock", path: "Tests/usher_wall_clock", cSettings: strictC, linkerSettings: loadable),
        // What local users may do to the daemon.
        .target(
            name: "UsherHostileKit", dependencies: ["CLinux", "UsherTestKit"], path: "Tests/UsherHostileKit",
            swiftSettings: tests),
        .executableTarget(
            name: "Attacker", dependencies: ["CLinux", "UsherHostileKit", "UsherTestKit"],
            path: "Tests/Tools/Attacker", swiftSettings: tests),
        // Validates sessions in a process of its own.
        .executableTarget(
            name: "BoardValidator", dependencies: ["CLinux", "UsherClient", "UsherTestKit"],
            path: "Tests/Tools/BoardValidator", swiftSettings: tests),
        .testTarget(
            name: "UsherWebCoreTests", dependencies: ["UsherClient", "UsherTestKit", "UsherWebCore"],
            swiftSettings: tests),
        .testTarget(
            name: "UsherJournalTests", dependencies: ["CLinux", "UsherJournal", "UsherTestKit"], swiftSettings: tests),
        .testTarget(name: "UsherNamesTests", dependencies: ["UsherNames"], swiftSettings: tests),
        .testTarget(
            name: "UsherPOSIXTests", dependencies: ["CLinux", "UsherPOSIX", "UsherTestKit"], swiftSettings: tests),
        .testTarget(name: "UsherProgramsTests", dependencies: ["UsherPrograms"], swiftSettings: tests),
        .testTarget(name: "UsherSecretsTests", dependencies: ["UsherSecrets"], swiftSettings: tests),
        .testTarget(
            name: "UsherWireTests", dependencies: ["UsherNames", "UsherSecrets", "UsherTestKit", "UsherWire"],
            swiftSettings: tests),
        .testTarget(
            name: "UsherEventLoopTests", dependencies: ["CLinux", "UsherEventLoop", "UsherPOSIX", "UsherTestKit"],
            swiftSettings: tests),
        .testTarget(
            name: "UsherClusterTests", dependencies: ["UsherCluster", "UsherTestKit"], swiftSettings: tests),
        .testTarget(
            name: "UsherSealingTests",
            dependencies: ["UsherCluster", "UsherSealing", "UsherSecrets", "UsherTestKit"],
            swiftSettings: tests),
        .testTarget(name: "UsherLinkWireTests", dependencies: ["UsherLinkWire"], swiftSettings: tests),
        .testTarget(
            name: "UsherStoreWireTests",
            dependencies: ["UsherCluster", "UsherLinkWire", "UsherStoreWire", "UsherTestKit"],
            swiftSettings: tests),
        .testTarget(name: "UsherBoardTests", dependencies: ["CLinux", "UsherBoard"], swiftSettings: tests),
        .testTarget(
            name: "UsherSessionsTests",
            dependencies: ["CLinux", "UsherBoard", "UsherNames", "UsherSecrets", "UsherSessions"], swiftSettings: tests),
        .testTarget(
            name: "UsherLoginTests", dependencies: ["UsherLogin", "UsherNames", "UsherSecrets", "UsherTestKit"],
            swiftSettings: tests),
        .testTarget(
            name: "UsherPAMWireTests",
            dependencies: ["CLinux", "UsherNames", "UsherPAMWire", "UsherPOSIX", "UsherSecrets"],
            swiftSettings: tests),
        .testTarget(
            name: "UsherPAMBrokerTests",
            dependencies: [
                "CLinux", "UsherEventLoop", "UsherNames", "UsherPAMBroker", "UsherPAMProcesses", "UsherPAMWire",
                "UsherPAMWorker", "UsherPOSIX", "UsherSecrets", "UsherTestKit", "usher-pam", "usher-pam-worker",
            ], swiftSettings: tests),
        .testTarget(
            name: "UsherPAMDoctorTests",
            dependencies: [
                "CLinux", "UsherPAMDoctor", "UsherTestKit", "usher-pam-doctor", "usher-pam-worker",
            ],
            swiftSettings: tests),
        // Runs the built programs, which lie beside the bundle.
        .testTarget(
            name: "UsherEndToEndTests",
            dependencies: [
                "Attacker", "BoardValidator", "CLinux", "UsherClient", "UsherHostileKit", "UsherTestKit", "usher-names",
                "usher-pam", "usher-pam-doctor", "usher-pam-worker", "usherctl", "usherd",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "UsherEngineTests",
            dependencies: [
                "UsherBoard", "UsherCluster", "UsherEngine", "UsherLogin", "UsherNames", "UsherPAMWire", "UsherSealing",
                "UsherSecrets", "UsherSessions", "UsherTestKit", "UsherWire",
            ], swiftSettings: tests),
        .testTarget(
            name: "UsherConfigurationTests",
            dependencies: [
                "CLinux", "UsherConfiguration", "UsherDaemon", "UsherEngine", "UsherEventLoop", "UsherLogin",
                "UsherNames", "UsherPAMBroker", "UsherPOSIX", "UsherTestKit",
            ], swiftSettings: tests),
        .testTarget(
            name: "UsherServerTests",
            dependencies: [
                "CLinux", "UsherEngine", "UsherEventLoop", "UsherNames", "UsherPOSIX", "UsherServer", "UsherTestKit",
                "UsherWire",
            ], swiftSettings: tests),
        .testTarget(
            name: "UsherDaemonTests",
            dependencies: [
                "CLinux", "UsherBoard", "UsherCluster", "UsherConfiguration", "UsherDaemon", "UsherEngine",
                "UsherEventLoop", "UsherJournal", "UsherLogin", "UsherNames", "UsherPAMWire", "UsherPOSIX",
                "UsherSecrets",
                "UsherSessions", "UsherTestKit", "usher-names", "usherd",
            ], swiftSettings: tests),
    ]
)

// Added here and not above: in one expression the compiler would take minutes over them.
if wantsSimulation { package.targets += simulation }
if wantsFuzzers { package.targets += fuzzers }
if wantsBenchmarks { package.targets += benchmarks }
if wantsGate { package.targets += gate }
if wantsLink { package.targets += link }
if wantsWebTools {
    package.targets += webTools
    // usher-gate takes over sockets that listen already, which Hummingbird cannot; both log by swift-log.
    package.dependencies += [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ]
}
