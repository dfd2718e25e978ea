extension BSONSample {
    /// A value, its canonical Extended JSON and its plain JSON: every type, and every kind of value.
    public static let forms: [(BSONSample, String, String)] = [
        (1.0, #"{"$numberDouble":"1.0"}"#, "1.0"),
        (.double(-0.0), #"{"$numberDouble":"-0.0"}"#, "-0.0"),
        (.double(0.1), #"{"$numberDouble":"0.1"}"#, "0.1"),
        (.double(1e300), #"{"$numberDouble":"1e+300"}"#, "1e+300"),
        (.double(.leastNonzeroMagnitude), #"{"$numberDouble":"5e-324"}"#, "5e-324"),
        (.double(.nan), #"{"$numberDouble":"NaN"}"#, #""NaN""#),
        (.double(-.infinity), #"{"$numberDouble":"-Infinity"}"#, #""-Infinity""#),
        ("", #""""#, #""""#),
        ("a\u{0}\"é😀\n", #""a\u0000\"é😀\n""#, #""a\u0000\"é😀\n""#),
        ([:], "{}", "{}"),
        ([], "[]", "[]"),
        ([1, [nil, ["a": "b"]]], #"[{"$numberInt":"1"},[null,{"a":"b"}]]"#, #"[1,[null,{"a":"b"}]]"#),
        (.binary(0, [1, 2, 255]), #"{"$binary":{"base64":"AQL/","subType":"00"}}"#, #""AQL/""#),
        (.binary(2, [1, 2]), #"{"$binary":{"base64":"AQI=","subType":"02"}}"#, #""AQI=""#),
        (
            .binary(4, Array(0...15)), #"{"$binary":{"base64":"AAECAwQFBgcICQoLDA0ODw==","subType":"04"}}"#,
            #""00010203-0405-0607-0809-0a0b0c0d0e0f""#
        ),
        (.binary(4, [1]), #"{"$binary":{"base64":"AQ==","subType":"04"}}"#, #""AQ==""#),
        (.binary(5, []), #"{"$binary":{"base64":"","subType":"05"}}"#, #""""#),
        (.binary(128, [0]), #"{"$binary":{"base64":"AA==","subType":"80"}}"#, #""AA==""#),
        (.undefined, #"{"$undefined":true}"#, #"{"$undefined":true}"#),
        (
            .objectID("507f1f77bcf86cd799439011"), #"{"$oid":"507f1f77bcf86cd799439011"}"#,
            #""507f1f77bcf86cd799439011""#
        ),
        (true, "true", "true"),
        (false, "false", "false"),
        (.date(0), #"{"$date":{"$numberLong":"0"}}"#, #""1970-01-01T00:00:00Z""#),
        (.date(-1), #"{"$date":{"$numberLong":"-1"}}"#, #""1969-12-31T23:59:59.999Z""#),
        (.date(1_767_323_045_600), #"{"$date":{"$numberLong":"1767323045600"}}"#, #""2026-01-02T03:04:05.6Z""#),
        (
            .date(253_402_300_799_999), #"{"$date":{"$numberLong":"253402300799999"}}"#,
            #""9999-12-31T23:59:59.999Z""#
        ),
        (
            .date(253_402_300_800_000), #"{"$date":{"$numberLong":"253402300800000"}}"#,
            #"{"$date":{"$numberLong":"253402300800000"}}"#
        ),
        (.date(-62_135_596_800_000), #"{"$date":{"$numberLong":"-62135596800000"}}"#, #""0001-01-01T00:00:00Z""#),
        (
            .date(-62_135_596_800_001), #"{"$date":{"$numberLong":"-62135596800001"}}"#,
            #"{"$date":{"$numberLong":"-62135596800001"}}"#
        ),
        (
            .date(.max), #"{"$date":{"$numberLong":"9223372036854775807"}}"#,
            #"{"$date":{"$numberLong":"9223372036854775807"}}"#
        ),
        (nil, "null", "null"),
        (
            .regex("^a\"b", "imx"), #"{"$regularExpression":{"pattern":"^a\"b","options":"imx"}}"#,
            #"{"$regularExpression":{"pattern":"^a\"b","options":"imx"}}"#
        ),
        (
            .dbPointer("shop.products", "507f1f77bcf86cd799439011"),
            #"{"$dbPointer":{"$ref":"shop.products","$id":{"$oid":"507f1f77bcf86cd799439011"}}}"#,
            #"{"$dbPointer":{"$ref":"shop.products","$id":{"$oid":"507f1f77bcf86cd799439011"}}}"#
        ),
        (.code("f()"), #"{"$code":"f()"}"#, #"{"$code":"f()"}"#),
        (.symbol("s"), #"{"$symbol":"s"}"#, #""s""#),
        (
            .codeWithScope("f()", [("x", 1)]), #"{"$code":"f()","$scope":{"x":{"$numberInt":"1"}}}"#,
            #"{"$code":"f()","$scope":{"x":1}}"#
        ),
        (.int32(.min), #"{"$numberInt":"-2147483648"}"#, "-2147483648"),
        (
            .timestamp(4_294_967_295, 7), #"{"$timestamp":{"t":4294967295,"i":7}}"#,
            #"{"$timestamp":{"t":4294967295,"i":7}}"#
        ),
        (.int64(.max), #"{"$numberLong":"9223372036854775807"}"#, "9223372036854775807"),
        (.decimal("1.00"), #"{"$numberDecimal":"1.00"}"#, #""1.00""#),
        (.minKey, #"{"$minKey":1}"#, #"{"$minKey":1}"#),
        (.maxKey, #"{"$maxKey":1}"#, #"{"$maxKey":1}"#),
    ]
}
