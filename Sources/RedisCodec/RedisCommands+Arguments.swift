extension RedisCommands {
    /// Where the arguments of every command stand in ``bytes``, the command's name among them.
    ///
    /// What was encoded can be taken apart again, so that nobody has to say twice what a command holds.
    public func arguments() -> [[Range<Int>]] {
        var commands: [[Range<Int>]] = []
        commands.reserveCapacity(count)
        var offset = 0
        for _ in 0..<count {
            let argumentCount = readHeader(&offset)
            var ranges: [Range<Int>] = []
            ranges.reserveCapacity(argumentCount)
            for _ in 0..<argumentCount {
                let length = readHeader(&offset)
                ranges.append(offset..<offset + length)
                offset += length + 2
            }
            commands.append(ranges)
        }
        precondition(offset == bytes.count, "commands have as many arguments as they announce")
        return commands
    }

    /// Reads the number after the type of an array or an argument, and the line's end.
    private func readHeader(_ offset: inout Int) -> Int {
        offset += 1
        var number = 0
        while bytes[offset] != UInt8(ascii: "\r") {
            number = number * 10 + Int(bytes[offset] - UInt8(ascii: "0"))
            offset += 1
        }
        offset += 2
        return number
    }
}
