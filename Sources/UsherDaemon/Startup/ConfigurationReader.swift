internal import CLinux
package import UsherSystem

/// The daemon's configuration as time goes on: read at the start and at each SIGHUP, its names looked up while the loop goes
/// on, and looked up again while a directory does not answer.
///
/// At the start entries whose name was not found are left open: neither a directory that is away nor an account that somebody
/// has removed may keep anybody else from logging in. Later the configuration from before holds until all of the new one can.
package final class ConfigurationReader {
    /// The first wait before names are looked up again, short because a directory may come up along with us, and the longest,
    /// to which it doubles, in nanoseconds.
    package static let pauses: ClosedRange<Int64> = 1_000_000_000...300_000_000_000

    /// What the daemon does with it.
    package struct Actions {
        /// Goes on by another configuration.
        package var apply: (Configuration) throws(StartupError) -> Void
        /// A reload begins.
        package var begin: () -> Void
        /// A reload, or another try, is over: what is wrong with what holds now, in a few words, empty if nothing.
        package var end: (String) -> Void
        /// Tells the administrator.
        package var record: (JournalEntry) -> Void
    }

    /// A configuration that waits for names. One from the start holds already, but for these.
    private struct Waiting {
        var draft: ConfigurationDraft
        var holds: Bool
        var told: String
    }

    private let source: () throws(StartupError) -> ConfigurationDraft
    private let lookup: AccountLookup
    private let pauses: ClosedRange<Int64>
    private var timer: EventTimer?
    private var actions: Actions?
    private var waiting: Waiting?
    private var pause: Int64
    private var isBusy = false
    private var isAskedAgain = false

    /// A reader of what `source` reads from files.
    package init(
        _ lookup: AccountLookup, loop: EventLoop, pauses: ClosedRange<Int64> = ConfigurationReader.pauses,
        source: @escaping () throws(StartupError) -> ConfigurationDraft
    ) throws(SystemError) {
        self.source = source
        self.lookup = lookup
        self.pauses = pauses
        pause = pauses.lowerBound
        timer = try loop.timer { [unowned self] in
            timer?.fired()
            tryAgain()
        }
    }

    // MARK: The start

    /// Reads it for the start, and waits for its names.
    package func start() throws(StartupError) -> Configuration {
        let draft = try source()
        let accounts: Accounts
        do throws(SystemError) { accounts = try lookup.wait(for: draft.names) } catch {
            throw StartupError("usherd", error)
        }
        let (configuration, faults) = draft.resolved(by: accounts)
        guard faults.allSatisfy(\.isAboutAccount) else { throw StartupError(faults.summary) }
        if !faults.isEmpty { waiting = Waiting(draft: draft, holds: true, told: faults.summary) }
        return configuration
    }

    /// The daemon serves, and acts from now on.
    package func serve(_ actions: Actions) {
        self.actions = actions
        guard let waiting else { return }
        actions.record(.namesNotFound(why: waiting.told))
        actions.end(Self.open)
        schedule()
    }

    // MARK: SIGHUP

    /// Reads it again; a call while one is being read makes one more of all of them.
    package func reload() {
        guard !isBusy else {
            isAskedAgain = true
            return
        }
        actions?.begin()
        do throws(StartupError) {
            let draft = try source()
            isBusy = true
            lookup.start(draft.names) { [unowned self] in settle(draft, $0) }
        } catch {
            refuse(error.description)
        }
    }

    /// No more of it: the daemon ends.
    package func stop() {
        actions = nil
        lookup.cancel()
        timer?.arm(at: nil as Int64?)
    }

    private func settle(_ draft: ConfigurationDraft, _ accounts: Accounts) {
        let (configuration, faults) = draft.resolved(by: accounts)
        if faults.isEmpty {
            accept(configuration)
        } else {
            if faults.allSatisfy(\.isUnanswered) {
                waiting = Waiting(draft: draft, holds: false, told: faults.summary)
                pause = pauses.lowerBound
                schedule()
            }
            refuse(faults.summary)
        }
        goOn()
    }

    private func accept(_ configuration: Configuration) {
        do throws(StartupError) {
            try actions?.apply(configuration)
            waiting = nil
            timer?.arm(at: nil as Int64?)
            actions?.end("")
        } catch {
            refuse(error.description)
        }
    }

    private func refuse(_ why: String) {
        actions?.record(.reloadRefused(why: why))
        actions?.end(waiting?.holds == false ? Self.behind : Self.wrong)
    }

    /// What came while a lookup was under way.
    private func goOn() {
        isBusy = false
        guard isAskedAgain else { return }
        isAskedAgain = false
        reload()
    }
}

// MARK: - Trying again

extension ConfigurationReader {
    /// What the status says.
    private static let open = "; names in the configuration were not found, their entries match nobody"
    private static let behind = "; names in the configuration could not be looked up, the one from before holds"
    private static let wrong = "; the configuration has errors, the one from before holds"

    private func schedule() {
        timer?.arm(at: usher_boottime() + pause)
        pause = min(2 * pause, pauses.upperBound)
    }

    /// Looks the same names up again. The files are not read for it: they may be half way to something else.
    private func tryAgain() {
        guard let waiting else { return }
        guard !isBusy else { return schedule() }
        isBusy = true
        lookup.start(waiting.draft.names) { [unowned self] in settleAgain(waiting, $0) }
    }

    private func settleAgain(_ waiting: Waiting, _ accounts: Accounts) {
        let (configuration, faults) = waiting.draft.resolved(by: accounts)
        if faults.isEmpty {
            accept(configuration)
        } else if faults.summary == waiting.told {
            schedule()
        } else {
            change(waiting, to: configuration, faults)
        }
        goOn()
    }

    /// Some names were found by now, or are not there.
    private func change(_ waiting: Waiting, to configuration: Configuration, _ faults: [ConfigurationError]) {
        self.waiting?.told = faults.summary
        if waiting.holds {
            actions?.record(.namesNotFound(why: faults.summary))
            do throws(StartupError) { try actions?.apply(configuration) } catch { return refuse(error.description) }
        } else {
            actions?.record(.reloadRefused(why: faults.summary))
        }
        if waiting.holds || faults.allSatisfy(\.isUnanswered) { schedule() }
    }
}

extension ConfigurationError {
    fileprivate var isUnanswered: Bool { code == .unansweredAccount }
    fileprivate var isAboutAccount: Bool { isUnanswered || code == .unknownAccount }
}
