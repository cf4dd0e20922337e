package import UsherCluster

extension StoreRefusal {
    /// The error by which the link answers a call that too few replicas have confirmed.
    package static let unconfirmedText = "UNCONFIRMED too few replicas have confirmed it"

    /// The refusal that the store's error `text` is, by its first word.
    package init(text: [UInt8]) {
        let word = text.prefix { $0 != UInt8(ascii: " ") }
        self = Self.words[String(decoding: word, as: UTF8.self)] ?? .other
    }

    private static let words: [String: StoreRefusal] = [
        "BAD": .bad, "EPOCH": .epoch, "EXPELLED": .expelled, "BEHIND": .behind, "TWICE": .twice, "ENDED": .ended,
        "ABSENT": .absent, "INCOMPLETE": .incomplete, "CHANGED": .changed, "CONFLICT": .conflict, "QUOTA": .quota,
        "CANCELLED": .cancelled, "OOM": .memory, "UNCONFIRMED": .unconfirmed,
    ]
}
