import Change
import Testing

@Suite struct PositionTests {
    @Test func versionsAreOrderedByEpochThenCommitThenWindow() {
        let versions = [
            Version(epoch: 0, commit: 0, window: 0), Version(epoch: 0, commit: 0, window: 255),
            Version(epoch: 0, commit: 1, window: 0), Version(epoch: 0, commit: Version.commitMax, window: 255),
            Version(epoch: 1, commit: 0, window: 0), Version(epoch: 31, commit: Version.commitMax, window: 255),
        ]
        for (left, right) in zip(versions, versions.dropFirst()) { #expect(left < right) }
        #expect(versions.last?.rawValue == .max)
        for version in versions {
            #expect(Version(epoch: version.epoch, commit: version.commit, window: version.window) == version)
        }
    }

    @Test func aWindowDependsOnTheOrdinalAlone() {
        let windows: [(UInt64, UInt8)] = [
            (0, 0), (65_535, 0), (65_536, 1), (65_536 * 255 - 1, 254), (65_536 * 255, 255), (.max, 255),
        ]
        for (ordinal, window) in windows {
            #expect(Window.containing(ordinal: ordinal) == window)
            #expect(Position(commit: 9, ordinal: ordinal).window == window)
        }
    }

    @Test func positionsAreOrderedByCommitAndThenByOrdinal() {
        #expect(Position(commit: 1, ordinal: 9) < Position(commit: 2, ordinal: 0))
        #expect(Position(commit: 2, ordinal: 0) < Position(commit: 2, ordinal: 1))
    }
}
