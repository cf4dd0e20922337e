internal import UsherNames

/// Bounds of the private protocol. Both ends refuse what is beyond them, so that no table and no buffer grows with what
/// a module or a peer says.
package enum PAMLimits {
    /// Version of this protocol; both ends of a connection must have the same, and are installed together.
    package static let version: UInt16 = 7
    /// Messages of one round.
    package static let messages = PAMPrompt.maximumCount
    /// Rounds in which somebody is asked, per transaction. A login needs two, a change of password three more; modules
    /// that ignore a failed conversation and ask again would otherwise go on for ever.
    package static let rounds = 16
    /// Bytes of one text.
    package static let text = PAMPrompt.maximumSize
    /// Bytes of the texts of one challenge or verdict together.
    package static let texts = PAMPrompt.maximumTotal
    /// Bytes of one answer: PAM_MAX_RESP_SIZE of <security/_pam_types.h>, which counts the NUL.
    package static let answer = AnswerLimit.size
    /// Bytes of a user name, as the public protocol has it.
    package static let name = UserName.maximumSize
    /// Bytes of a service name; longer ones make no sense as names of files in a service directory.
    package static let service = 64
    /// Bytes of a numeric address: INET6_ADDRSTRLEN of <netinet/in.h> is 46, a scope may follow.
    package static let host = 64
    /// Bytes of the path of the service directory: what leaves room for a service name below PATH_MAX.
    package static let path = 4000
    /// The greatest `PAMStart.work`: more than any hash that a host uses.
    package static let work = PAMWork(microseconds: 1_000_000)
    /// Names of one survey: what keeps usherd busy for less than a millisecond.
    package static let surveyed = 1024
    /// Bytes of the names of one survey, with two for each length: a datagram without what goes before them.
    package static let surveyedBytes = datagram - 64
    /// Bytes of one datagram: the texts of a round, or its answers (32 times 512), and what goes before each.
    package static let datagram = 20_480
}
