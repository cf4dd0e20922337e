/// Processor time that modules and the programs they started have used, in microseconds.
package struct PAMWork: Hashable, Comparable, Sendable {
    /// The number of microseconds; the range is a little over an hour.
    package var microseconds: UInt32

    /// That many microseconds.
    package init(microseconds: UInt32) { self.microseconds = microseconds }

    /// No work.
    package static let none = PAMWork(microseconds: 0)

    /// Whether `left` is the lesser one.
    package static func < (left: PAMWork, right: PAMWork) -> Bool { left.microseconds < right.microseconds }
}
