package import UsherEngine
package import UsherEventLoop
package import UsherPOSIX

/// Reads the daemon's configuration at the start and at each SIGHUP. Names are looked up while the loop goes on, and
/// again while a directory does not answer.
///
/// At the start an entry whose name was not found matches nobody (``Policy``): neither a directory that is away nor an
/// account that somebody has removed may keep the daemon from starting. At a reload the earlier configuration stays in
/// effect until every name of the new one is found.
package final class ConfigurationReader {
    /// The back-off before names are looked up again, in nanoseconds: the first wait, short because a directory may
    /// start along with the daemon, and the longest, to which the wait doubles.
    package static let pauses: ClosedRange<Int64> = 1_000_000_000...300_000_000_000

    /// What the daemon does with it.
    package struct Actions {
        /// Puts another configuration into effect.
        package var apply: (Configuration) throws(StartupError) -> Void
        /// A reload begins.
        package var begin: () -> Void
        /// A reload, or another look-up, is over. The text is what is wrong with the configuration; empty if nothing.
        package var end: (String) -> Void
        /// Tells the administrator.
        package var record: (JournalEntry) -> Void

        /// These actions.
        package init(
            apply: @escaping (Configuration) throws(StartupError) -> Void, begin: @escaping () -> Void,
            end: @escaping (String) -> Void, record: @escaping (JournalEntry) -> Void
        ) {
            self.apply = apply
            self.begin = begin
            self.end = end
            self.record = record
        }
    }

    private let source: () -> ConfigurationDraft
    private let lookup: any AccountResolver
    private let pauses: ClosedRange<Int64>
    private var timer: EventTimer?
    private var actions: Actions?
    /// The configuration in effect, if some of its names are not found.
    private var holding: UnsettledConfiguration?
    /// The configuration of the last reload, if it waits for its names.
    private var pending: UnsettledConfiguration?
    /// Whether the last reload was refused for good.
    private var isRefused = false
    private var isBusy = false
    private var isAskedAgain = false
    private var isStopped = false

    /// A reader of what `source` reads from files.
    package init(
        _ lookup: any AccountResolver, loop: EventLoop, pauses: ClosedRange<Int64> = ConfigurationReader.pauses,
        source: @escaping () -> ConfigurationDraft
    ) throws(SystemError) {
        self.source = source
        self.lookup = lookup
        self.pauses = pauses
        timer = try loop.timer { [unowned self] in
            timer?.fired()
            tryAgain()
        }
    }

    // MARK: The start

    /// Reads it for the start, and waits for its names.
    package func start() throws(StartupError) -> Configuration {
        let unsettled = UnsettledConfiguration(source(), pauses: pauses)
        let fresh: UnsettledConfiguration
        do throws(SystemError) { fresh = unsettled.knowing(try lookup.wait(for: unsettled.names)) } catch {
            throw StartupError("usherd", error)
        }
        guard fresh.isAboutAccounts else { throw StartupError(fresh.faults.summary) }
        if !fresh.faults.isEmpty { holding = fresh }
        return fresh.configuration
    }

    /// The daemon serves, and acts from now on.
    package func serve(_ actions: Actions) {
        self.actions = actions
        guard let holding else { return }
        actions.record(.namesNotFound(why: holding.faults.summary))
        actions.end(remark)
        self.holding = holding.scheduled()
        arm()
    }

    // MARK: SIGHUP

    /// Reads the configuration again. Calls during a reload lead to one more reload after it. An earlier reload that
    /// waits for names is dropped: the administrator wants this one.
    package func reload() {
        guard !isStopped else { return }
        pending = nil
        guard !isBusy else {
            isAskedAgain = true
            return
        }
        actions?.begin()
        let fresh = UnsettledConfiguration(source(), pauses: pauses)
        lookUp(fresh) { [unowned self] in settle(fresh.knowing($0)) }
    }

    /// Ends the reading and the look-ups: the daemon ends.
    package func stop() {
        isStopped = true
        actions = nil
        lookup.cancel()
        timer?.arm(at: nil as Int64?)
    }

    private func lookUp(_ unsettled: UnsettledConfiguration, then: @escaping (Accounts) -> Void) {
        isBusy = true
        lookup.start(unsettled.names) { [unowned self] in
            then($0)
            isBusy = false
            if isAskedAgain { readAgain() }
            arm()
        }
    }

    private func readAgain() {
        isAskedAgain = false
        reload()
    }

    /// Puts a reloaded configuration into effect, lets it wait for its names, or refuses it.
    private func settle(_ fresh: UnsettledConfiguration) {
        guard !fresh.faults.isEmpty else { return accept(fresh.configuration) }
        pending = fresh.isUnanswered ? fresh.scheduled() : nil
        refuse(fresh.faults.summary)
    }

    private func accept(_ configuration: Configuration) {
        pending = nil
        do throws(StartupError) {
            try actions?.apply(configuration)
            holding = nil
            isRefused = false
            actions?.end(remark)
        } catch {
            refuse(error.description)
        }
    }

    private func refuse(_ why: String) {
        isRefused = pending == nil
        actions?.record(.reloadRefused(why: why))
        actions?.end(remark)
    }

    /// What the status says.
    private var remark: String {
        let open = "; names in the configuration were not found, their entries match nobody"
        let behind = "; names in the configuration could not be looked up, the one from before holds"
        let wrong = "; the configuration has errors, the one from before holds"
        return (holding == nil ? "" : open) + (pending != nil ? behind : isRefused ? wrong : "")
    }
}

// MARK: - Trying again

extension ConfigurationReader {
    private func arm() {
        guard !isBusy, !isStopped else { return }
        timer?.arm(at: [holding?.due, pending?.due].compactMap(\.self).min())
    }

    /// Looks up the names that were due first. During another look-up they wait for its end.
    private func tryAgain() {
        guard !isBusy else { return }
        if let pending, pending.due ?? .max <= holding?.due ?? .max {
            lookUp(pending) { [unowned self] in settleAgain($0) }
        } else if let holding {
            lookUp(holding) { [unowned self] in settleHolding(holding, $0) }
        }
    }

    /// Puts the waiting configuration into effect, lets it wait on, or refuses it. It may have been dropped meanwhile.
    private func settleAgain(_ accounts: Accounts) {
        guard let waiting = pending else { return }
        let next = waiting.knowing(accounts)
        if next.faults == waiting.faults { pending = next.scheduled() } else { settle(next) }
    }

    /// Some names of the configuration in effect were found by now, or do not exist.
    private func settleHolding(_ held: UnsettledConfiguration, _ accounts: Accounts) {
        let next = held.knowing(accounts).scheduled()
        do throws(StartupError) {
            if next.configuration != held.configuration { try actions?.apply(next.configuration) }
        } catch {
            holding = held.scheduled()
            actions?.record(.reloadRefused(why: error.description))
            return
        }
        holding = next.faults.isEmpty ? nil : next
        guard next.faults != held.faults else { return }
        if holding != nil { actions?.record(.namesNotFound(why: next.faults.summary)) }
        actions?.end(remark)
    }
}
