/// The function library as this host has it.
package struct FunctionLibrary: Equatable, Sendable {
    /// Its text.
    let text: [UInt8]
    /// Which edition of the library it is; a newer one has a greater number. 0 where the text does not say so.
    let edition: Int64

    /// The library with this text.
    package init(_ text: [UInt8]) {
        self.text = text
        let mark = Array("\nlocal EDITION = ".utf8)
        let place = text.indices.first { text[$0...].starts(with: mark) }
        let digits = place.map { text[($0 + mark.count)...].prefix { (0x30...0x39).contains($0) } } ?? []
        edition = Int64(String(decoding: digits, as: UTF8.self)) ?? 0
    }
}
