/// A row as a hash, its guard in a field of it.
///
/// Keys: the hash, and the side key, which outlives it: it holds the guard of a deleted hash, and of one that expires.
enum HashScripts {
    /// Arguments: the guard's field, the guard, then fields and values; after them the lifetime and what the side key
    /// adds to it.
    static func write(_ lifetime: ScriptLifetime) -> String {
        guarded
            + SideKey.write(lifetime, guardIndex: "2")
                + """
                redis.call('DEL', KEYS[1])
                redis.call('HSET', KEYS[1], unpack(ARGV, 1, \(lifetime == .forever ? "#ARGV" : "#ARGV - 2")))

                """
            + SideKey.expire(lifetime)
            + "return 1\n"
    }

    /// Arguments: the guard's field, the guard, and how long it is remembered.
    static let delete =
        guarded + """
            redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
            redis.call('DEL', KEYS[1])
            return 1

            """

    /// As ``delete``, but only of what the mapping itself wrote, and also of the guard's own version.
    static let truncate = """
        if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
        local found = redis.call('HGET', KEYS[1], ARGV[1])
        if not found or string.sub(found, 22) ~= string.sub(ARGV[2], 22) then return 0 end
        if string.sub(found, 1, 20) > string.sub(ARGV[2], 1, 20) then return 0 end
        redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
        redis.call('DEL', KEYS[1])
        return 1

        """

    private static let guarded = """
        local version = string.sub(ARGV[2], 1, 20)
        local found = redis.call('HGET', KEYS[1], ARGV[1])
        if found and string.sub(found, 1, 20) >= version then return 0 end
        found = redis.call('GET', KEYS[2])
        if found and string.sub(found, 1, 20) >= version then return 0 end

        """
}
