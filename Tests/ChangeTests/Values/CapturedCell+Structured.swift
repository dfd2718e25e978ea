import Change

extension CapturedCell {
    private static let point = DataType.composite(fields: [
        .init(name: "id", type: .int32), .init(name: "label \"x\"", type: .text),
    ])
    private static let nested = DataType.composite(fields: [
        .init(name: "id", type: .int32), .init(name: "quoted", type: .text), .init(name: "nothing", type: .text),
        .init(name: "empty", type: .text), .init(name: "list", type: .array(of: .int32)),
        .init(name: "inner", type: point),
    ])

    /// Literals whose plain text is their JSON.
    private static func structure(_ sql: String, _ type: DataType, _ cell: String, _ json: String) -> CapturedCell {
        CapturedCell(sql, type, cell, json: json, text: json)
    }

    static let structured: [CapturedCell] = arrays + composites + ranges

    private static let arrays: [CapturedCell] = [
        structure("'{}'::int[]", .array(of: .int32), "{}", "[]"),
        structure("array[1,null,-3]", .array(of: .int32), "{1,NULL,-3}", "[1,null,-3]"),
        structure(
            #"array['a,b','c"d','e\f',null,'NULL','','{}',' x ',E'n\nl']"#, .array(of: .text),
            #"{"a,b","c\"d","e\\f",NULL,"NULL","","{}"," x ","# + "\"n\nl\"}",
            #"["a,b","c\"d","e\\f",null,"NULL","","{}"," x ","n\nl"]"#),
        structure("'{{1,2},{3,NULL}}'::int[]", .array(of: .int32), "{{1,2},{3,NULL}}", "[[1,2],[3,null]]"),
        structure("'{{{{{{1}}}}}}'::int[]", .array(of: .int32), "{{{{{{1}}}}}}", "[[[[[[1]]]]]]"),
        structure(
            "'[0:2]={1,2,3}'::int[]", .array(of: .int32), "[0:2]={1,2,3}", #"{"lowerBounds":[0],"values":[1,2,3]}"#),
        structure(
            "'[0:1][-1:0]={{1,2},{3,4}}'::int[]", .array(of: .int32), "[0:1][-1:0]={{1,2},{3,4}}",
            #"{"lowerBounds":[0,-1],"values":[[1,2],[3,4]]}"#),
        structure("array[true,false]", .array(of: .boolean), "{t,f}", "[true,false]"),
        structure(
            #"array['{"a":"b\"c"}'::json]"#, .array(of: .json), #"{"{\"a\":\"b\\\"c\"}"}"#, #"[{"a":"b\"c"}]"#),
        structure("array['\\xdead'::bytea]", .array(of: .bytes), #"{"\\xdead"}"#, #"["3q0="]"#),
        structure(
            "array['2026-01-02 03:04:05'::timestamp,'infinity']", .array(of: .timestamp),
            #"{"2026-01-02 03:04:05",infinity}"#, #"["2026-01-02T03:04:05","infinity"]"#),
        structure("array['NaN'::numeric,1.50]", .array(of: decimal), "{NaN,1.50}", #"["NaN","1.50"]"#),
        structure("array[1.5::money]", .array(of: .money), "{$1.50}", #"["1.50"]"#),
        structure("array[1234.5::money]", .array(of: .money), #"{"$1,234.50"}"#, #"["1234.50"]"#),
        structure(
            "array[row(1,'a b'),null]", .array(of: point), #"{"(1,\"a b\")",NULL}"#,
            #"[{"id":1,"label \"x\"":"a b"},null]"#),
        structure(
            "array[int4range(1,5)]", .array(of: .range(of: .int32)), #"{"[1,5)"}"#,
            #"[{"lower":1,"upper":5,"bounds":"[)"}]"#),
    ]

    private static let composites: [CapturedCell] = [
        structure(
            #"row(1,'a "b"\',null,'',array[1,2],row(1,'x y'))"#, nested,
            #"(1,"a ""b""\\",,"","{1,2}","(1,""x y"")")"#,
            #"{"id":1,"quoted":"a \"b\"\\","nothing":null,"empty":"","list":[1,2],"inner":{"id":1,"label \"x\"":"x y"}}"#
        ),
        structure("row(null)", .composite(fields: [.init(name: "only", type: .text)]), "()", #"{"only":null}"#),
        structure("row()", .composite(fields: []), "()", "{}"),
        structure(
            "row('(,)\"', 'é')", .composite(fields: [.init(name: "a", type: .text), .init(name: "b", type: .text)]),
            #"("(,)""",é)"#, #"{"a":"(,)\"","b":"é"}"#),
    ]

    private static let ranges: [CapturedCell] = [
        structure("'empty'::int4range", .range(of: .int32), "empty", #"{"empty":true}"#),
        structure("int4range(1,5)", .range(of: .int32), "[1,5)", #"{"lower":1,"upper":5,"bounds":"[)"}"#),
        structure("'(,5]'::int4range", .range(of: .int32), "(,6)", #"{"lower":null,"upper":6,"bounds":"()"}"#),
        structure("'(,)'::int4range", .range(of: .int32), "(,)", #"{"lower":null,"upper":null,"bounds":"()"}"#),
        structure(
            "numrange(1.5,2.50,'[]')", .range(of: decimal), "[1.5,2.50]",
            #"{"lower":"1.5","upper":"2.50","bounds":"[]"}"#),
        structure(
            "tsrange('2026-01-01','infinity')", .range(of: .timestamp), #"["2026-01-01 00:00:00",infinity)"#,
            #"{"lower":"2026-01-01T00:00:00","upper":"infinity","bounds":"[)"}"#),
        structure(
            "daterange(null,'2026-01-01')", .range(of: .date), "(,2026-01-01)",
            #"{"lower":null,"upper":"2026-01-01","bounds":"()"}"#),
        structure("'{}'::int4multirange", .multirange(of: .int32), "{}", "[]"),
        structure(
            "'{[1,3),[5,7)}'::int4multirange", .multirange(of: .int32), "{[1,3),[5,7)}",
            #"[{"lower":1,"upper":3,"bounds":"[)"},{"lower":5,"upper":7,"bounds":"[)"}]"#),
        structure(
            "tsmultirange(tsrange('2026-01-01','2026-02-01'))", .multirange(of: .timestamp),
            #"{["2026-01-01 00:00:00","2026-02-01 00:00:00")}"#,
            #"[{"lower":"2026-01-01T00:00:00","upper":"2026-02-01T00:00:00","bounds":"[)"}]"#),
    ]
}
