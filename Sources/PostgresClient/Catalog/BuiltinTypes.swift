internal import Change

/// The types that every server has at the same OIDs (`pg_type.dat`). OIDs of the catalog never change.
enum BuiltinTypes {
    static let all: [UInt32: PostgresType] = {
        var types: [UInt32: PostgresType] = [:]
        func add(_ oid: UInt32, _ array: UInt32, _ name: String, _ kind: PostgresType.Kind) {
            types[oid] = PostgresType(oid: oid, name: name, kind: kind)
            types[array] = PostgresType(oid: array, name: name + "[]", kind: .array(element: oid))
        }
        for (oid, array, name, type) in base { add(oid, array, name, .base(type)) }
        for (oid, array, name, subtype) in ranges { add(oid, array, name, .range(of: subtype)) }
        for (oid, array, name, subtype) in multiranges { add(oid, array, name, .multirange(of: subtype)) }
        // Boxes hold commas, and their arrays separate them by semicolons: such a text is carried unread.
        types[1020] = PostgresType(oid: 1020, name: "box[]", kind: .base(.other))
        return types
    }()

    /// OID, OID of the array type, name as `format_type` writes it, meaning.
    private static let base: [(UInt32, UInt32, String, DataType)] = [
        (16, 1000, "boolean", .boolean),
        (17, 1001, "bytea", .bytes),
        (18, 1002, "\"char\"", .text),
        (19, 1003, "name", .text),
        (20, 1016, "bigint", .int64),
        (21, 1005, "smallint", .int16),
        (22, 1006, "int2vector", .other),
        (23, 1007, "integer", .int32),
        (24, 1008, "regproc", .other),
        (25, 1009, "text", .text),
        (26, 1028, "oid", .uint32),
        (27, 1010, "tid", .other),
        (28, 1011, "xid", .uint32),
        (29, 1012, "cid", .uint32),
        (30, 1013, "oidvector", .other),
        (114, 199, "json", .json),
        (142, 143, "xml", .other),
        (600, 1017, "point", .other),
        (601, 1018, "lseg", .other),
        (602, 1019, "path", .other),
        (603, 1020, "box", .other),
        (604, 1027, "polygon", .other),
        (628, 629, "line", .other),
        (650, 651, "cidr", .network),
        (700, 1021, "real", .float32),
        (701, 1022, "double precision", .float64),
        (718, 719, "circle", .other),
        (774, 775, "macaddr8", .network),
        (790, 791, "money", .money),
        (829, 1040, "macaddr", .network),
        (869, 1041, "inet", .network),
        (1033, 1034, "aclitem", .other),
        (1042, 1014, "character", .text),
        (1043, 1015, "character varying", .text),
        (1082, 1182, "date", .date),
        (1083, 1183, "time without time zone", .time),
        (1114, 1115, "timestamp without time zone", .timestamp),
        (1184, 1185, "timestamp with time zone", .timestampWithZone),
        (1186, 1187, "interval", .interval),
        (1266, 1270, "time with time zone", .timeWithZone),
        (1560, 1561, "bit", .bits),
        (1562, 1563, "bit varying", .bits),
        (1700, 1231, "numeric", .decimal(precision: nil, scale: nil)),
        (1790, 2201, "refcursor", .other),
        (2202, 2207, "regprocedure", .other),
        (2203, 2208, "regoper", .other),
        (2204, 2209, "regoperator", .other),
        (2205, 2210, "regclass", .other),
        (2206, 2211, "regtype", .other),
        (2950, 2951, "uuid", .uuid),
        (2970, 2949, "txid_snapshot", .other),
        (3220, 3221, "pg_lsn", .other),
        (3614, 3643, "tsvector", .other),
        (3615, 3645, "tsquery", .other),
        (3642, 3644, "gtsvector", .other),
        (3734, 3735, "regconfig", .other),
        (3769, 3770, "regdictionary", .other),
        (3802, 3807, "jsonb", .json),
        (4072, 4073, "jsonpath", .other),
        (4089, 4090, "regnamespace", .other),
        (4096, 4097, "regrole", .other),
        (4191, 4192, "regcollation", .other),
        (5038, 5039, "pg_snapshot", .other),
        (5069, 271, "xid8", .uint64),
    ]

    private static let ranges: [(UInt32, UInt32, String, UInt32)] = [
        (3904, 3905, "int4range", 23),
        (3906, 3907, "numrange", 1700),
        (3908, 3909, "tsrange", 1114),
        (3910, 3911, "tstzrange", 1184),
        (3912, 3913, "daterange", 1082),
        (3926, 3927, "int8range", 20),
    ]

    private static let multiranges: [(UInt32, UInt32, String, UInt32)] = [
        (4451, 6150, "int4multirange", 23),
        (4532, 6151, "nummultirange", 1700),
        (4533, 6152, "tsmultirange", 1114),
        (4534, 6153, "tstzmultirange", 1184),
        (4535, 6155, "datemultirange", 1082),
        (4536, 6157, "int8multirange", 20),
    ]
}
