internal import UsherCluster
internal import UsherJournal
internal import UsherSealing

extension ClusterReport {
    /// The record that the journal gets.
    var record: JournalRecord {
        switch self {
        case .joined: JournalRecord(.clusterJoined, .notice, [:])
        case .expelled: JournalRecord(.clusterExpelled, .warning, [:])
        case .leaseLost: JournalRecord(.leaseLost, .warning, [:])
        case .epochEntered(_, let dropped): JournalRecord(.epochEntered, .warning, ["count": "\(dropped)"])
        case .doubted(let count): JournalRecord(.copiesDoubted, .warning, ["count": "\(count)"])
        case .trusted: Self.recovered("the copies that were in doubt are good")
        case .recovered: Self.recovered("all hosts have put back what the store had lost")
        case .doubtOver(let dropped): Self.recovered("the \(dropped) copies that were still in doubt are dropped")
        case .missedEntries(let dropped):
            Self.recovered("the store no longer had all that this host had to read; \(dropped) copies are dropped")
        case .endsOverflowed(let dropped):
            Self.recovered("more ends than this host can remember; \(dropped) copies are dropped")
        case .duplicated: Self.refused("another host had the same member id; this one takes a new one")
        case .clockJumped:
            Self.refused(
                "the store's clock moved by more than 5 s between two beats; no session is fetched until it goes evenly"
            )
        case .refused(let why): Self.refused(why.text)
        case .unknownEntry(let kind):
            Self.left("the stream has an entry of the unknown kind \(kind): Usher is too old here")
        case .left: Self.left("it was asked to leave")
        }
    }

    /// What the record is about. A store can cause as many of these as it likes.
    var message: JournalMessage {
        switch self {
        case .joined: .clusterJoined
        case .expelled: .clusterExpelled
        case .leaseLost: .leaseLost
        case .epochEntered: .epochEntered
        case .doubted: .copiesDoubted
        case .trusted, .recovered, .doubtOver, .missedEntries, .endsOverflowed: .clusterRecovered
        case .duplicated, .clockJumped, .refused: .clusterRefused
        case .unknownEntry, .left: .clusterLeft
        }
    }

    private static func recovered(_ what: String) -> JournalRecord {
        JournalRecord(.clusterRecovered, .notice, ["what": what])
    }

    private static func refused(_ why: String) -> JournalRecord { JournalRecord(.clusterRefused, .error, ["why": why]) }

    private static func left(_ why: String) -> JournalRecord { JournalRecord(.clusterLeft, .error, ["why": why]) }
}

extension SealFailure {
    /// The failure as a sentence.
    var text: String {
        switch self {
        case .unknownKey(let number): "it was sealed with the key \(number), which this host does not have"
        case .otherKey(let number): "it was sealed with another key of the number \(number)"
        case .damaged: "it was changed, or stands under another name than it was sealed for"
        case .unknownFormat: "it is of a newer format: Usher is too old here"
        }
    }
}
