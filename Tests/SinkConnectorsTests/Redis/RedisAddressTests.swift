import Testing

@testable import SinkConnectors

@Suite struct RedisAddressTests {
    @Test(
        arguments: [
            ("redis://localhost", "localhost", 6379, nil, nil, 0),
            ("redis://127.0.0.1:7000/3", "127.0.0.1", 7000, nil, nil, 3),
            ("redis://:secret@h/", "h", 6379, nil, "secret", 0),
            ("redis://user:p%40ss%3Aword%25@h:1/15", "h", 1, "user", "p@ss:word%", 15),
            ("redis://user:p@ss@h", "h", 6379, "user", "p@ss", 0),
            ("redis://[::1]:7001/1", "::1", 7001, nil, nil, 1), ("redis://[fe80::1]", "fe80::1", 6379, nil, nil, 0),
            ("redis://user:@h", "h", 6379, "user", "", 0),
        ] as [(String, String, Int, String?, String?, Int)])
    func everyPartOfTheURLIsUnderstood(
        url: String, host: String, port: Int, user: String?, password: String?, database: Int
    ) throws {
        let address = try RedisAddress(parsing: url)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.user == user)
        #expect(address.password == password)
        #expect(address.database == database)
        #expect(!address.isEncrypted)
        #expect(try RedisAddress(parsing: url.replacing("redis://", with: "rediss://")).isEncrypted)
    }

    @Test(
        arguments: [
            ("http://h", RedisAddress.Problem.scheme), ("redis:/h", .scheme), ("", .scheme), ("redis://", .host),
            ("redis://:1", .host), ("redis://user:p@", .host), ("redis://h:0", .port), ("redis://h:65536", .port),
            ("redis://h:x", .port), ("redis://h:", .port), ("redis://h/x", .database), ("redis://h/-1", .database),
            ("redis://h/0/1", .database), ("redis://u:%4@h", .escape), ("redis://u:%zz@h", .escape),
            ("redis://u:%+1@h", .escape), ("redis://h/0?a=b", .rest), ("redis://h#x", .rest), ("redis://[::1]x", .host),
        ] as [(String, RedisAddress.Problem)])
    func whatIsNoURLIsRefusedByItsPart(url: String, problem: RedisAddress.Problem) {
        #expect(throws: problem) { try RedisAddress(parsing: url) }
    }

}
