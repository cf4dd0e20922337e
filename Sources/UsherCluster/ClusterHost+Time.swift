extension ClusterHost {
    /// When `timePassed` is wanted next.
    package var deadline: BootInstant {
        var earliest = min(timers.earliest, control.deadline, control.retry)
        if !leaseIsOver { earliest = min(earliest, lease) }
        if case .member(let membership) = standing, membership.beat == nil { earliest = min(earliest, membership.next) }
        return earliest
    }

    mutating func passTime() {
        if !leaseIsOver, now >= lease { loseLease() }
        if now >= control.deadline { reconnect() }
        if now >= control.retry {
            control.retry = .never
            greet()
        }
        while let subject = timers.next(by: now) {
            switch subject {
            case .fetch(let digest): fetchIsLate(digest)
            case .list(let order): listIsLate(order)
            case .ending(let order): endingIsLate(order)
            case .write(let order): writeIsLate(order)
            case .claim(let order): claimIsLate(order)
            // A new run may have taken over since this run last confirmed a call. The beat after the fence shows
            // whether this run still serves.
            case .fence: passFence()
            case .putBack: putBackNext()
            case .recovery: endRecovery()
            case .uses: reportIsDue()
            case .sweep: sweepNext()
            case .trim: trimIsDue()
            }
        }
    }

    private mutating func passFence() {
        if !guards.has(.beatAfterFence) {
            isPastFence = true
            settle()
        }
        hurryBeat()
    }

    private var leaseIsOver: Bool { lease == .boot }

    /// Ends the lease: `lease` is `.boot` until a beat is granted.
    private mutating func loseLease() {
        lease = .boot
        act(.writeLease(.boot))
        act(.report(.leaseLost))
    }

    /// Ends the lease at once, where there is one.
    mutating func giveUpLease() { if !leaseIsOver { loseLease() } }

    /// A beat that was sent at `sent` was granted.
    mutating func extendLease(sent: BootInstant) {
        let end = (guards.has(.leaseFromSending) ? sent : now) + limits.lease
        guard end > lease, end > now else { return }
        lease = end
        act(.writeLease(guards.has(.leaseOnBoard) ? end : .never))
    }
}
