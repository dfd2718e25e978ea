import Foundation
import Testing

/// Rows that look other tables' rows up, through the real process with kills in between, against what SQL says at the source.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .timeLimit(.minutes(4)))
struct JoinTests {
    private static let tables = """
        CREATE TABLE sales (id int PRIMARY KEY, buyer text, note text);
        CREATE TABLE lines (id int PRIMARY KEY, sale bigint, quantity int);
        ALTER TABLE lines REPLICA IDENTITY FULL;
        CREATE INDEX ON lines (sale);
        INSERT INTO sales SELECT n, 'b' || n % 7, repeat('x', 3000) FROM generate_series(1, 300) n;
        INSERT INTO lines SELECT n, 1 + n * 7919 % 400, n % 9 FROM generate_series(1, 1200) n;
        """

    private static let pipeline = """
            tables: [public.sales, public.lines]
            chunk_rows: 100
        sinks:
          - redis:
              url: ${YARD_REDIS}
              write:
                - from: public.lines
                  lookup:
                    - from: public.sales
                      where: {id: sale}
                      take: {buyer: buyer, sale_note: note}
                  compute: {label: "{buyer}/{quantity}"}
                  omit: [sale_note]
                  hash: "joins-yard:line:{id}"
                - from: public.lines
                  name: bought
                  lookup:
                    - from: public.sales
                      where: {id: sale}
                      take: {buyer: buyer}
                  where: buyer = 'b3'
                  select: [quantity]
                  hash: "joins-yard:bought:{id}"
                - from: public.sales
                  lookup:
                    - from: public.lines
                      where: {sale: id}
                      count: lines
                  select: [id, buyer, lines]
                  hash: "joins-yard:sale:{id}"
        """

    /// What each key of Redis has to hold.
    private static let expectation = """
        SELECT concat_ws(' ', 'joins-yard:line:' || l.id, 'buyer=' || s.buyer, 'id=' || l.id,
                'label=' || s.buyer || '/' || l.quantity, 'quantity=' || l.quantity, 'sale=' || l.sale)
            FROM lines l LEFT JOIN sales s ON s.id = l.sale
        UNION ALL
        SELECT 'joins-yard:bought:' || l.id || ' quantity=' || l.quantity
            FROM lines l JOIN sales s ON s.id = l.sale WHERE s.buyer = 'b3'
        UNION ALL
        SELECT concat_ws(' ', 'joins-yard:sale:' || s.id, 'buyer=' || s.buyer, 'id=' || s.id,
                'lines=' || (SELECT count(*) FROM lines l WHERE l.sale = s.id))
            FROM sales s
        """

    /// Every key and its fields in the order of their names; the guard's own left out.
    private static let found = """
        local lines = {}
        for _, key in ipairs(redis.call('KEYS', 'joins-yard:*')) do
            if redis.call('TYPE', key).ok == 'hash' then
                local cells, fields = redis.call('HGETALL', key), {}
                for index = 1, #cells, 2 do
                    if string.sub(cells[index], 1, 2) ~= '__' then
                        fields[#fields + 1] = cells[index] .. '=' .. cells[index + 1]
                    end
                end
                table.sort(fields)
                if #fields > 0 then lines[#lines + 1] = key .. ' ' .. table.concat(fields, ' ') end
            end
        end
        return lines
        """

    /// Deletes every key of the test, of which there are many.
    private static let forget = """
        for _, key in ipairs(redis.call('KEYS', '*joins-yard*')) do redis.call('UNLINK', key) end
        """

    @Test func everyRowIsWhatAJoinAtTheSourceSaysWhateverTheOrderAndTheKills() async throws {
        let yard = try await Yard(name: "joins", tables: Self.tables)
        try yard.write(Self.pipeline)
        let process = try yard.start()
        try await yard.waitUntilCaughtUp()
        try await compare(yard)
        var random = SystemRandomNumberGenerator()
        await process.end(with: SIGKILL)
        let traffic = Task { try await Self.drive(yard, rounds: 60) }
        for _ in 0..<3 {
            let process = try yard.start()
            try await Task.sleep(for: .milliseconds(Int.random(in: 600...2_000, using: &random)))
            await process.end(with: SIGKILL)
        }
        let last = try yard.start()
        try await traffic.value
        try await yard.waitUntilCaughtUp()
        try await compare(yard)
        // One row that very many depend on, and a table that is emptied under those that depend on it.
        try await yard.sql(
            """
            INSERT INTO lines SELECT n, 1, n % 9 FROM generate_series(10001, 25000) n;
            UPDATE sales SET buyer = 'b3' WHERE id = 1;
            """)
        try await yard.waitUntilCaughtUp()
        try await compare(yard)
        try await yard.sql("TRUNCATE sales; INSERT INTO sales VALUES (2, 'b3', 'again')")
        try await yard.waitUntilCaughtUp()
        try await compare(yard)
        let status = try await yard.waitUntilCaughtUp()
        #expect(status.contains("parked") == false || status.contains("parked 0"), "\(status)")
        #expect(await last.end(with: SIGTERM) == 0, "\(last.output.suffix(2_000))")
        _ = try await yard.redis("EVAL", Self.forget, "0")
        try await yard.remove()
    }

    @Test func aCheckNamesTheIndexThatALookUpIsMissing() async throws {
        let yard = try await Yard(
            name: "unindexed", tables: Self.tables.replacing("CREATE INDEX ON lines (sale);", with: ""))
        try yard.write(Self.pipeline)
        let (status, check) = try await yard.millrace("check", yard.file)
        #expect(status == 0 && check.contains(#"CREATE INDEX ON "public"."lines" ("sale");"#), "\(check)")
        // For each look-up that goes from one table to the other there is one search by that column.
        #expect(check.components(separatedBy: "has no index").count == 4, "\(check)")
        try await yard.sql("CREATE INDEX ON lines (sale)")
        let again = try await yard.millrace("check", yard.file)
        #expect(again.status == 0 && !again.output.contains("has no index"), "\(again.output)")
        try await yard.remove()
    }

    /// Transactions that put lines before their sale and sales before their lines, from several clients at once.
    private static func drive(_ yard: Yard, rounds: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<3 {
                group.addTask {
                    for round in 0..<rounds {
                        let sale = 1 + (round * 37 + client * 11) % 420
                        let line = 2_000 + round * 3 + client
                        try await yard.sql(
                            """
                            INSERT INTO lines VALUES (\(line), \(sale), \(round % 9)) ON CONFLICT (id) DO NOTHING;
                            INSERT INTO sales VALUES (\(sale), 'b\(round % 7)', 'n') ON CONFLICT (id)
                                DO UPDATE SET buyer = excluded.buyer;
                            BEGIN;
                            UPDATE lines SET sale = \(1 + (sale * 13) % 420) WHERE id % 97 = \(round) AND id < 2000;
                            UPDATE sales SET buyer = 'b3' WHERE id % 50 = \((round + client) % 50);
                            COMMIT;
                            DELETE FROM sales WHERE id = \(1 + (round * 53 + client) % 420);
                            DELETE FROM lines WHERE id = \(2_000 + round * 2);
                            UPDATE lines SET sale = NULL WHERE id = \(1 + round * 19 + client);
                            """)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func compare(_ yard: Yard) async throws {
        let expected = Set(try await yard.ask(Self.expectation))
        let found = Set(try await yard.redis("EVAL", Self.found, "0").split(separator: "\n").map(String.init))
        let missing = expected.subtracting(found).sorted()
        let extra = found.subtracting(expected).sorted()
        #expect(missing.isEmpty && extra.isEmpty, "missing \(missing.prefix(5)), extra \(extra.prefix(5))")
        #expect(expected.count > 1_000)
    }
}
