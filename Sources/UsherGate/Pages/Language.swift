/// A language that the gate's pages speak.
package enum Language: String, Sendable, CaseIterable {
    /// English.
    case english = "en"
    /// German.
    case german = "de"
    /// French.
    case french = "fr"
    /// Spanish.
    case spanish = "es"

    /// The first language of an `Accept-Language` field that pages speak; browsers list them in the order of their
    /// user's preference (RFC 4647, section 3.4). English where there is none.
    package init(accepting field: String?) {
        let ranges = (field ?? "").utf8.prefix(256).split(separator: UInt8(ascii: ","))
        let known = ranges.lazy.compactMap { range in
            let tag = range.drop { $0 == UInt8(ascii: " ") }.prefix { !" ;-".utf8.contains($0) }
            return Language(rawValue: String(decoding: tag.map { $0 | 0x20 }, as: UTF8.self))
        }
        self = known.first ?? .english
    }
}
