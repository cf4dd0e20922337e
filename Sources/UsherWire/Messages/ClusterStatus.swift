/// The result of `cluster.status`: this host among the hosts that share sessions, for daemon and client.
package struct ClusterStatus: Equatable, Sendable {
    /// A host that takes part, or is waited for.
    package struct Member: Equatable, Sendable {
        /// 32 hexadecimal digits.
        package var member: String
        /// The host's name, as it has told the store; nil where this host has never seen it.
        package var host: String?
        /// Milliseconds since this host has seen a new beat of it; nil where it has seen none.
        package var age: Int64?

        /// A member of these parts.
        package init(member: String, host: String?, age: Int64?) {
            (self.member, self.host, self.age) = (member, host, age)
        }
    }

    /// The cluster's name.
    package var name: String
    /// This host's name in the cluster.
    package var host: String
    /// This host as a member: 32 hexadecimal digits.
    package var member: String
    /// `away`, `joining`, `member` or `stopped`.
    package var state: String
    /// Whether usher-link answers.
    package var hasLink = false
    /// Whether calls reach the store.
    package var hasStore = false
    /// Why this host takes no part, or not all of it: a sentence for people; nil where nothing is known.
    package var fault: String?
    /// How long a lease is, in milliseconds.
    package var lease: Int64 = 0
    /// What is left of it, in milliseconds.
    package var leaseLeft: Int64 = 0
    /// Replicas that must confirm.
    package var copies: Int64 = 0
    /// Eight hexadecimal digits; nil before the first epoch.
    package var epoch: String?
    /// The epoch's ordinal: the store's clock in milliseconds when it was opened, or more; 0 before the first epoch.
    package var ordinal: Int64 = 0
    /// Whether all older epochs are complete.
    package var isWhole = false
    /// The newest entry of the epoch that this host has taken up, and the newest that all members have.
    package var acknowledged: Int64 = 0, acknowledgedByAll: Int64 = 0
    /// Copies of shared sessions, and those that are refused until the older epochs are complete.
    package var sessions: Int64 = 0, doubtful: Int64 = 0
    /// Ends that not all hosts have confirmed.
    package var endsPending: Int64 = 0
    /// The members that the last list has shown, this host first.
    package var members: [Member] = []
    /// Members of older epochs that have still to come.
    package var awaited: [Member] = []

    /// The status of a host that has just begun.
    package init(name: String, host: String, member: String, state: String) {
        (self.name, self.host, self.member, self.state) = (name, host, member, state)
    }
}

extension FrameBuffer {
    /// The result of `cluster.status`.
    package mutating func result(_ status: ClusterStatus) {
        beginObject()
        member("name", status.name)
        member("host", status.host)
        member("member", status.member)
        member("state", status.state)
        key("link")
        value(status.hasLink)
        key("store")
        value(status.hasStore)
        member("fault", status.fault)
        integer("lease_ms", status.lease)
        integer("lease_left_ms", status.leaseLeft)
        integer("copies", status.copies)
        member("epoch", status.epoch)
        integer("ordinal", status.ordinal)
        key("whole")
        value(status.isWhole)
        integer("acknowledged", status.acknowledged)
        integer("acknowledged_by_all", status.acknowledgedByAll)
        integer("sessions", status.sessions)
        integer("doubtful", status.doubtful)
        integer("ends_pending", status.endsPending)
        key("members")
        write(status.members)
        key("awaited")
        write(status.awaited)
        endObject()
    }

    private mutating func integer(_ name: StaticString, _ integer: Int64) {
        key(name)
        value(integer)
    }

    private mutating func write(_ members: [ClusterStatus.Member]) {
        beginArray()
        for member in members {
            beginObject()
            self.member("member", member.member)
            self.member("host", member.host)
            if let age = member.age { integer("age_ms", age) }
            endObject()
        }
        endArray()
    }
}

extension ClusterStatus {
    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        self.init(name: "", host: "", member: "", state: "")
        var members = try ObjectReader(result, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "name", 0, bytes) {
                name = try members.reader.wholeText(bytes).string(in: bytes)
            } else if try members.matches(key, "host", 1, bytes) {
                host = try members.reader.wholeText(bytes).string(in: bytes)
            } else if try members.matches(key, "member", 2, bytes) {
                member = try members.reader.wholeText(bytes).string(in: bytes)
            } else if try members.matches(key, "state", 3, bytes) {
                state = try members.reader.wholeText(bytes).string(in: bytes)
            } else if try members.matches(key, "link", 4, bytes) {
                hasLink = try members.reader.bool(bytes)
            } else if try members.matches(key, "store", 5, bytes) {
                hasStore = try members.reader.bool(bytes)
            } else if try members.matches(key, "whole", 6, bytes) {
                isWhole = try members.reader.bool(bytes)
            } else if try members.matches(key, "members", 7, bytes) {
                self.members = try members.reader.clusterMembers(bytes)
            } else if try members.matches(key, "awaited", 8, bytes) {
                awaited = try members.reader.clusterMembers(bytes)
            } else {
                try readNumber(key, &members, bytes)
            }
        }
        guard members.hasAll(18) else { throw .invalidParams }
    }

    /// The other members; the last two may be left out.
    private mutating func readNumber(
        _ key: JSONText, _ members: inout ObjectReader, _ bytes: Span<UInt8>
    ) throws(Refusal) {
        let range = 0...WireLimit.integer
        if try members.matches(key, "lease_ms", 9, bytes) {
            lease = try members.reader.integer(bytes, in: range)
        } else if try members.matches(key, "lease_left_ms", 10, bytes) {
            leaseLeft = try members.reader.integer(bytes, in: range)
        } else if try members.matches(key, "copies", 11, bytes) {
            copies = try members.reader.integer(bytes, in: range)
        } else if try members.matches(key, "ordinal", 12, bytes) {
            ordinal = try members.reader.integer(bytes, in: range)
        } else if try members.matches(key, "acknowledged", 13, bytes) {
            acknowledged = try members.reader.integer(bytes, in: range)
        } else if try members.matches(key, "acknowledged_by_all", 14, bytes) {
            acknowledgedByAll = try members.reader.integer(bytes, in: range)
        } else if try members.matches(key, "sessions", 15, bytes) {
            sessions = try members.reader.integer(bytes, in: range)
        } else if try members.matches(key, "doubtful", 16, bytes) {
            doubtful = try members.reader.integer(bytes, in: range)
        } else if try members.matches(key, "ends_pending", 17, bytes) {
            endsPending = try members.reader.integer(bytes, in: range)
        } else if try members.matches(key, "fault", 18, bytes) {
            fault = try members.reader.wholeText(bytes).string(in: bytes)
        } else if try members.matches(key, "epoch", 19, bytes) {
            epoch = try members.reader.wholeText(bytes).string(in: bytes)
        }
    }
}

extension JSONReader {
    fileprivate mutating func clusterMembers(_ bytes: Span<UInt8>) throws(Refusal) -> [ClusterStatus.Member] {
        var list: [ClusterStatus.Member] = []
        try enterArray(bytes)
        while try nextElement(bytes) { list.append(try clusterMember(bytes)) }
        return list
    }

    private mutating func clusterMember(_ bytes: Span<UInt8>) throws(Refusal) -> ClusterStatus.Member {
        var member = ClusterStatus.Member(member: "", host: nil, age: nil)
        var members = Members()
        try enterObject(bytes)
        while let key = try nextMember(bytes) {
            if try members.matches(key, "member", 0, bytes) {
                member.member = try wholeText(bytes).string(in: bytes)
            } else if try members.matches(key, "host", 1, bytes) {
                member.host = try wholeText(bytes).string(in: bytes)
            } else if try members.matches(key, "age_ms", 2, bytes) {
                member.age = try integer(bytes, in: 0...WireLimit.integer)
            }
        }
        guard members.hasAll(1) else { throw .invalidParams }
        return member
    }
}
