/// The module map of ARCHITECTURE.md: each target's level. Imports point strictly downwards.
enum ModuleMap {
    static let levels: [String: Int] = [
        "CLibPQ": 0, "CMongoC": 0, "CHiredis": 0, "CZlib": 0, "CMalloc": 0, "Wire": 0,
        "Change": 1, "Threads": 1,
        "Connector": 2, "PostgresClient": 2, "MongoClient": 2, "RedisCodec": 2, "BoltCodec": 2, "Gzip": 2,
        "Pipelines": 3, "Transforms": 3, "Checkpoints": 3,
        "Engine": 4, "SourceConnectors": 4, "SinkConnectors": 4,
        "Audit": 5,
        "Control": 6,
        "millrace": 7,
    ]

    /// The C libraries, and the one target that wraps each.
    static let wrappers = [
        "CLibPQ": "PostgresClient", "CMongoC": "MongoClient", "CHiredis": "RedisCodec", "CZlib": "Gzip",
        "CMalloc": "millrace",
    ]

    /// Connector rooms, which must not know the engine, a pipeline file or the store.
    static let rooms: Set = ["SourceConnectors", "SinkConnectors"]

    /// What may use a client library: the room that it was wrapped for.
    static let clients = [
        "PostgresClient": "SourceConnectors", "MongoClient": "SourceConnectors", "RedisCodec": "SinkConnectors",
        "BoltCodec": "SinkConnectors", "Gzip": "SinkConnectors",
    ]
}
