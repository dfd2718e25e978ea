// swift-tools-version: 6.2
import PackageDescription

/// Settings shared by every target of this package.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

/// A target of the module map: `requires` names targets of a strictly lower level.
func module(
    _ name: String, requires: [Target.Dependency] = [], libraries: [Target.Dependency] = []
) -> Target {
    .target(name: name, dependencies: requires + libraries, swiftSettings: settings)
}

func tests(of name: String, alsoUsing others: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name), "Randomness"] + others, resources: resources,
        swiftSettings: settings)
}

extension Target.Dependency {
    static let algorithms: Self = .product(name: "Algorithms", package: "swift-algorithms")
    static let logging: Self = .product(name: "Logging", package: "swift-log")
    static let deque: Self = .product(name: "DequeModule", package: "swift-collections")
    static let nioCore: Self = .product(name: "NIOCore", package: "swift-nio")
    static let nioPosix: Self = .product(name: "NIOPosix", package: "swift-nio")
    static let nioHTTP1: Self = .product(name: "NIOHTTP1", package: "swift-nio")
    static let nioSSL: Self = .product(name: "NIOSSL", package: "swift-nio-ssl")
    static let httpClient: Self = .product(name: "AsyncHTTPClient", package: "async-http-client")
    static let hummingbird: Self = .product(name: "Hummingbird", package: "hummingbird")
    static let lifecycle: Self = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let signals: Self = .product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let arguments: Self = .product(name: "ArgumentParser", package: "swift-argument-parser")
    static let yams: Self = .product(name: "Yams", package: "Yams")
    static let sqlite: Self = .product(name: "GRDB", package: "GRDB.swift")
    static let crypto: Self = .product(name: "Crypto", package: "swift-crypto")
    static let histogram: Self = .product(name: "Histogram", package: "hdrhistogram-swift")
}

let package = Package(
    name: "millrace",
    products: [
        .executable(name: "millrace", targets: ["millrace"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-algorithms", from: "1.2.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Level 0: C libraries, and bytes.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CMongoC", pkgConfig: "libmongoc-1.0", providers: [.apt(["libmongoc-dev"])]),
        .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CMalloc"),
        module("Wire"),

        // Level 1: the envelope, and threads.
        module("Change", requires: ["Wire"]),
        module("Threads"),

        // Level 2: the contracts, and the wrapped C libraries.
        module("Connector", requires: ["Change", "Threads", "Wire"], libraries: [.logging]),
        module("PostgresClient", requires: ["CLibPQ", "Wire", "Change", "Threads"]),
        module("MongoClient", requires: ["CMongoC", "Wire"]),
        module("Gzip", requires: ["CZlib"]),
        module("BoltCodec", requires: ["Wire"], libraries: [.nioCore]),
        module("RedisCodec", requires: ["CHiredis", "Wire"], libraries: [.nioCore]),

        // Level 3: documents, transforms, and the store.
        module("Pipelines", requires: ["Connector", "Change", "Wire"], libraries: [.yams]),
        module("Transforms", requires: ["Connector", "Change", "Wire"], libraries: [.crypto]),
        module("Checkpoints", requires: ["Connector", "Change", "Wire"], libraries: [.sqlite, .logging]),

        // Level 4: the engine, and the rooms of the connectors.
        module(
            "Engine", requires: ["Pipelines", "Transforms", "Checkpoints", "Connector", "Change", "Threads", "Wire"],
            libraries: [.logging, .deque, .histogram]),
        module(
            "SourceConnectors", requires: ["PostgresClient", "MongoClient", "Connector", "Change", "Threads", "Wire"],
            libraries: [.algorithms, .logging]),
        module(
            "SinkConnectors", requires: ["RedisCodec", "BoltCodec", "Connector", "Gzip", "Change", "Wire"],
            libraries: [.algorithms, .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .httpClient, .logging]),

        // Level 5: the auditor.
        module("Audit", requires: ["Engine", "Connector", "Change"], libraries: [.algorithms]),

        // Level 6: control.
        module(
            "Control",
            requires: ["Audit", "Engine", "Checkpoints", "Pipelines", "Connector", "Change", "Threads", "Wire"],
            libraries: [.algorithms, .hummingbird, .nioCore, .nioPosix, .logging, .lifecycle]),

        // Level 7: the command line.
        .executableTarget(
            name: "millrace",
            dependencies: [
                "Control", "Audit", "Engine", "SourceConnectors", "SinkConnectors", "Checkpoints", "Transforms",
                "Pipelines",
                "Connector", "Change", "Threads", "Wire", "CMalloc", .arguments, .logging, .lifecycle, .signals,
            ],
            swiftSettings: settings),

        // Tests.
        .target(name: "Randomness", path: "Tests/Randomness", swiftSettings: settings),
        .target(
            name: "ConnectorTestKit",
            dependencies: [
                "BoltCodec", "Connector", "Change", "Randomness", "Threads", "Wire", .nioCore, .nioPosix, .nioHTTP1,
                .nioSSL,
            ],
            path: "Tests/ConnectorTestKit", swiftSettings: settings),
        tests(of: "Wire", alsoUsing: ["ConnectorTestKit"]),
        tests(of: "Change", alsoUsing: ["ConnectorTestKit", "Wire"]),
        tests(of: "Threads"),
        tests(of: "Gzip", alsoUsing: ["ConnectorTestKit"]),
        tests(of: "Connector", alsoUsing: ["Change"]),
        tests(of: "PostgresClient"),
        tests(of: "MongoClient", alsoUsing: ["Threads", "Wire"]),
        tests(of: "BoltCodec", alsoUsing: ["ConnectorTestKit", .nioCore]),
        tests(of: "RedisCodec"),
        tests(of: "Pipelines"),
        tests(of: "Transforms", alsoUsing: ["ConnectorTestKit", "Wire"]),
        tests(of: "Checkpoints", alsoUsing: ["ConnectorTestKit", .sqlite]),
        tests(of: "Engine", alsoUsing: ["Change", "Connector", "ConnectorTestKit", "Pipelines", "Wire", .logging]),
        tests(
            of: "SourceConnectors", alsoUsing: ["ConnectorTestKit", "PostgresClient", "MongoClient", "CMongoC", "Wire"]),
        tests(
            of: "SinkConnectors",
            alsoUsing: ["ConnectorTestKit", "RedisCodec", "BoltCodec", "Wire", .nioCore, .nioSSL, .logging]),
        tests(of: "Audit", alsoUsing: ["Engine", "Connector", "Change", "ConnectorTestKit", "Pipelines", .logging]),
        tests(of: "Control", alsoUsing: ["Audit", "Checkpoints", "ConnectorTestKit"]),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Engine", "SourceConnectors", "PostgresClient", "Pipelines", "ConnectorTestKit", "Connector", "Change",
                "Randomness", "Threads", .logging,
            ], swiftSettings: settings),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["millrace", "ConnectorTestKit", "MongoClient", "Randomness", "Threads", "Wire"],
            swiftSettings: settings),
        tests(
            of: "millrace",
            alsoUsing: [
                "ConnectorTestKit", "Control", "Engine", "PostgresClient", "Pipelines", "Transforms", "SinkConnectors",
                "SourceConnectors", "Connector", "Change", .logging,
            ]),
    ]
)
