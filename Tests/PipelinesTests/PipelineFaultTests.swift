import Testing

@testable import Pipelines

@Suite struct PipelineFaultTests {
    /// A mistake in the entry below `write:` (line 13, column 11), and what is said of it.
    @Test(arguments: [
        ("hsh: x", "13:11: an entry of redis has no key hsh (did you mean hash?)"),
        (
            "zzzzz: x",
            "13:11: an entry of redis has no key zzzzz (valid here: from, name, lookup, select, omit, rename, where, compute, mask, digest, digest_key, hash, member, score, ttl)"
        ),
        ("hash: \"user:{id\"", "13:23: hash: the brace is not closed; write {{ for a brace"),
        ("hash: \"user:id}\"", "13:25: hash: the brace closes nothing; write }} for a brace"),
        ("hash: \"ü{}\"", "13:19: hash: the braces name no column"),
        ("hash:", "13:16: hash has no value"),
        ("hash: [a]", "13:17: hash is a single value, not a list"),
        ("hash: {a: b}", "13:17: hash is a single value, not a mapping"),
        ("ttl: 30", "13:16: ttl: \"30\" is not a duration (write 250ms, 30s, 5m, 2h or 7d)"),
        ("select: id", "13:19: select is a list (write select: [id, status])"),
        ("select: []", "13:19: select is empty (write select: [id, status])"),
        ("select: [id, id]", "13:24: select: \"id\" is named twice (the first is in line 13)"),
        ("omit: [a, {b: c}]", "13:21: omit is a single value, not a mapping"),
        ("rename: [a]", "13:19: rename is a mapping of keys to values (write rename: {column: name})"),
        ("mask: {email: -1}", "13:25: mask: \"-1\" is not a number of characters between 0 and 64"),
        (
            "digest: {email: md5}",
            "13:27: digest: \"md5\" is not one of sha256, sha384, sha512 (valid here: sha256, sha384, sha512)"
        ),
        (
            "digest: {email: sha265}",
            "13:27: digest: \"sha265\" is not one of sha256, sha384, sha512 (did you mean sha256?)"
        ),
        ("digest_key: k", "13:11: digest_key is of no use without digest"),
        ("name: \"\"", "13:17: name: a name has one to 200 bytes and no control characters"),
        (
            "hash: ${NOPE}",
            "13:17: the environment variable NOPE is not set (set NOPE, or NOPE_FILE to the path of a file with the value)"
        ),
        (
            "hash: a${PGG}",
            "13:18: the environment variable PGG is not set (did you mean PG? set PGG, or PGG_FILE to the path of a file with the value)"
        ),
        ("hash: ${PG", "13:17: ${ is not closed (write $${ for the two characters)"),
        (
            "hash: ${1X}",
            "13:17: the braces after $ do not name an environment variable (write ${NAME} or ${NAME:-default}, and $${ for the two characters)"
        ),
        ("hash: &x y", "13:17: anchors and aliases are not used in pipeline files (write the value out)"),
        ("hash: !!binary y", "13:17: tags are not used in pipeline files (leave out what begins with !)"),
        ("? [a]\n          : b", "13:13: a key is one plain text"),
    ])
    func aMistakeInAnEntryHasItsPlaceAndItsHint(entry: String, fault: String) {
        #expect(Kinds.faults(Kinds.file(entry: entry)) == [fault])
    }

    /// A mistake in the options of the sink (line 10, column 7).
    @Test(arguments: [
        ("lanes: 0", "10:14: lanes: \"0\" is not a whole number between 1 and 64"),
        ("lanes: two", "10:14: lanes: \"two\" is not a whole number between 1 and 64"),
        ("verify: yes", "10:15: verify: \"yes\" is neither true nor false"),
        ("batch_bytes: 8mb", "10:20: batch_bytes: \"8mb\" is not a number of bytes (write 512KB, 8MB or 1GB)"),
        ("mode: fsat", "10:13: mode: \"fsat\" is not one of fast, safe (did you mean fast?)"),
        ("hosts: one", "10:14: hosts is a list (write hosts: [one, two])"),
        ("settings: {a: 10}", "10:21: a: \"10\" is not a whole number between 0 and 9"),
        (
            "name: Redis",
            "10:13: name: \"Redis\" is no name: use lower-case letters, digits and hyphens, a letter first, at most 50 characters"
        ),
        ("url: again", "10:7: the key url stands here a second time (the first is in line 9)"),
        ("lanes: 1\n      lanes: 2", "11:7: the key lanes stands here a second time (the first is in line 10)"),
        (
            "\tlanes: 1",
            "10:7: not valid YAML: while scanning a plain scalar, found a tab character that violates indentation (indent with spaces)"
        ),
        ("timeout: ${SLOW}", "10:16: timeout: the value is not a duration (write 250ms, 30s, 5m, 2h or 7d)"),
        ("mode: ${SLOW}", "10:13: mode: the value is not one of fast, safe (valid here: fast, safe)"),
    ])
    func aMistakeInASinkHasItsPlaceAndItsHint(option: String, fault: String) {
        let faults = Kinds.faults(
            Kinds.file(sink: option), environment: ["PG": "pg", "RD": "rd", "SLOW": "s3cret"])
        #expect(faults == [fault])
    }

    @Test(
        arguments: [
            ("", ["1:1: the file is empty (a pipeline file begins with format: 1)"]),
            ("# nothing\n", ["1:1: the file is empty (a pipeline file begins with format: 1)"]),
            (
                "- a",
                [
                    "1:1: a pipeline file is a mapping of keys to values (a pipeline file has the keys format, pipeline, source and sinks)"
                ]
            ),
            (
                "format: 2\npipelin: x",
                [
                    "1:9: this version reads format 1 and no other (a file of a later format needs a later version of millrace)",
                    "2:1: a pipeline file has no key pipelin (did you mean pipeline?)",
                ]
            ),
            (
                "pipeline: x",
                [
                    "1:1: a pipeline file needs the key format (write format: 1)",
                    "1:1: a pipeline file needs the key source (write source: {postgres: {url: …, tables: [public.users]}})",
                    "1:1: a pipeline file needs the key sinks (write sinks: [{redis: {url: …, write: [{from: public.users, …}]}}])",
                ]
            ),
            (
                "format: 1\n---\nformat: 1",
                [
                    "2:1: a second document begins here; a pipeline file holds one (put each pipeline into a file of its own)"
                ]
            ),
            ("format: 1\nformat: 1", ["2:1: the key format stands here a second time (the first is in line 1)"]),
            ("format: [1", ["2:1: not valid YAML: while parsing a flow sequence, did not find expected ',' or ']'"]),
        ] as [(String, [String])])
    func aWrongFileSaysEverything(text: String, faults: [String]) {
        #expect(Kinds.faults(text) == faults)
    }

    @Test func allMistakesAreSaidAtOnceInTheOrderOfTheFile() {
        let faults = Kinds.faults(
            """
            format: 1
            pipeline: Shop
            source:
              postgress:
                url: x
            sinks:
              - redis:
                  lanes: 99
                  write:
                    - from: users
                      where: ${NOPE}
                    - hash: "{"
              - rediss:
                  url: x
              - redis: {}
              - redis:
                url: x
                write: []
              - stdout
            """)
        #expect(
            faults == [
                "2:11: pipeline: \"Shop\" is no name: use lower-case letters, digits and hyphens, a letter first, at most 50 characters",
                "4:3: there is no source of the kind postgress (did you mean postgres?)",
                "7:5: redis needs the key url (The server.)",
                "8:14: lanes: \"99\" is not a whole number between 1 and 64",
                "10:17: from: \"users\" is not a table: the name lacks its namespace (write namespace.name, such as public.users or public.\"odd.name\")",
                "11:18: the environment variable NOPE is not set (set NOPE, or NOPE_FILE to the path of a file with the value)",
                "12:11: an entry of redis needs the key from (write from: public.users)",
                "12:18: hash: the brace is not closed; write {{ for a brace",
                "13:5: there is no sink of the kind rediss (did you mean redis?)",
                "15:12: redis is empty (write sinks: [{redis: {url: …, write: [{from: public.users, …}]}}])",
                "16:5: a sink has one key, the kind of the sink (indent its options below it; write sinks: [{redis: {url: …, write: [{from: public.users, …}]}}])",
                "19:5: a sink is a mapping of keys to values (write sinks: [{redis: {url: …, write: [{from: public.users, …}]}}])",
            ])
    }

    @Test func namesAreUniqueAndTablesKnown() {
        let faults = Kinds.faults(
            """
            format: 1
            pipeline: shop
            source:
              postgres:
                url: x
                tables: [public.users, public.users, public.orders]
                snapshot: intial
            sinks:
              - redis:
                  url: x
                  write:
                    - {from: public.users, hash: "a"}
                    - {from: public.users, hash: "a"}
                    - {from: public.order, hash: "b"}
              - redis:
                  url: x
                  write: [{from: public.users}]
            """)
        #expect(
            faults == [
                "6:28: the table public.users is named twice (the first is in line 6)",
                "7:15: snapshot: \"intial\" is not one of initial, never (did you mean initial?)",
                "13:11: two entries of redis bear the name public.users hash a (give one a name: of its own; the first is in line 12)",
                "14:18: the source's tables do not include public.order (did you mean public.orders?)",
                "15:5: two sinks bear the name redis (give one a name: of its own, such as name: redis-2)",
            ])
        let malformed = Kinds.faults(Kinds.file().replacing("public.orders]", with: "\"a..b\"]"))
        #expect(
            malformed == [
                "6:31: tables: \"a..b\" is not a table: a part of the name is empty (write namespace.name, such as public.users or public.\"odd.name\")"
            ])
    }
}
