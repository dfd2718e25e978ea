/// The pipeline's marker, a hash of its own.
enum MarkerScript {
    /// Argument 1 is `1` where the marker must be there already; fields and values follow. Returns 0 where it is gone.
    static let write = """
        if ARGV[1] == '1' and redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
        redis.call('DEL', KEYS[1])
        redis.call('HSET', KEYS[1], unpack(ARGV, 2))
        return 1

        """
}
