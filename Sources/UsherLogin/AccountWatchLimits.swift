extension AccountWatch {
    /// The bounds.
    package struct Limits: Sendable {
        /// Checks under way that have not taken `patience` yet.
        package var atOnce = 4
        /// Checks under way, with those that wait for a directory. The broker keeps a quarter of its workers for them.
        package var open = 16
        /// Checks of one kind under way. A kind is a service's accounts of a directory, or its other accounts. While a
        /// directory or a module does not answer, accounts of other kinds are still checked.
        package var ofKind = 4
        /// After how long a check is taken to wait for a directory.
        package var patience = Duration.seconds(1)
        /// The least time between the starts of two checks.
        package var gap = Duration.milliseconds(2)
        /// The longest that a check may take.
        package var timeout = Duration.seconds(10)
        /// After how long a user who is denied or unknown is asked again.
        package var confirmation = Duration.seconds(1)
        /// The same of an account of a directory, which may know nobody while it is restarted.
        package var directoryConfirmation = Duration.seconds(30)
        /// The first pause after an answer that is not definite, and the longest.
        package var pauses = Duration.seconds(5)...Duration.seconds(900)
        /// Subjects that wait to be asked again; those beyond wait for the next round.
        package var kept = 1024
        /// Subjects that wait to be asked.
        package var queue = 256
        /// Subjects that a survey found changed: two for each account of its batch.
        package var urgent = 2048
        /// Time between the starts of two checks, as a multiple of the processor time of a check: 4 uses a quarter of
        /// one processor.
        package var share = 4
        /// Processor time of a check outside its worker: a fork, the broker and usherd.
        package var overhead = Duration.milliseconds(2)
        /// How far urgent checks may run ahead of the time that pays for them.
        package var credit = Duration.seconds(2)
        /// The shortest step of a hand.
        package var step = Duration.milliseconds(250)

        /// The defaults.
        package init() {}
    }
}
