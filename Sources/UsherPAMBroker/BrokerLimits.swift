internal import UsherPAMWire

/// How much a broker does at once, and how long it waits.
package struct BrokerLimits: Equatable, Sendable {
    /// Workers that compute at the same time, at least 1. A yescrypt check takes a core and 16 MiB, so there is a
    /// bound. The kernel runs one per core. As many again and one more hold a slot while they begin, or while their
    /// verdict is on its way; with fewer slots, cores idle in between. On two cores, five slots give a seventh more
    /// logins than two slots.
    package var computing: Int
    /// Workers that wait for a person at the same time. They cost memory, no time.
    package var conversing: Int
    /// Transactions that wait for a worker.
    package var waiting: Int
    /// Connections: usherd's, its next one while the last is being closed, and some of root.
    package var clients = 8
    /// Whether a worker is started ahead, so that a login need not wait for a process.
    package var keepsSpare = true
    /// How long a transaction waits for a worker. After a longer wait people have given up.
    package var queueing = Duration.seconds(10)
    /// After how long a worker that computes counts as one that waits, for a directory or a card; a hash takes a tenth
    /// of that. Its slot goes to others, so that a slow module does not stop everybody; it still counts among the
    /// workers.
    package var patience = Duration.seconds(1)
    /// How many logins that prove nothing one name has room for: `GuessCeiling`.
    package var guesses = 100
    /// The time after which a name has room for one more.
    package var guessInterval = Duration.seconds(300)
    /// The same after logins that modules could not decide: all of that room comes back within an hour.
    var undecidedInterval: Duration { .seconds(3600) / guesses }
    /// Workers that one zygote makes: `WorkerZygote`. Guessing a stack canary byte by byte takes 900 of them on
    /// average. The start of another zygote costs some milliseconds, which so many logins do not feel.
    package var forks = 250
    /// How long one zygote is used.
    package var zygoteLife = Duration.seconds(3600)
    /// After how long an unused spare is replaced: one that was forked before an upgrade has old libraries.
    package var spareLife = Duration.seconds(60)
    /// Processes and threads that one login may have; a module in Go has some dozen threads.
    package var tasks = 64
    /// How often they are counted while a login has a worker.
    package var counting = Duration.milliseconds(250)
    /// How long a check of an account or a survey yields to logins. Then it takes the next free slot, so that a steady
    /// stream of logins keeps no session of an ended account alive.
    var yielding = Duration.seconds(1)
    /// How long a worker has to end after its verdict or a cancel until SIGTERM, and from there until SIGKILL.
    package var grace = Duration.seconds(1)
    /// How long a broker that stops waits for its workers: longer than two times `grace`, after which they got SIGKILL.
    var leaving = Duration.seconds(5)
    /// The most that a transaction may take, whatever was asked for.
    package var longest = Duration.seconds(600)
    /// After how long a transaction that got no worker may be tried again, a spare that failed is replaced, and a
    /// zygote is tried after two in a row were lost.
    package var pause = Duration.seconds(1)

    /// Limits; each number is at least 1 and at most 4096.
    package init(computing: Int, conversing: Int = 64, waiting: Int = 64) {
        self.computing = min(max(computing, 1), 4096)
        self.conversing = min(max(conversing, 1), 4096)
        self.waiting = min(max(waiting, 1), 4096)
    }

    /// How many checks of accounts may have a worker: a quarter of all workers. So a directory that does not answer
    /// leaves the other workers to logins. Surveys ask no directory and do not count.
    var checking: Int { max(occupied / 4, 1) }
    /// How many checks and surveys may compute: as many as half of the processors. Tools' requests find a free one.
    /// (`computing` is by default twice the number of processors plus one.)
    var checkingAtOnce: Int { max(computing / 4, 1) }
    /// Checks that wait for a worker.
    var checksWaiting: Int { waiting }
    /// Transactions that have a worker.
    var occupied: Int { computing + conversing }
    /// Transactions of one peer that have a worker: half, so that there is always room for another peer.
    var occupiedPerPeer: Int { max(occupied / 2, 1) }
    /// Transactions of one peer that wait for a worker, for the same reason.
    var waitingPerPeer: Int { max(waiting / 2, 1) }
    /// Processes, including those that are still ending. The bound keeps workers that cannot be killed from piling up.
    var processes: Int { 2 * occupied }

    /// The greeting that names these limits.
    var hello: PAMHello {
        PAMHello(computing: UInt16(computing), conversing: UInt16(conversing), waiting: UInt16(waiting))
    }
}
