/// The members of an epoch as a host knows them. After a loss of the store's memory all of them must come. The view may
/// therefore have too many members, and never too few.
///
/// An entry of the stream adds its member; entries before it may have been trimmed. The list in a beat's answer
/// replaces the view, but keeps members that joined after the beat.
struct MemberView: Sendable {
    private let capacity: Int
    private var joined: [MemberID: UInt64] = [:]
    /// A beat has listed all members.
    private(set) var isWhole = false

    /// Room for `capacity` members.
    init(capacity: Int) { self.capacity = capacity }

    /// The members.
    var members: [MemberID] { joined.keys.sorted() }

    /// The stream has told that `member` joined as entry `number`.
    mutating func insert(_ member: MemberID, number: UInt64) {
        guard joined.count < capacity || joined[member] != nil else { return isWhole = false }
        joined[member] = number
    }

    /// These were the members when the stream had come to `number`.
    mutating func replace(_ counts: [MemberCount], at number: UInt64) {
        guard counts.count <= capacity else { return isWhole = false }
        let later = joined.filter { $0.value > number }
        joined = Dictionary(counts.map { ($0.member, $0.joined) }, uniquingKeysWith: max)
        isWhole = true
        for (member, at) in later { insert(member, number: at) }
    }
}

/// The view in a snapshot.
extension MemberView {
    func write(to writer: inout SnapshotWriter) {
        writer.put(isWhole)
        writer.put(joined) { writer, member in
            writer.put(member.key)
            writer.put(member.value)
        }
    }

    mutating func read(from reader: inout SnapshotReader) throws(SnapshotFault) {
        isWhole = try reader.flag()
        for _ in 0..<(try reader.length(capacity, of: 3)) {
            let (member, number) = (try reader.member(), try reader.number())
            guard joined.updateValue(number, forKey: member) == nil else { throw .damaged }
        }
    }
}
