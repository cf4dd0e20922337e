internal import UsherLinkWire

/// A reading of the stream for usherd, and of the bell of its member. A value: answers of the store in, messages out.
struct StreamReading {
    /// The id that usherd gave it.
    let id: UInt64
    private let member: [UInt8]
    /// The entry behind which it goes on.
    private var ordinal: UInt64, number: UInt64
    /// The ring behind which it goes on; nil until the bell was looked at.
    private var ring: [UInt8]?
    /// Whether the last read reached the end of the stream, so that the next XREAD blocks.
    private var isAtEnd = false
    /// Datagrams of entries that usherd still takes.
    private var credit = Int(LinkLimits.window)
    /// The store has not answered the last command.
    private var isAsking = false

    /// A reading from behind an entry.
    init(id: UInt64, ordinal: UInt64, number: UInt64, member: [UInt8]) {
        (self.id, self.ordinal, self.number, self.member) = (id, ordinal, number, member)
    }

    /// usherd takes `count` more datagrams.
    mutating func grant(_ count: UInt16) { credit = min(credit + Int(count), Int(LinkLimits.window)) }

    /// The command that is to be sent now; nil where one is under way or usherd takes no more. The first one finds the
    /// newest ring: older ones may be of another epoch.
    mutating func command(_ prefix: [UInt8]) -> [[UInt8]]? {
        guard !isAsking, credit > 0 else { return nil }
        isAsking = true
        let bell = prefix + Array("w:".utf8) + member
        guard let ring else { return ["XRANGE".bytes, bell, "-".bytes, "+".bytes, "COUNT".bytes, "1000".bytes] }
        let block = isAtEnd ? ["BLOCK".bytes, "1000".bytes] : []
        return ["XREAD".bytes, "COUNT".bytes, String(LinkBounds.entriesRead).bytes] + block
            + ["STREAMS".bytes, prefix + "s".bytes, bell, "\(ordinal)-\(number)".bytes, ring]
    }

    /// The messages for usherd in the answer to that command; nil for an answer of another form.
    mutating func take(_ value: LinkValue) -> [LinkMessage]? {
        isAsking = false
        if ring == nil { return findRing(value) ? [] : nil }
        var entries: [LinkEntry] = []
        var messages: [LinkMessage] = []
        for stream in value.list ?? [] {
            guard let parts = stream.list, parts.count == 2, let key = parts[0].bytes, let items = parts[1].list else {
                return nil
            }
            if key.last == UInt8(ascii: "s"), key.dropLast().last == UInt8(ascii: ":") {
                guard let read = read(items) else { return nil }
                entries = read
            } else if let bell = hear(items) {
                messages.append(bell)
            } else {
                return nil
            }
        }
        return say(entries) + messages
    }

    private mutating func findRing(_ value: LinkValue) -> Bool {
        guard let rings = value.list else { return false }
        ring = rings.last?.list?.first?.bytes ?? "0-0".bytes
        return true
    }

    private mutating func read(_ items: [LinkValue]) -> [LinkEntry]? {
        var entries: [LinkEntry] = []
        for item in items {
            guard let parts = item.list, parts.count == 2, let place = Self.place(parts[0].bytes ?? []),
                let fields = parts[1].list, fields.count == 2, let body = fields[1].bytes
            else { return nil }
            entries.append(LinkEntry(ordinal: place.ordinal, number: place.number, body: body))
        }
        return entries
    }

    private static func place(_ id: [UInt8]) -> (ordinal: UInt64, number: UInt64)? {
        let parts = id.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 2, let ordinal = UInt64(String(decoding: parts[0], as: UTF8.self)),
            let number = UInt64(String(decoding: parts[1], as: UTF8.self))
        else { return nil }
        return (ordinal, number)
    }

    /// The message of the newest ring, behind which the next command goes on.
    private mutating func hear(_ items: [LinkValue]) -> LinkMessage? {
        guard let last = items.last?.list, last.count == 2, let place = last[0].bytes, let fields = last[1].list,
            fields.count == 2, let text = fields[1].bytes,
            let minimum = UInt64(String(decoding: text, as: UTF8.self))
        else { return nil }
        ring = place
        return .bell(id, minimum: minimum)
    }

    /// The entries in datagrams of a bounded size. When the end of the stream is reached, usherd gets a datagram also
    /// where there was no entry.
    private mutating func say(_ entries: [LinkEntry]) -> [LinkMessage] {
        let isEnd = entries.count < LinkBounds.entriesRead
        guard !entries.isEmpty || !isAtEnd else { return [] }
        isAtEnd = isEnd
        if let last = entries.last { (ordinal, number) = (last.ordinal, last.number) }
        var pieces: [[LinkEntry]] = [[]]
        var size = 0
        for entry in entries {
            if size + entry.body.count > LinkBounds.entries, size > 0 {
                pieces.append([])
                size = 0
            }
            pieces[pieces.count - 1].append(entry)
            size += entry.body.count + 20
        }
        credit -= pieces.count
        return pieces.enumerated().map { .entries(id, isEnd: isEnd && $0.offset == pieces.count - 1, $0.element) }
    }
}

extension String {
    /// Its UTF-8.
    fileprivate var bytes: [UInt8] { Array(utf8) }
}
