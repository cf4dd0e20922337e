extension Throttle {
    /// Whether somebody has succeeded under the name of `ticket`, as far as is remembered: then it is a name, and not a
    /// password that was typed into the wrong field.
    package func hasSucceeded(_ ticket: ThrottleTicket) -> Bool {
        find(ticket.name).map { memory[$0 + ThrottleLayout.Entry.lastSuccess] != 0 } ?? false
    }
}
