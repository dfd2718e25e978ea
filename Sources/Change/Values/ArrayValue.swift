/// An array of one or more dimensions; one without elements has none.
public struct ArrayValue: Equatable, Sendable {
    /// How many elements each dimension has, the outermost first.
    public var lengths: [Int]
    /// The index of each dimension's first element.
    public var lowerBounds: [Int]
    /// The elements, the last dimension varying fastest.
    public var elements: [Value]

    /// - Precondition: there is a lower bound for each dimension, and an element for each place.
    public init(lengths: [Int], lowerBounds: [Int], elements: [Value]) {
        precondition(lengths.count == lowerBounds.count, "every dimension has a lower bound")
        precondition(
            lengths.isEmpty ? elements.isEmpty : lengths.reduce(1, *) == elements.count, "every place has an element")
        self.lengths = lengths
        self.lowerBounds = lowerBounds
        self.elements = elements
    }

    /// An array of one dimension, its elements counted from one.
    public init(_ elements: [Value]) {
        self.init(
            lengths: elements.isEmpty ? [] : [elements.count], lowerBounds: elements.isEmpty ? [] : [1],
            elements: elements)
    }
}
