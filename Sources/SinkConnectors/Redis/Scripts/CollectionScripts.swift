/// Rows as members of a set or a sorted set.
///
/// Keys: the collection; the hash of its members' guards; and the sorted set of deleted members by the second of their
/// deletion, by which their guards are forgotten in time.
struct CollectionScripts {
    enum Kind {
        case set
        case sortedSet
    }

    private let kind: Kind

    init(_ kind: Kind) {
        self.kind = kind
    }

    /// Arguments: the guard, the member, the score of a sorted set; of an expiring one then its lifetime and that of
    /// its guards. An expiring collection is changed only where it exists: a part of it would look like the whole.
    func write(expires: Bool) -> String {
        let lifetimes = kind == .set ? 3 : 4
        return guarded
            + (expires ? "if redis.call('EXISTS', KEYS[1]) == 0 then return 2 end\n" : "")
                + """
                \(add("ARGV[2]", score: "ARGV[3]"))
                redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
                if found and string.sub(found, 21, 21) == '-' then redis.call('ZREM', KEYS[3], ARGV[2]) end

                """
            + (expires
                ? """
                redis.call('PEXPIRE', KEYS[1], ARGV[\(lifetimes)])
                redis.call('PEXPIRE', KEYS[2], ARGV[\(lifetimes + 1)])
                redis.call('PEXPIRE', KEYS[3], ARGV[\(lifetimes + 1)])

                """
                : """
                redis.call('PERSIST', KEYS[1])
                redis.call('PERSIST', KEYS[2])
                redis.call('PERSIST', KEYS[3])

                """)
            + "return 1\n"
    }

    /// Arguments: the guard, the member, the milliseconds that a deletion is remembered; of an expiring collection then
    /// its lifetime and that of its guards.
    func delete(expires: Bool) -> String { guarded + removal(expires: expires) }

    /// As ``delete(expires:)``, but only of what the mapping itself wrote, and also of the guard's own version.
    func truncate(expires: Bool) -> String {
        """
        local found = redis.call('HGET', KEYS[2], ARGV[2])
        if not found or string.sub(found, 21) ~= '+' .. string.sub(ARGV[1], 22) then return 0 end
        if string.sub(found, 1, 20) > string.sub(ARGV[1], 1, 20) then return 0 end

        """ + removal(expires: expires)
    }

    private func removal(expires: Bool) -> String {
        """
        redis.call('\(removeCommand)', KEYS[1], ARGV[2])
        redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
        local now = tonumber(redis.call('TIME')[1])
        redis.call('ZADD', KEYS[3], now, ARGV[2])
        local before = now - math.ceil(tonumber(ARGV[3]) / 1000)
        for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', before, 'LIMIT', 0, 16)) do
            redis.call('HDEL', KEYS[2], member)
            redis.call('ZREM', KEYS[3], member)
        end

        """
            + (expires
                ? """
                redis.call('PEXPIRE', KEYS[1], ARGV[4])
                redis.call('PEXPIRE', KEYS[2], ARGV[5])
                redis.call('PEXPIRE', KEYS[3], ARGV[5])

                """
                : """
                if redis.call('EXISTS', KEYS[1]) == 0 then
                    redis.call('PEXPIRE', KEYS[2], ARGV[3])
                    redis.call('PEXPIRE', KEYS[3], ARGV[3])
                end

                """)
            + "return 1\n"
    }

    /// Makes an expiring collection that is absent, whole.
    ///
    /// Arguments: its lifetime, that of its guards, how many changes found it absent, the guard and the member of each
    /// of them, and then the members as they were read again, in a sorted set each with its score before it. Returns 0
    /// where the collection has come into being meanwhile: the changes are then made one by one.
    ///
    /// The read has seen these changes and perhaps newer ones. Only they leave guards: which others the read has seen
    /// is not known, and one that it has not seen must win when it comes. A member whose guard is a deletion stays out:
    /// if it has come back since, the change that brought it is on its way.
    var build: String {
        let step = kind == .set ? 1 : 2
        return """
            if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
            local first = 4 + 2 * tonumber(ARGV[3])
            for i = 4, first - 1, 2 do
                local found = redis.call('HGET', KEYS[2], ARGV[i + 1])
                if not found or string.sub(found, 1, 20) < string.sub(ARGV[i], 1, 20) then
                    redis.call('HSET', KEYS[2], ARGV[i + 1], ARGV[i])
                    redis.call('ZREM', KEYS[3], ARGV[i + 1])
                end
            end
            for i = first, #ARGV, \(step) do
                local member = ARGV[i + \(step - 1)]
                local found = redis.call('HGET', KEYS[2], member)
                if not found or string.sub(found, 21, 21) == '+' then \(add("member", score: "ARGV[i]")) end
            end
            redis.call('PEXPIRE', KEYS[1], ARGV[1])
            redis.call('PEXPIRE', KEYS[2], ARGV[2])
            redis.call('PEXPIRE', KEYS[3], ARGV[2])
            return 1

            """
    }

    private let guarded = """
        local found = redis.call('HGET', KEYS[2], ARGV[2])
        if found and string.sub(found, 1, 20) >= string.sub(ARGV[1], 1, 20) then return 0 end

        """

    private func add(_ member: String, score: String) -> String {
        switch kind {
        case .set: "redis.call('SADD', KEYS[1], \(member))"
        case .sortedSet: "redis.call('ZADD', KEYS[1], \(score), \(member))"
        }
    }

    private var removeCommand: String {
        switch kind {
        case .set: "SREM"
        case .sortedSet: "ZREM"
        }
    }
}
