internal import Change
internal import Connector
internal import Logging
internal import RedisCodec
internal import Synchronization

/// Keeps rows in a Redis server, every write guarded by its version in one script call.
final class RedisSink: ChangeSink {
    let traits: SinkTraits
    let options: RedisOptions
    let pipeline: String
    /// The sink's name within the pipeline.
    let name: String
    let control: RedisClient
    /// Reads back what stands there.
    let comparer: RedisClient
    let logger: Logger
    let target: RedisTarget
    private let lanes: [RedisLane]
    private let isMarked = Mutex(false)

    init(options: RedisOptions, pipeline: String, name: String, source: any ReadableSource, logger: Logger) {
        self.options = options
        self.pipeline = pipeline
        self.name = name
        self.logger = logger
        traits = SinkTraits(options.sending)
        let target = RedisTarget(options: options, pipeline: pipeline)
        self.target = target
        control = RedisClient(target)
        comparer = RedisClient(target)
        lanes = (0..<options.sending.lanes).map { _ in RedisLane(target: target, source: source) }
    }

    func open() async throws -> SinkIncarnation {
        await close()
        target.forget()
        isMarked.withLock { $0 = false }
        return try await control.connected().incarnation
    }

    func makeMapping(_ request: MappingRequest) throws -> any RowMapping {
        try RedisMapping(request, pipeline: pipeline)
    }

    /// Nothing has to be made beforehand in Redis.
    func prepare(_ mappings: [any RowMapping]) async throws {}

    func readMarker(pipeline: String) async throws -> SinkMarker? {
        let marker = try await RedisMarker.read(RedisKey.marker(of: pipeline, sink: name), by: control)
        // Much may happen between a look at it and the first write.
        if marker != nil { isMarked.withLock { $0 = true } }
        return marker
    }

    /// A marker that was there and is there no more says that the database was emptied: everything written before is
    /// gone, though the server never was.
    func writeMarker(_ marker: SinkMarker) async throws {
        let mustExist = isMarked.withLock { $0 }
        let key = RedisKey.marker(of: marker.pipeline, sink: name)
        guard try await RedisMarker.write(marker, at: key, mustExist: mustExist, by: control) else {
            throw MillraceError(.sinkReplaced, "the pipeline's marker is gone from Redis: its database was emptied")
        }
        isMarked.withLock { $0 = true }
    }

    func apply(_ writes: [SinkWrite], lane: Int) async throws -> [ItemResult] {
        try await lanes[lane].apply(writes)
    }

    func removeMarker(pipeline: String) async throws {
        isMarked.withLock { $0 = false }
        _ = try await control.send(["DEL", RedisKey.marker(of: pipeline, sink: name)])
    }

    func close() async {
        for lane in lanes { await lane.close() }
        await comparer.close()
        await control.close()
    }
}
