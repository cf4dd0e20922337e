/// Small immutable byte strings that sessions share: realms, services, lists of methods, and the terms of a session
/// (service, who vouched for the user, idle timeout).
///
/// A slot names its terms and methods by number, so that they keep their meaning when a restarted daemon has another
/// configuration. A record in use never changes. Its first word, stored last, makes it live. When the table is full,
/// `intern` reuses terms and methods that no session has. Realms and services that this process has named stay until
/// `dropUnused` is called without them. Adoption drops what no session needs. Search is linear over a private copy of
/// the heads: a host has a few dozen.
struct LabelTable {
    /// What a record says.
    enum Kind: UInt8 {
        case free = 0
        case realm = 1
        case service = 2
        case terms = 3
        case methods = 4
    }

    /// The head of a record, kept in private memory as well.
    struct Head: Equatable {
        var kind = Kind.free
        /// Realm of a service or of terms.
        var realm: UInt8 = 0
        /// Bytes of the text.
        var length: UInt16 = 0
        /// Service of terms.
        var service: UInt16 = 0
        /// Who vouched, of terms.
        var proof = SessionProof.issued
        /// Idle timeout of terms, in seconds.
        var idle: UInt32 = 0
    }

    private let memory: LedgerMemory
    private let offset: Int
    private let frontierOffset: Int
    /// The heads, by number.
    private(set) var heads: [Head]
    private var uses: [UInt32]

    private static let textOffset = 12

    /// An empty table of `count` records at `offset`. At `frontierOffset` the table stores one more than the greatest
    /// number ever used, so that adoption does not read memory that was never written.
    init(_ memory: LedgerMemory, at offset: Int, frontierAt frontierOffset: Int, count: Int) {
        self.memory = memory
        self.offset = offset
        self.frontierOffset = frontierOffset
        heads = Array(repeating: Head(), count: count)
        uses = Array(repeating: 0, count: count)
    }

    /// Bytes from the start of the table that were ever in use.
    var extent: Int { frontier * LedgerGeometry.labelSize }

    /// How many records are in use.
    var inUse: Int { heads.count { $0.kind != .free } }

    /// Lends the text of a record.
    @inline(__always)
    func withText<R, E: Error>(_ label: Int, _ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try memory.withBytes(address(of: label) + Self.textOffset, count: Int(heads[label].length), body)
    }

    /// The number of the record with that head and text, made if there is none yet. `spared` is not reused for it.
    mutating func intern(
        _ head: Head, _ text: Span<UInt8>, sparing spared: Int? = nil
    ) throws(LedgerError) -> Int {
        guard text.count <= Limit.label, !text.isEmpty || head.kind == .terms else { throw LedgerError(.labelSize) }
        var head = head
        head.length = UInt16(text.count)
        let range = head.kind == .realm ? 0..<LedgerGeometry.realms : LedgerGeometry.realms..<heads.count
        if let known = range.first(where: { heads[$0] == head && hasText($0, text) }) { return known }
        guard let label = vacancy(in: range, sparing: spared) else { throw LedgerError(.labelsFull) }
        write(head, text, to: label)
        return label
    }

    private func hasText(_ label: Int, _ text: Span<UInt8>) -> Bool {
        withText(label) { $0.equals(text) }
    }

    private func vacancy(in range: Range<Int>, sparing spared: Int?) -> Int? {
        range.first { heads[$0].kind == .free } ?? range.first { $0 != spared && isIdle($0) }
    }

    /// Whether the record may be reused: terms or methods of no session.
    private func isIdle(_ label: Int) -> Bool {
        (heads[label].kind == .terms || heads[label].kind == .methods) && uses[label] == 0
    }

    private mutating func write(_ head: Head, _ text: Span<UInt8>, to label: Int) {
        let address = address(of: label)
        if heads[label].kind != .free { erase(label) }
        if label >= frontier { memory.store(UInt32(label + 1), at: frontierOffset) }
        memory.store(UInt32(head.service) | UInt32(head.proof.rawValue) << 16, at: address + 4)
        memory.store(head.idle, at: address + 8)
        memory.store(text, at: address + Self.textOffset)
        memory.order()
        let word = UInt32(head.kind.rawValue) | UInt32(head.realm) << 8 | UInt32(head.length) << 16
        memory.store(word, at: address)
        memory.order()
        heads[label] = head
        uses[label] = 0
    }

    private mutating func erase(_ label: Int) {
        heads[label] = Head()
        guard memory.load(address(of: label), as: UInt32.self) != 0 else { return }
        memory.store(UInt32(0), at: address(of: label))
        memory.order()
    }

    private var frontier: Int { Int(memory.load(frontierOffset, as: UInt32.self)) }

    private func address(of label: Int) -> Int { offset + label * LedgerGeometry.labelSize }

    /// Notes that one more session has the label.
    mutating func retain(_ label: UInt16) { uses[Int(label)] += 1 }

    /// Notes that one session less has the label.
    mutating func release(_ label: UInt16) { uses[Int(label)] -= 1 }

    /// How many sessions have the label.
    func uses(of label: UInt16) -> UInt32 { uses[Int(label)] }
}

extension LabelTable {
    /// Whether `label`, read from memory that may say anything, is a record of that kind.
    func holds(_ label: UInt16, _ kind: Kind) -> Bool { Int(label) < heads.count && heads[Int(label)].kind == kind }

    /// Reads the records from memory that may say anything; one that is not whole is left out.
    mutating func adopt() {
        if frontier > heads.count { memory.store(UInt32(heads.count), at: frontierOffset) }
        for label in 0..<frontier { heads[label] = readHead(label) }
        for label in heads.indices where heads[label].kind == .service {
            if !holds(UInt16(heads[label].realm), .realm) { heads[label] = Head() }
        }
        for label in heads.indices where heads[label].kind == .terms {
            let service = heads[label].service
            guard holds(service, .service), heads[Int(service)].realm == heads[label].realm else {
                heads[label] = Head()
                continue
            }
        }
    }

    private func readHead(_ label: Int) -> Head {
        let address = address(of: label)
        let word: UInt32 = memory.load(address)
        let terms: UInt32 = memory.load(address + 4)
        guard let proof = SessionProof(rawValue: UInt8(truncatingIfNeeded: terms >> 16)), terms >> 24 == 0 else {
            return Head()
        }
        let head = Head(
            kind: Kind(rawValue: UInt8(truncatingIfNeeded: word)) ?? .free,
            realm: UInt8(truncatingIfNeeded: word >> 8), length: UInt16(truncatingIfNeeded: word >> 16),
            service: UInt16(truncatingIfNeeded: terms), proof: proof, idle: memory.load(address + 8))
        let isRealm = label < LedgerGeometry.realms
        guard head.kind != .free, isRealm == (head.kind == .realm), Int(head.length) <= Limit.label,
            head.kind == .terms ? head.idle > 0 : head.length > 0
        else { return Head() }
        return head
    }

    /// Drops the records that neither a session nor a service in `spared` needs. Precondition: the uses have been
    /// counted.
    mutating func dropUnused(sparing spared: Set<UInt16> = []) {
        for label in heads.indices where isIdle(label) { erase(label) }
        let services = spared.union(heads.lazy.filter { $0.kind == .terms }.map(\.service))
        for label in heads.indices where heads[label].kind == .service && !services.contains(UInt16(label)) {
            erase(label)
        }
        let realms = Set(heads.lazy.filter { $0.kind == .service }.map(\.realm))
        for label in 0..<LedgerGeometry.realms where heads[label].kind == .realm && !realms.contains(UInt8(label)) {
            erase(label)
        }
        for label in 0..<frontier where heads[label].kind == .free { erase(label) }
    }
}

extension Span<UInt8> {
    /// Whether both hold the same bytes.
    func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
