extension Unicode.Scalar {
    /// Whether it could move a terminal's cursor or hide a line: control characters (C0, DEL, C1) and marks that change
    /// the direction of writing.
    package var steersTerminal: Bool {
        value < 0x20 || (0x7F...0x9F).contains(value) || (0x202A...0x202E).contains(value)
            || (0x2066...0x2069).contains(value)
    }
}
