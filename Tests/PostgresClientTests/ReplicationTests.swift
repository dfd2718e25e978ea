import Change
import PostgresClient
import Testing
import Threads

@Suite(.enabled(if: Lab.isEnabled), .serialized)
struct ReplicationTests {
    @Test func everyTypeComesThroughTheStreamAndCopyAsAQueryShowsIt() async throws {
        let columns = TypeMatrix.all.enumerated().map { "c\($0.offset) \($0.element.sqlType)" }.joined(separator: ", ")
        let schema = TypeMatrix.schema + "CREATE TABLE matrix (row_id int4 PRIMARY KEY, \(columns));"
        try await ReplicationLab.run("matrix", schema: schema) { lab in
            let stream = try lab.stream()
            var decoder = try lab.decoder()
            let rowCount = (TypeMatrix.all.map(\.values.count).max() ?? 0) + 1
            try lab.connection.execute("SET search_path = public")
            for row in 0..<rowCount {
                let values = TypeMatrix.all.map { row < $0.values.count ? $0.values[row] : "NULL" }
                try lab.connection.execute("INSERT INTO matrix VALUES (\(row), \(values.joined(separator: ", ")))")
            }
            try lab.connection.execute("RESET search_path")
            let batches = try lab.changes(of: "", in: stream, &decoder)
            let streamed = batches.flatMap { batch in batch.changes.map { batch.newRow($0) } }
            let selected = try lab.connection.query("SELECT * FROM public.matrix ORDER BY row_id")
            try #require(streamed.count == rowCount)
            var copied = ChangeBatch()
            var copiedSlots: [Int] = []
            let width = TypeMatrix.all.count + 1
            try lab.connection.copyOut("COPY (SELECT * FROM public.matrix ORDER BY row_id) TO STDOUT") { line in
                copiedSlots.append(try CopyTextDecoder.decode(line, columns: width, into: &copied))
            }
            for (index, row) in streamed.enumerated() {
                let copy = Row(
                    schema: row.schema, bytes: copied.bytes, slots: copied.slots, firstSlot: copiedSlots[index])
                for column in 0..<width {
                    let name = row.schema.columns[column].sourceType
                    #expect(row.text(column) == selected.rows[index][column], "row \(index), \(name), stream")
                    #expect(copy.text(column) == selected.rows[index][column], "row \(index), \(name), copy")
                    #expect(row.state(column) == (selected.rows[index][column] == nil ? .null : .value))
                }
            }
            let types = try lab.connection.query(
                """
                SELECT pg_catalog.format_type(atttypid, atttypmod) AS type FROM pg_attribute
                WHERE attrelid = 'public.matrix'::regclass AND attnum > 0 ORDER BY attnum
                """)
            #expect(streamed[0].schema.columns.map(\.sourceType) == types[column: "type"])
            for (column, expected) in zip(streamed[0].schema.columns.dropFirst(), TypeMatrix.all) {
                #expect(column.type == expected.meaning, "\(expected.sqlType)")
            }
        }
    }

    @Test func rowsOfEveryIdentityArrive() async throws {
        let schema = """
            CREATE TABLE public.d (id int4 PRIMARY KEY, big text); ALTER TABLE public.d ALTER big SET STORAGE EXTERNAL;
            CREATE TABLE public.f (b int4, a int4, big text, PRIMARY KEY (a, b));
            ALTER TABLE public.f REPLICA IDENTITY FULL; ALTER TABLE public.f ALTER big SET STORAGE EXTERNAL;
            CREATE TABLE public.i (id int4 PRIMARY KEY, code text NOT NULL);
            CREATE UNIQUE INDEX "Odd ""index" ON public.i (code);
            ALTER TABLE public.i REPLICA IDENTITY USING INDEX "Odd ""index";
            CREATE TABLE public.bigkey (id text PRIMARY KEY, n int4); ALTER TABLE public.bigkey ALTER id SET STORAGE EXTERNAL;
            """
        try await ReplicationLab.run("identity", schema: schema) { lab in
            let stream = try lab.stream()
            var decoder = try lab.decoder()
            let batches = try lab.changes(
                of: """
                    INSERT INTO public.d VALUES (1, repeat('x', 5000)); UPDATE public.d SET id = 2;
                    INSERT INTO public.f VALUES (1, 2, repeat('x', 5000)); UPDATE public.f SET a = 3; DELETE FROM public.f;
                    INSERT INTO public.i VALUES (1, 'a'); UPDATE public.i SET code = 'b'; DELETE FROM public.i;
                    INSERT INTO public.bigkey VALUES (repeat('k', 2600), 1); UPDATE public.bigkey SET n = 2;
                    """, in: stream, &decoder)
            #expect(
                Rendering.lines(batches).filter { !$0.hasPrefix("begin") && !$0.hasPrefix("end") } == [
                    "0 insert public.d new ('1', <5000>)",
                    "1 update public.d key ('1', unchanged) new ('2', unchanged)",
                    "2 insert public.f new ('1', '2', <5000>)",
                    "3 update public.f full ('1', '2', <5000>) new ('1', '3', <5000>)",
                    "4 delete public.f full ('1', '3', <5000>)",
                    "5 insert public.i new ('1', 'a')",
                    "6 update public.i key (unchanged, 'a') new ('1', 'b')",
                    "7 delete public.i key (unchanged, 'b')",
                    "8 insert public.bigkey new (<2600>, '1')",
                    "9 update public.bigkey key (<2600>, unchanged) new (<2600>, '2')",
                ])
            let schemas = try #require(batches.first?.schemas)
            #expect(schemas.map(\.primaryKey) == [[0], [1, 0], [0], [0]])
            #expect(schemas.map(\.identity) == [.primaryKey, .full, .index("Odd \"index"), .primaryKey])
        }
    }

    @Test func transactionsKeepTheirBoundsNumbersAndPlaces() async throws {
        try await ReplicationLab.run("bounds", schema: "CREATE TABLE public.t (id int4 PRIMARY KEY)") { lab in
            let stream = try lab.stream()
            var decoder = try lab.decoder()
            let before = try #require(try lab.connection.query("SELECT pg_current_wal_insert_lsn()").scalar)
            var ids: [String?] = []
            for row in 0..<3 {
                try lab.connection.execute("BEGIN; INSERT INTO public.t VALUES (\(row)); SAVEPOINT s;")
                try lab.connection.execute("INSERT INTO public.t VALUES (-1); ROLLBACK TO s;")
                try lab.connection.execute("SAVEPOINT s2; INSERT INTO public.t VALUES (\(row + 10)); RELEASE s2;")
                ids.append(try lab.connection.query("SELECT pg_current_xact_id()").scalar)
                try lab.connection.execute("COMMIT")
            }
            let batches = try lab.changes(of: "", in: stream, &decoder)
            let transactions = batches.flatMap(\.transactions)
            #expect(transactions.map { Optional(String($0.id)) } == ids)
            #expect(batches.map(\.changes.count) == [2, 2, 2])
            var last = try #require(LSN(before)).commitPosition
            for transaction in transactions {
                #expect(transaction.commit >= last)
                let end = LSN(rawValue: try #require(transaction.end))
                #expect(end.commitPosition > transaction.commit)
                last = end.commitPosition
            }
        }
    }

    @Test func whatWasAcknowledgedIsNotSentAgainAndTheRestIs() async throws {
        try await ReplicationLab.run("ack", schema: "CREATE TABLE public.t (id int4 PRIMARY KEY)") { lab in
            func ids(_ batches: [ChangeBatch]) -> [String?] {
                batches.flatMap { batch in batch.changes.filter(\.hasNewRow).map { batch.newRow($0).text(0) } }
            }
            var decoder = try lab.decoder()
            do {
                let stream = try lab.stream()
                let first = try lab.changes(of: "INSERT INTO public.t VALUES (1)", in: stream, &decoder)
                #expect(ids(first) == ["1"])
                let end = LSN(rawValue: try #require(first.last?.transactions.last?.end))
                _ = try lab.changes(of: "INSERT INTO public.t VALUES (2)", in: stream, &decoder)
                try stream.sendStatus(
                    StandbyStatus(written: end, flushed: end, applied: end, isReplyRequested: true))
                // Each answer of the server is a moment to look; the one to our status comes when it has dealt with it.
                let deadline = ContinuousClock.now + .seconds(20)
                var confirmed: String?
                repeat {
                    _ = try stream.receive(timeout: .milliseconds(100))
                    confirmed = try lab.connection.query(
                        "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = $1", [lab.slot]
                    ).scalar
                } while confirmed != end.description && .now < deadline
                #expect(confirmed == end.description)
                _ = try lab.connection.query(
                    "SELECT pg_terminate_backend($1::int4, 10000)", [String(stream.backendProcess)])
                let failure = #expect(throws: PostgresError.self) {
                    while true { _ = try stream.receive(timeout: .seconds(20)) }
                }
                #expect(failure?.kind == .connectionLost)
            }
            decoder = try lab.decoder()
            let again = try lab.changes(of: "INSERT INTO public.t VALUES (3)", in: try lab.stream(), &decoder)
            #expect(ids(again) == ["2", "3"])
        }
    }

    @Test func aWaitEndsByTimeBySignalAndByInterrupt() async throws {
        try await ReplicationLab.run("waits") { lab in
            let wake = try WakeDescriptor()
            let interrupt = ConnectionInterrupt(wake: wake)
            let stream = try lab.stream(interrupt: interrupt)
            // A new stream says at once how far the log reaches.
            while try stream.receive(timeout: .milliseconds(200)) != nil {}
            wake.signal()
            #expect(try stream.receive(timeout: .seconds(60)) == nil)
            let started = ContinuousClock.now
            #expect(try stream.receive(timeout: .milliseconds(50)) == nil)
            #expect(ContinuousClock.now - started >= .milliseconds(49))
            DedicatedThread.start(name: "interrupter") { interrupt.raise() }
            let error = #expect(throws: PostgresError.self) {
                while true { _ = try stream.receive(timeout: .seconds(60)) }
            }
            #expect(error?.kind == .interrupted)
        }
    }

    @Test func refusalsOfTheServerAreToldApartByCode() async throws {
        try await ReplicationLab.run("refusals") { lab in
            let identity = try ReplicationConnection(lab.settings).identifySystem()
            #expect(identity.database == lab.database)
            #expect(identity.timeline >= 1)
            #expect(
                identity.systemIdentifier
                    == (try lab.connection.query(
                        "SELECT system_identifier FROM pg_control_system()"
                    ).scalar))
            let stream = try lab.stream()
            let inUse = #expect(throws: PostgresError.self) { _ = try lab.stream() }
            #expect(inUse?.code == .objectInUse)
            #expect(inUse?.message.contains("is active for PID \(stream.backendProcess)") == true)
            let missing = #expect(throws: PostgresError.self) {
                try ReplicationConnection(lab.settings).startReplication(
                    slot: "no_such_slot", from: .zero, publications: ["p"])
            }
            #expect(missing?.code == .undefinedObject)
            let exists = #expect(throws: PostgresError.self) {
                try ReplicationConnection(lab.settings).createSlot(lab.slot)
            }
            #expect(exists?.code == .duplicateObject)
            let temporary = try ReplicationConnection(lab.settings)
            try temporary.createSlot(lab.slot + "_2", isTemporary: true, isFailover: true)
            try temporary.dropSlot(lab.slot + "_2")
            let gone = #expect(throws: PostgresError.self) { try temporary.dropSlot(lab.slot + "_2", waiting: true) }
            #expect(gone?.code == .undefinedObject)
        }
    }

    @Test func oddNamesOfPublicationsTablesAndColumnsSurvive() async throws {
        let schema = """
            CREATE SCHEMA "Odd.schema"; CREATE TABLE "Odd.schema"."it's ""quoted"", really" (
                "the\\key" int4 PRIMARY KEY, "with.dot" text, "Ünïcode" text);
            CREATE TABLE public.empty (); CREATE PUBLICATION "Odd, ""publication'" FOR ALL TABLES;
            """
        try await ReplicationLab.run("names", schema: schema) { lab in
            let stream = try ReplicationConnection(lab.settings)
            try stream.startReplication(slot: lab.slot, from: .zero, publications: ["Odd, \"publication'"])
            var decoder = try lab.decoder()
            let batches = try lab.changes(
                of: """
                    INSERT INTO "Odd.schema"."it's ""quoted"", really" VALUES (1, 'a', 'b');
                    INSERT INTO public.empty DEFAULT VALUES;
                    """, in: stream, &decoder)
            let schemas = batches.flatMap(\.schemas)
            #expect(schemas.map(\.table.namespace) == ["Odd.schema", "public"])
            #expect(schemas.first?.table.name == "it's \"quoted\", really")
            #expect(schemas.first?.columns.map(\.name) == ["the\\key", "with.dot", "Ünïcode"])
            #expect(schemas.last?.columns.isEmpty == true)
        }
    }

    @Test func aPreparedTransactionComesAsACommit() async throws {
        try await ReplicationLab.run("twophase", schema: "CREATE TABLE public.t (id int4 PRIMARY KEY)") { lab in
            let stream = try lab.stream()
            var decoder = try lab.decoder()
            try lab.connection.execute("BEGIN; INSERT INTO public.t VALUES (1); PREPARE TRANSACTION 'pgclient'")
            try lab.connection.execute("COMMIT PREPARED 'pgclient'")
            let batches = try lab.changes(of: "", in: stream, &decoder)
            #expect(batches.flatMap(\.transactions).map(\.isComplete) == [true])
            #expect(batches.flatMap(\.changes).map(\.kind) == [.insert])
        }
    }

    @Test func aServerThatHearsNothingEndsTheStream() async throws {
        try await ReplicationLab.run("timeout") { lab in
            var settings = lab.settings
            settings.parameters["wal_sender_timeout"] = "1s"
            let stream = try ReplicationConnection(settings)
            try stream.startReplication(slot: lab.slot, from: .zero, publications: [lab.slot])
            var wasAsked = false
            let error = #expect(throws: PostgresError.self) {
                while true {
                    guard case .keepalive(_, let isReplyRequested)? = try stream.receive(timeout: .seconds(30))?.header
                    else { continue }
                    wasAsked = wasAsked || isReplyRequested
                }
            }
            #expect(error?.kind == .connectionLost)
            #expect(wasAsked)
        }
    }
}
