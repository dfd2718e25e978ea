/// Messages as PostgreSQL 15 sent them. `{79*4000}` stands for 4000 bytes 79.
///
/// Made by these statements, then `pg_logical_slot_get_binary_changes('pgclient_golden', NULL, NULL, 'proto_version', '1',
/// 'publication_names', 'golden', 'messages', 'true')`:
/// ```sql
/// CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
/// CREATE TABLE orders (id int8 PRIMARY KEY, total numeric(10,2), note text, feeling mood, doc text);
/// ALTER TABLE orders ALTER doc SET STORAGE EXTERNAL;
/// CREATE TABLE whole (id int4, a text, b text);
/// ALTER TABLE whole REPLICA IDENTITY FULL;
/// ALTER TABLE whole ALTER b SET STORAGE EXTERNAL;
/// CREATE TABLE byindex (id int4 PRIMARY KEY, code varchar(8) NOT NULL UNIQUE, "Odd ""name" int4);
/// ALTER TABLE byindex REPLICA IDENTITY USING INDEX byindex_code_key;
/// CREATE TABLE keyless (v int4);
/// CREATE PUBLICATION golden FOR ALL TABLES;
/// SELECT pg_create_logical_replication_slot('pgclient_golden', 'pgoutput');
/// INSERT INTO orders VALUES (1, 12.50, 'first', 'happy', repeat('x', 4000)), (2, NULL, '', NULL, NULL);
/// UPDATE orders SET total = 13 WHERE id = 1;
/// UPDATE orders SET id = 3 WHERE id = 2;
/// DELETE FROM orders WHERE id = 3;
/// BEGIN; INSERT INTO whole VALUES (1, NULL, repeat('y', 4000)); UPDATE whole SET a = 'set'; DELETE FROM whole;
///     COMMIT;
/// BEGIN; INSERT INTO byindex VALUES (1, 'one', 10); UPDATE byindex SET code = 'uno'; UPDATE byindex SET "Odd
///     ""name" = 11; DELETE FROM byindex; COMMIT;
/// BEGIN; SELECT pg_logical_emit_message(true, 'app', 'inside'); SELECT pg_logical_emit_message(false, 'app',
///     '\x00ff'::bytea); COMMIT;
/// BEGIN; INSERT INTO keyless VALUES (1); TRUNCATE orders, keyless; COMMIT;
/// BEGIN; SELECT pg_replication_origin_create('pgclient_golden_origin'); COMMIT;
/// SELECT pg_replication_origin_session_setup('pgclient_golden_origin');
/// BEGIN; SELECT pg_replication_origin_xact_setup('0/AABBCCDD', '2024-01-02 03:04:05+00'); INSERT INTO keyless
///     VALUES (2); COMMIT;
/// SELECT pg_replication_origin_session_reset();
/// SELECT pg_replication_origin_drop('pgclient_golden_origin');
/// BEGIN; ALTER TABLE orders ADD COLUMN added timestamptz(3) DEFAULT '2024-02-29'; INSERT INTO orders (id, added)
///     VALUES (9, '1999-01-01'); ALTER TABLE orders RENAME TO purchases; INSERT INTO purchases (id) VALUES (10);
///     COMMIT;
/// ```
enum Golden {
    static let messages: [[UInt8]] = lines.map(bytes)

    private static let lines = """
        420000000001e1f248000303c4d745e796000002f4
        590000402e7075626c6963006d6f6f6400
        52000040357075626c6963006f7264657273006400050169640000000014ffffffff00746f74616c00000006a4000a0006006e6f \
          74650000000019ffffffff006665656c696e67000000402effffffff00646f630000000019ffffffff
        49000040354e0005740000000131740000000531322e353074000000056669727374740000000568617070797400000fa0{78*40 \
          00}
        49000040354e00057400000001326e74000000006e6e
        43000000000001e1f2480000000001e1f278000303c4d745e796
        420000000001e1f320000303c4d745f52c000002f5
        55000040354e0005740000000131740000000531332e3030740000000566697273747400000005686170707975
        43000000000001e1f3200000000001e1f350000303c4d745f52c
        420000000001e1f3f0000303c4d74603a1000002f6
        55000040354b00057400000001326e6e6e6e4e00057400000001336e74000000006e6e
        43000000000001e1f3f00000000001e1f420000303c4d74603a1
        420000000001e1f468000303c4d746131c000002f7
        44000040354b00057400000001336e6e6e6e
        43000000000001e1f4680000000001e1f498000303c4d746131c
        420000000001e22788000303c4d7462599000002f8
        520000403c7075626c69630077686f6c65006600030169640000000017ffffffff01610000000019ffffffff01620000000019ff \
          ffffff
        490000403c4e00037400000001316e7400000fa0{79*4000}
        550000403c4f00037400000001316e7400000fa0{79*4000}4e0003740000000131740000000373657475
        440000403c4f000374000000013174000000037365747400000fa0{79*4000}
        43000000000001e227880000000001e227b8000303c4d7462599
        420000000001e22aa8000303c4d7463539000002f9
        52000040417075626c6963006279696e646578006900030069640000000017ffffffff01636f646500000004130000000c004f64 \
          6420226e616d650000000017ffffffff
        49000040414e000374000000013174000000036f6e6574000000023130
        55000040414b00036e74000000036f6e656e4e00037400000001317400000003756e6f74000000023130
        55000040414e00037400000001317400000003756e6f74000000023131
        44000040414b00036e7400000003756e6f6e
        43000000000001e22aa80000000001e22ad8000303c4d7463539
        4d000000000001e22b50617070000000000200ff
        420000000001e22b50000303c4d746433a000002fa
        4d010000000001e22b186170700000000006696e73696465
        43000000000001e22b500000000001e22b80000303c4d746433a
        420000000001e239c0000303c4d7468420000002fb
        52000040487075626c6963006b65796c6573730064000100760000000017ffffffff
        49000040484e0001740000000131
        590000402e7075626c6963006d6f6f6400
        52000040357075626c6963006f7264657273006400050169640000000014ffffffff00746f74616c00000006a4000a0006006e6f \
          74650000000019ffffffff006665656c696e67000000402effffffff00646f630000000019ffffffff
        52000040487075626c6963006b65796c6573730064000100760000000017ffffffff
        5400000002000000403500004048
        43000000000001e239c00000000001e23b68000303c4d7468420
        420000000001e23e280002b0ec8515f340000002fd
        4f00000000aabbccdd7067636c69656e745f676f6c64656e5f6f726967696e00
        52000040487075626c6963006b65796c6573730064000100760000000017ffffffff
        49000040484e0001740000000132
        43000000000001e23e280000000001e23e700002b0ec8515f340
        420000000001e250c8000303c4d746d243000002ff
        590000402e7075626c6963006d6f6f6400
        52000040357075626c6963006f7264657273006400060169640000000014ffffffff00746f74616c00000006a4000a0006006e6f \
          74650000000019ffffffff006665656c696e67000000402effffffff00646f630000000019ffffffff00616464656400000004a0 \
          00000003
        49000040354e00067400000001396e6e6e6e7400000016313939392d30312d30312030303a30303a30302b3030
        590000402e7075626c6963006d6f6f6400
        52000040357075626c696300707572636861736573006400060169640000000014ffffffff00746f74616c00000006a4000a0006 \
          006e6f74650000000019ffffffff006665656c696e67000000402effffffff00646f630000000019ffffffff0061646465640000 \
          0004a000000003
        49000040354e0006740000000231306e6e6e6e7400000016323032342d30322d32392030303a30303a30302b3030
        43000000000001e250c80000000001e25260000303c4d746d243
        """.split(separator: "\n")

    private static func bytes(_ line: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = line.filter { $0 != " " }[...]
        while let first = rest.first {
            if first == "{", let star = rest.firstIndex(of: "*"), let end = rest.firstIndex(of: "}") {
                let byte = UInt8(rest.dropFirst()[..<star], radix: 16)!
                bytes += [UInt8](repeating: byte, count: Int(rest[rest.index(after: star)..<end])!)
                rest = rest[rest.index(after: end)...]
            } else {
                bytes.append(UInt8(rest.prefix(2), radix: 16)!)
                rest = rest.dropFirst(2)
            }
        }
        return bytes
    }
}

extension Golden {
    /// What the statements did, as ``Rendering`` writes it.
    static let rendered = #"""
        begin 3948105 id 756 at 1795253690288022
        0 insert public.orders new ('1', '12.50', 'first', 'happy', <4000>)
        1 insert public.orders new ('2', null, '', null, null)
        end 0/1E1F278
        begin 3948132 id 757 at 1795253690291500
        0 update public.orders new ('1', '13.00', 'first', 'happy', unchanged)
        end 0/1E1F350
        begin 3948158 id 758 at 1795253690295201
        0 update public.orders key ('2', unchanged, unchanged, unchanged, unchanged) new ('3', null, '', null, null)
        end 0/1E1F420
        begin 3948173 id 759 at 1795253690299164
        0 delete public.orders key ('3', unchanged, unchanged, unchanged, unchanged)
        end 0/1E1F498
        begin 3949809 id 760 at 1795253690303897
        0 insert public.whole new ('1', null, <4000>)
        1 update public.whole full ('1', null, <4000>) new ('1', 'set', <4000>)
        2 delete public.whole full ('1', 'set', <4000>)
        end 0/1E227B8
        begin 3949909 id 761 at 1795253690307897
        0 insert public.byindex new ('1', 'one', '10')
        1 update public.byindex key (unchanged, 'one', unchanged) new ('1', 'uno', '10')
        2 update public.byindex new ('1', 'uno', '11')
        3 delete public.byindex key (unchanged, 'uno', unchanged)
        end 0/1E22AD8
        begin 3949929 id 0 at 0
        0 message messages ('app', '\x00ff')
        end 0/1E22B50
        begin 3949930 id 762 at 1795253690311482
        0 message messages ('app', '\x696e73696465')
        end 0/1E22B80
        begin 3950392 id 763 at 1795253690328096
        0 insert public.keyless new ('1')
        1 truncate public.orders
        2 truncate public.keyless
        end 0/1E23B68
        begin 3950533 id 765 at 1704164645000000
        0 insert public.keyless new ('2')
        end 0/1E23E70
        begin 3951129 id 767 at 1795253690348099
        0 insert public.orders new ('9', null, null, null, null, '1999-01-01 00:00:00+00')
        1 insert public.purchases new ('10', null, null, null, null, '2024-02-29 00:00:00+00')
        end 0/1E25260
        """#.split(separator: "\n").map(String.init)
}
