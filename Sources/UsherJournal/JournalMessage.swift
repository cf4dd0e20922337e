/// What an entry of the journal is about. Each kind has a MESSAGE_ID of its own (sd_journal_print(3)), by which
/// journalctl(1) finds it and its explanation in systemd/usher.catalog. An id never changes and is never used again.
package enum JournalMessage: String, CaseIterable, Sendable {
    /// A person logged in; a session was made.
    case loggedIn = "a039fea5f86d4b4c95de161171d2ccf7"
    /// A person proved again who they are; the session has a new token.
    case provenAnew = "3dc293a99d864b3399c7520f7990ac6a"
    /// A login ended without a session.
    case loginRefused = "7dca08843cce47c5bea6cb014f158818"
    /// A PAM module crashed, hung or broke the protocol.
    case loginBroken = "2d635239fc7f469c815b1de41ead3d67"
    /// PAM could not find out who logged in, as a directory is away or a file cannot be read.
    case loginUndecided = "16d350f41ba44eee9187b0551f695317"
    /// A peer with the role issue made a session without asking PAM.
    case sessionIssued = "81724bcf1e764f268d6d70aab2c1c3a8"
    /// A session got a new token; the old one is not valid any more.
    case sessionRotated = "fea736471c0849a28ec44e19d527f2d4"
    /// A peer ended a session.
    case sessionRevoked = "6faa710baece44d084f8a97e5e77417a"
    /// A peer ended all sessions of a user, or of everybody.
    case sessionsRevoked = "43f3d5dd56bb4aefa09c432e754e11d3"
    /// Sessions of a user ended with the account.
    case accountEnded = "fd167f1d8bff47c4b31bc537429b217e"
    /// Accounts of a service cannot be checked.
    case accountsUnchecked = "6d26f16acd0e4ac7b9bdceeb2950145c"
    /// A service file denies everybody, and ends nobody.
    case accountsHeld = "4e1d75958de84f28bec0e6079f273347"
    /// Accounts of a service can be checked again.
    case accountsCheckedAgain = "73ac63d29e5143828225ddf8591e397f"
    /// Surveys cannot see which accounts have changed.
    case accountsUnsurveyed = "d54334edd38a411793b8184320159dec"
    /// Surveys see changed accounts again.
    case accountsSurveyedAgain = "9fd1552dd57f4c058814b5c3ac48b482"
    /// Sessions came to their end by time.
    case sessionsExpired = "03762169a6fd4191a407c9335102fb64"
    /// A user has as many sessions as allowed; the one that idled longest ended.
    case sessionEvicted = "bc1e7157e2f74274be04c5fedd999eda"
    /// The daemon took over the sessions of an earlier process.
    case memoryAdopted = "5288b07ef270482498ab120d869efd7b"
    /// Memory of an earlier process could not be taken over and was dropped.
    case memoryDropped = "96c544a935244cc4977cca2d43f4787c"
    /// A client did not read, did not finish a frame, passed a descriptor, or is in too many groups.
    case clientCutOff = "a6da1afd73594151bd56145ae31977b6"
    /// A peer shows tokens of no session.
    case tokensRefused = "99cd08148f804950a4a0cfc5da081f7d"
    /// An administrator forgave failed logins.
    case limiterCleared = "4cabfd5d0f45498aa277ea1a56608bd3"
    /// The policy does not grant a peer what it asked for.
    case requestForbidden = "6516305e7b7a436a9dd22a5f21c2f56f"
    /// A peer caused more entries in a second than are written one by one.
    case entriesCoalesced = "17d75834d7244715b3f3f9c8a7cbdd2a"
    /// The journal did not take entries in time.
    case entriesLost = "9b2685e5f32d4cfa9f400deaeecc4ca8"
    /// The configuration was read again and is in effect from now on.
    case configurationReloaded = "800f353b6f164b428eb9560382f63ad2"
    /// The configuration has errors; the earlier one stays in effect.
    case configurationRefused = "92f2cdc6452e4cd989e0c08a3303eb6e"
    /// Names in the configuration were not found. Their entries match nobody until the names are found.
    case namesNotFound = "5822c4653f3244799fa4d56ffbf51cef"
    /// The daemon ended too often in a row; this start was delayed.
    case startDelayed = "3635937bca7d4ff4a76dfc6f0d322191"
    /// The kernel did not lock the memory of sessions.
    case memoryUnlocked = "e76e00ac4e1a4253b28db5a00d594ce1"
    /// Seven eighths of the room for sessions, or of their memory, are used.
    case ledgerFilling = "de56b20c7a3a4b06b2c5e8e4039e25e1"
    /// The daemon could not start.
    case startFailed = "2caa0681125c4d09b27d01efcf46dd5d"
    /// The daemon found itself unsound and asked to be started anew.
    case selfCheckFailed = "8440d33048da4000b8b6e23dce6479ac"
    /// A user that is no proxy connected to usher-gate.
    case proxyRefused = "6a884387062746ab99a6ba9331a051d4"
    /// A proxy asked usher-gate about a request that its printed lines do not make.
    case requestMisdirected = "22fc5a8e766241a0b17cdaa133fb2875"
    /// usher-gate cannot check sessions, as usherd does not answer.
    case daemonAway = "706ddab3a11f40918ec535c2417fb0be"
    /// usherd answers usher-gate again.
    case daemonBack = "ff89923cf3e84cdd9994dbe44ea5eaa0"
    /// usher-link has no connection with the store of several hosts.
    case storeAway = "a2a1bedb190d41d6affc084a830c7b57"
    /// usher-link is connected with the store.
    case storeReached = "47040c944ce44228b539ce3957a8af1a"
    /// The connection of usherd with usher-link has ended.
    case linkEnded = "4103384fc2f9471ea5af9e852ff6555f"
    /// This host shares sessions with the other hosts of its cluster.
    case clusterJoined = "62190c2dce1a424f9ab862fe587adbc0"
    /// The other hosts went on without this one.
    case clusterExpelled = "088b146f509d4a66b81d80a561147888"
    /// The lease is over: shared sessions are unavailable here.
    case leaseLost = "b06f42fb592a473abad54977b86c23d4"
    /// The store has lost its memory, or another server has taken its place.
    case epochEntered = "149d72ab9b054f7180714ba92c467726"
    /// Copies are refused until it is known that they have not ended.
    case copiesDoubted = "9e1bfc1d2fb34126b85e1b834b5b0538"
    /// Copies in doubt are good again, or the hosts have put back what the store had lost.
    case clusterRecovered = "319480780e34416a9e887336777cccf8"
    /// This host cannot take part in its cluster as it is.
    case clusterRefused = "a5780fcf492c4093ae700ba27b745271"
    /// This host takes no part in its cluster any more.
    case clusterLeft = "111bb928c29f4c128d3a98dfbb465da7"
    /// A session in the store cannot be read here.
    case recordUnread = "0e54f24ec01c48b28e66cc0c9e79a92b"
    /// An administrator said that a host of the cluster is gone for good.
    case memberForgotten = "5b1c6c1e2f9a4d0f8f7d3a0c9b64e21d"
    /// The store has another version of the function library than this host.
    case libraryDiffers = "c3f6a1d7b0e94a55a6f2e8d49b7710ce"

    /// The 128 bits of the MESSAGE_ID, in hexadecimal.
    package var id: String { rawValue }

    /// The entry in two or three words.
    package var title: String {
        switch self {
        case .loggedIn: "logged in"
        case .provenAnew: "session proven anew"
        case .loginRefused: "login refused"
        case .loginBroken: "PAM stack broke down"
        case .loginUndecided: "login undecided"
        case .sessionIssued: "session issued"
        case .sessionRotated: "session rotated"
        case .sessionRevoked: "session revoked"
        case .sessionsRevoked: "sessions revoked"
        case .accountEnded: "sessions ended with their account"
        case .accountsUnchecked: "accounts cannot be checked"
        case .accountsHeld: "a service denies everybody"
        case .accountsCheckedAgain: "accounts are checked again"
        case .accountsUnsurveyed: "changed accounts are not seen"
        case .accountsSurveyedAgain: "changed accounts are seen again"
        case .sessionsExpired: "sessions expired"
        case .sessionEvicted: "session made room for a newer one"
        case .memoryAdopted: "sessions taken over"
        case .memoryDropped: "memory dropped"
        case .clientCutOff: "client cut off"
        case .tokensRefused: "tokens refused"
        case .limiterCleared: "limiter cleared"
        case .requestForbidden: "request forbidden"
        case .entriesCoalesced: "entries left out"
        case .entriesLost: "entries lost"
        case .configurationReloaded: "configuration reloaded"
        case .configurationRefused: "configuration refused"
        case .namesNotFound: "names not found"
        case .startDelayed: "start delayed"
        case .memoryUnlocked: "memory may be swapped out"
        case .ledgerFilling: "room for sessions nearly used up"
        case .startFailed: "start failed"
        case .selfCheckFailed: "self-check failed"
        case .proxyRefused: "proxy refused"
        case .requestMisdirected: "request misdirected"
        case .daemonAway: "sessions cannot be checked"
        case .daemonBack: "sessions are checked again"
        case .storeAway: "no connection with the store"
        case .storeReached: "connected with the store"
        case .linkEnded: "usherd's connection ended"
        case .clusterJoined: "host joined its cluster"
        case .clusterExpelled: "host was expelled"
        case .leaseLost: "lease lost"
        case .epochEntered: "the store is a new one"
        case .copiesDoubted: "shared sessions in doubt"
        case .clusterRecovered: "shared sessions recovered"
        case .clusterRefused: "cluster refused"
        case .clusterLeft: "host left its cluster"
        case .recordUnread: "shared session not read"
        case .memberForgotten: "host forgotten"
        case .libraryDiffers: "another function library"
        }
    }
}
