/// The PAM services that a broker serves: names, and beginnings of names that end with `*`.
///
/// usherd's configuration names services too, but a usherd that was taken over may name any. This list comes from the
/// broker's own command line, which usherd cannot write.
package struct ServiceList: Equatable, Sendable, CustomStringConvertible {
    /// The list of the shipped unit.
    package static let shipped = ServiceList(names: ["usher"], beginnings: ["usher-"])

    private let names: Set<String>
    private let beginnings: [String]

    private init(names: Set<String>, beginnings: [String]) { (self.names, self.beginnings) = (names, beginnings) }

    /// The list that `text` writes, its members separated by commas; nil if one could be no service.
    package init?(_ text: String) {
        var names: Set<String> = []
        var beginnings: [String] = []
        for member in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let isBeginning = member.last == UInt8(ascii: "*")
            guard let word = String(isBeginning ? member.dropLast() : member), PAMText.isService(word) else {
                return nil
            }
            if isBeginning { beginnings.append(word) } else { names.insert(word) }
        }
        self.init(names: names, beginnings: beginnings)
    }

    /// The list as text.
    package var description: String { (names.sorted() + beginnings.map { $0 + "*" }).joined(separator: ",") }

    /// Whether `service` is in it.
    package func contains(_ service: String) -> Bool {
        names.contains(service) || beginnings.contains { service.utf8.starts(with: $0.utf8) }
    }
}
