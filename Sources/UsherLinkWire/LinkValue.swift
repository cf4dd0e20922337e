/// A part of the store's reply, as RESP has it.
package indirect enum LinkValue: Equatable, Sendable {
    /// There is nothing.
    case none
    /// An integer.
    case number(Int64)
    /// A string of bytes.
    case bytes([UInt8])
    /// Several values.
    case list([LinkValue])
}
