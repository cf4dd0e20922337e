/// Errors of the store.
enum StoreErrors {
    /// The first words of errors that the function library answers, and OOM for a full memory. Any other error means
    /// that the server is of no use as it is: it is a replica, it loads its data, the user lacks a right, the library
    /// is gone.
    private static let ofLibrary: Set<String> = [
        "EPOCH", "EXPELLED", "BEHIND", "TWICE", "ENDED", "ABSENT", "INCOMPLETE", "CHANGED", "CONFLICT", "QUOTA",
        "CANCELLED", "OOM", "BAD",
    ]

    /// Why a store that Sentinels watch is not used without replicas that confirm.
    static let failOver = "Sentinels may let another server take over: set copies = 1 or more in [cluster], or --fenced"

    static func isOfLibrary(_ text: [UInt8]) -> Bool {
        ofLibrary.contains(String(decoding: text.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self))
    }

    /// Whether FCALL failed because the library is not loaded.
    static func isMissingLibrary(_ text: String) -> Bool { text.hasPrefix("ERR Function not found") }
}
