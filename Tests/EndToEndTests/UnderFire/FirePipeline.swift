import ConnectorTestKit
import Foundation
import Synchronization
import Testing

/// A shop and one pipeline from it into Redis and Elasticsearch, with a proxy on each link.
final class FirePipeline: Sendable {
    let lab: OwnLab
    let shop: Shop
    let postgres: FaultProxy
    let redis: FaultProxy
    /// Passes TCP on to `bulk`.
    let elasticsearch: FaultProxy
    let bulk: HTTPFaultProxy
    let file: String
    /// Every process that was started: none outlives the test.
    private let started = Mutex<[BackgroundProcess]>([])

    /// Makes shop, proxies and pipeline, runs the test, and takes everything away.
    ///
    /// - Parameter change: what the pipeline file has otherwise.
    static func run(
        users: Int = 200, orders: Int = 600, changing change: [String: String] = [:],
        _ body: (FirePipeline) async throws -> Void
    ) async throws {
        let lab = try OwnLab.running
        var shop = try await Shop(
            name: "fire", redisDatabase: 3, users: Scale.rows(users), orders: Scale.rows(orders),
            servers: lab.environment)
        let postgres = try await FaultProxy(to: lab.port)
        let redis = try await FaultProxy(to: lab.port + 2)
        let bulk = try await HTTPFaultProxy(to: lab.port + 3)
        let elasticsearch = try await FaultProxy(to: bulk.port)
        shop.links = [
            "SHOP_POSTGRES": try address("SHOP_POSTGRES", of: shop, through: postgres),
            "SHOP_REDIS": try address("SHOP_REDIS", of: shop, through: redis),
            "SHOP_ELASTICSEARCH": try address("SHOP_ELASTICSEARCH", of: shop, through: elasticsearch),
        ]
        let change = Scale.isFull ? change.merging([lifetime: ""]) { $1 } : change
        var text = pipeline
        for (old, new) in change {
            #expect(text.contains(old))
            text = text.replacing(old, with: new)
        }
        let file = shop.folder.appendingPathComponent("fire.yaml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        try await shop.sql(churn)
        let pipeline = FirePipeline(
            lab: lab, shop: shop, postgres: postgres, redis: redis, elasticsearch: elasticsearch, bulk: bulk,
            file: file.path)
        do {
            try await body(pipeline)
        } catch {
            Issue.record("\(pipeline.lastLines)")
            try? await pipeline.remove()
            throw error
        }
        try await pipeline.remove()
    }

    /// Runs the test with a process of Millrace that has caught up, and ends the process after it; then every row has
    /// to be equal.
    static func runUntilEqual(
        users: Int = 200, orders: Int = 600, changing change: [String: String] = [:],
        _ body: (FirePipeline, BackgroundProcess) async throws -> Void
    ) async throws {
        try await run(users: users, orders: orders, changing: change) { fire in
            let process = try fire.start()
            try await fire.catchUp()
            try await body(fire, process)
            try await fire.expectEqual(process)
        }
    }

    func start(environment: [String: String] = [:]) throws -> BackgroundProcess {
        let process = try shop.start([file], environment: environment)
        adopt(process)
        return process
    }

    /// Commits inserts, updates, moves and deletes in several transactions: `count` users and as many orders.
    func write(_ count: Int, seed: Int, deleting: Bool = true) async throws {
        try await shop.sql("CALL traffic.churn(\(seed), \(Scale.rows(count)), \(deleting))")
    }

    /// Waits until everything that is committed now is applied and saved by the process that was started last.
    func catchUp() async throws { try await shop.waitUntilCaughtUp(started.withLock { $0.last }) }

    /// Heals every link, waits until everything is applied and saved, ends the process in good order, and compares.
    func expectEqual(_ process: BackgroundProcess) async throws {
        for proxy in [postgres, redis, elasticsearch] { proxy.heal() }
        bulk.heal()
        try #require(process.isRunning)
        try await catchUp()
        try await shop.expectNothingParked(by: "fire")
        let isLasting = try !String(contentsOfFile: file, encoding: .utf8).contains(Self.lifetime)
        let verdict = try await shop.compare(isLasting ? ["--lasting"] : [])
        #expect(verdict.contains("The rows agree."))
        #expect(await process.end(with: SIGTERM) == 0, "\(lastLines)")
    }

    /// Waits until the process has ended by itself, with the status and words that tell the operator what to do.
    func expectStop(_ process: BackgroundProcess, status: Int32 = 1, saying words: String...) async throws {
        let ended = try await process.end(within: .seconds(90))
        #expect(ended == status)
        for word in words { #expect(process.output.contains(word), "\(word)") }
    }

    /// Waits until a sink has said that it tries again, and why.
    func expectRetry(of sink: String, saying words: String) async throws {
        try await Eventually.require("\(sink) says: \(words)") {
            let status = try await shop.millrace("status", "fire", "--json").output
            return log.contains(words) || status.contains(words)
        }
    }

    /// Takes charge of a process that was started otherwise.
    func adopt(_ process: BackgroundProcess) { started.withLock { $0.append(process) } }

    /// Does what the error said: forgets the checkpoint and loads everything again.
    func reset() async throws -> BackgroundProcess {
        let reset = try await shop.millrace("checkpoint", "reset", file, "--yes")
        #expect(reset.status == 0, "\(reset.output)")
        return try start()
    }

    var log: String {
        (try? String(contentsOf: shop.folder.appendingPathComponent("millrace.log"), encoding: .utf8)) ?? ""
    }

    var lastLines: Substring { log.suffix(3_000) }

    private func remove() async throws {
        for process in started.withLock({ $0 }) where process.isRunning {
            process.send(SIGCONT)
            await process.end(with: SIGKILL)
        }
        for proxy in [postgres, redis, elasticsearch] { try await proxy.stop() }
        try await bulk.stop()
        try? FileManager.default.removeItem(at: shop.folder)
    }

    private init(
        lab: OwnLab, shop: Shop, postgres: FaultProxy, redis: FaultProxy, elasticsearch: FaultProxy,
        bulk: HTTPFaultProxy, file: String
    ) {
        self.lab = lab
        self.shop = shop
        self.postgres = postgres
        self.redis = redis
        self.elasticsearch = elasticsearch
        self.bulk = bulk
        self.file = file
    }

    private static func address(_ name: String, of shop: Shop, through proxy: FaultProxy) throws -> String {
        var parts = try #require(shop.environment[name].flatMap(URLComponents.init(string:)))
        parts.port = proxy.port
        return try #require(parts.string)
    }

    private static let pipeline = """
        format: 1
        pipeline: fire
        source:
          postgres:
            url: ${SHOP_POSTGRES}
            chunk_rows: 100
            tables: [public.users, public.orders]
        sinks:
          - redis:
              url: ${SHOP_REDIS}
              timeout: 5s
              write:
                - from: public.users
                  omit: [password_hash]
                  hash: "user:{id}"
                  ttl: 30m
                - from: public.orders
                  select: [status, total_amount, created_at]
                  hash: "order:status:{id}"
                  ttl: 30m
                - from: public.orders
                  sorted_set: "user:{user_id}:orders"
                  member: "{id}"
                  score: created_at
                  ttl: 30m
          - elasticsearch:
              url: ${SHOP_ELASTICSEARCH}
              timeout: 5s
              write:
                - from: public.orders
                  index: orders
                  id: "{id}"
                  types: {order_number: keyword, status: keyword, currency: keyword}

        """

    /// The lifetime of every key in Redis. At full size a test takes longer than that.
    static let lifetime = "          ttl: 30m\n"

    /// Has both sinks take the users, whose rows a test may make wide.
    static let wideUsers = [
        "        - from: public.orders\n          index: orders\n": """
                - from: public.users
                  omit: [password_hash]
                  index: users
                  id: "{id}"
                - from: public.orders
                  index: orders

        """
    ]

    /// Every statement is a transaction of its own; one seed writes one set of keys.
    private static let churn = """
        CREATE PROCEDURE traffic.churn(seed bigint, count integer, deleting boolean) LANGUAGE plpgsql AS $$
        DECLARE mine text := format('F-%s-', seed);
        BEGIN
            INSERT INTO users (id, email, password_hash, first_name, last_name, phone)
            SELECT traffic.identifier('fire', seed * 1000000 + i), format('fire.%s.%s@example.com', seed, i), 'none',
                'First', 'Last', i::text
            FROM generate_series(1, count) i;
            COMMIT;
            INSERT INTO orders (id, user_id, order_number, subtotal, total_amount)
            SELECT traffic.identifier('order-fire', seed * 1000000 + i), traffic.identifier('fire', seed * 1000000 + i),
                mine || i, i, i
            FROM generate_series(1, count) i;
            COMMIT;
            UPDATE orders SET status = 'shipped', updated_at = now()
            WHERE order_number LIKE mine || '%' AND subtotal::int % 3 = 0;
            COMMIT;
            UPDATE users SET phone = seed::text, updated_at = now() WHERE ascii(id::text) % 5 = seed % 5;
            COMMIT;
            UPDATE orders SET user_id = traffic.identifier('fire', seed * 1000000 + 1)
            WHERE order_number LIKE mine || '%' AND subtotal::int % 5 = 0;
            COMMIT;
            IF deleting THEN
                DELETE FROM orders WHERE order_number LIKE mine || '%' AND subtotal::int % 7 = 0;
                COMMIT;
                DELETE FROM users WHERE email LIKE format('fire.%s.%%', seed)
                    AND NOT EXISTS (SELECT FROM orders WHERE orders.user_id = users.id);
                COMMIT;
            END IF;
        END $$
        """
}
