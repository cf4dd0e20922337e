extension Limiter {
    /// Whether somebody has succeeded under the name of `ticket`, as far as is remembered: then it is a name, and not a
    /// password that was typed into the wrong field.
    package func hasSucceeded(_ ticket: LimiterTicket) -> Bool {
        find(ticket.name).map { memory[$0 + LimiterLayout.Entry.lastSuccess] != 0 } ?? false
    }
}
