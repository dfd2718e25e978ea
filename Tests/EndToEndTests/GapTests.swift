import Foundation
import Testing

/// Pipelines whose source went on, or went back, while nothing followed it.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .timeLimit(.minutes(10)))
struct GapTests {
    /// What customers and clerks do while nobody looks: every kind of change, moves of a key's parts among them.
    private static let unseen = """
        DELETE FROM payments WHERE order_id IN (SELECT id FROM orders WHERE right(id::text, 1) < '4');
        DELETE FROM orders WHERE right(id::text, 1) < '4';
        UPDATE orders SET status = 'lost', total_amount = total_amount + 1 WHERE right(id::text, 1) > 'c';
        UPDATE orders SET user_id = (SELECT max(id::text)::uuid FROM users) WHERE right(id::text, 1) = '7';
        DELETE FROM users WHERE id NOT IN (SELECT user_id FROM orders) AND right(id::text, 1) > '6';
        UPDATE users SET phone = NULL WHERE right(id::text, 1) = 'a';
        INSERT INTO users (email, password_hash, first_name, last_name)
            SELECT 'gap' || n || '@example.com', 'x', 'Gap', 'N' || n FROM generate_series(1, 50) n;
        INSERT INTO orders (user_id, order_number, subtotal, total_amount)
            SELECT id, 'GAP-' || row_number() OVER (), 1, 1 FROM users WHERE email LIKE 'gap%';
        """

    private func followed(
        _ name: String, redisDatabase: Int
    ) async throws -> (shop: Shop, files: [String]) {
        let shop = try await Shop(name: name, redisDatabase: redisDatabase, users: 400, orders: 3_000)
        let smallChunks = ["    url: ${SHOP_POSTGRES}\n": "    url: ${SHOP_POSTGRES}\n    chunk_rows: 300\n"]
        let files = [
            try shop.pipeline("shop-redis.yaml", replacing: smallChunks),
            try shop.pipeline("shop-search.yaml", replacing: smallChunks),
        ]
        let millrace = try shop.start(files)
        try await shop.waitUntilCaughtUp()
        #expect(await millrace.end(with: SIGTERM) == 0, "\(millrace.output.suffix(2_000))")
        return (shop, files)
    }

    /// Runs a pipeline that cannot go on, and returns what it said.
    private func refusal(of file: String, in shop: Shop) async throws -> String {
        let run = try await shop.millrace("run", file, "--http", "0")
        #expect(run.status == 1, "\(run.output)")
        return run.output
    }

    /// Begins anew under traffic, and holds both sinks to the source.
    private func beginAnewAndCompare(_ shop: Shop, _ files: [String]) async throws {
        for file in files {
            let reset = try await shop.millrace("checkpoint", "reset", file, "--yes")
            #expect(reset.status == 0, "\(reset.output)")
        }
        let traffic = try shop.openForBusiness(rate: 150, seed: 11)
        let millrace = try shop.start(files)
        try await Task.sleep(for: .seconds(3))
        await traffic.end(with: SIGTERM)
        try await shop.waitUntilCaughtUp()
        let verdict = try await shop.compare()
        #expect(verdict.contains("The rows agree."), "\(verdict)")
        // By hand there is nothing left to find.
        let status = try await shop.millrace("status").output
        #expect(status.contains("deleted from the sinks"), "\(status)")
        #expect(await millrace.end(with: SIGTERM) == 0, "\(millrace.output.suffix(2_000))")
    }

    @Test func afterALostSlotEverySinkEndsAsItsSource() async throws {
        let (shop, files) = try await followed("lostslot", redisDatabase: 10)
        try await shop.sql(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()")
        try await shop.sql(Self.unseen)
        let words = try await refusal(of: files[0], in: shop)
        #expect(words.contains("does not exist any more"), "\(words)")
        #expect(words.contains("`millrace checkpoint reset`"), "\(words)")
        try await beginAnewAndCompare(shop, files)
        try await shop.remove()
    }

    @Test func afterADroppedPublicationEverySinkEndsAsItsSource() async throws {
        let (shop, files) = try await followed("lostpub", redisDatabase: 11)
        try await shop.sql(
            """
            DO $$ DECLARE name text; BEGIN
                FOR name IN SELECT pubname FROM pg_publication LOOP EXECUTE 'DROP PUBLICATION ' || name; END LOOP;
            END $$
            """)
        try await shop.sql(Self.unseen)
        let words = try await refusal(of: files[1], in: shop)
        #expect(words.contains("publication was dropped"), "\(words)")
        #expect(words.contains("`millrace checkpoint reset`"), "\(words)")
        try await beginAnewAndCompare(shop, files)
        try await shop.remove()
    }

    @Test func aSourceRestoredElsewhereWithLowerPositionsWinsInEverySink() async throws {
        var (shop, files) = try await followed("restored", redisDatabase: 12)
        // The old server's log is far ahead of the new one's.
        try await shop.sql("SELECT pg_logical_emit_message(false, 'ahead', repeat('x', 100000000))")
        let dump = shop.folder.appendingPathComponent("shop.sql").path
        let old = shop.environment["SHOP_POSTGRES"] ?? ""
        try await Command.run("pg_dump", ["-d", old, "-f", dump, "--no-publications"])
        let server = try await SecondServer()
        do {
            try await Command.run("psql", ["-qX", server.url, "-c", "CREATE DATABASE shop_restored"])
            shop.environment["SHOP_POSTGRES"] = server.url(of: "shop_restored")
            try await Command.run(
                "psql", ["-qX", "-v", "ON_ERROR_STOP=1", "-f", dump, shop.environment["SHOP_POSTGRES"] ?? ""])
            try await shop.sql(Self.unseen)
            let words = try await refusal(of: files[0], in: shop)
            #expect(words.contains("the source differs in system"), "\(words)")
            #expect(words.contains("`millrace checkpoint reset`"), "\(words)")
            try await beginAnewAndCompare(shop, files)
            let listed = try await shop.millrace("checkpoint", "list").output
            #expect(listed.contains("epoch 1"), "\(listed)")
        } catch {
            try await server.remove()
            throw error
        }
        try await server.remove()
        try await shop.remove()
    }
}

/// A PostgreSQL cluster beside the lab's.
private struct SecondServer {
    private let folder: String
    private let port: Int

    init() async throws {
        let first = try #require(ProcessInfo.processInfo.environment["LAB_PORT"].flatMap { Int($0) })
        port = first + 12
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("second-lab-\(getpid())").path
        try await lab("up", "postgres")
    }

    var url: String { url(of: "postgres") }

    func url(of database: String) -> String { "postgresql://postgres@127.0.0.1:\(port)/\(database)" }

    func remove() async throws { try await lab("down") }

    private func lab(_ arguments: String...) async throws {
        try await Daemon.start(
            Shop.project.appendingPathComponent("lab/lab.sh").path, arguments,
            environment: ["LAB_PORT": "\(port)", "LAB_RUN": folder], log: "\(folder).log")
    }
}
