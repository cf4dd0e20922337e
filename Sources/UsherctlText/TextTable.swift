import CLinux

/// Rows in columns that are as wide as their widest cell, as a terminal shows them.
package struct TextTable {
    /// The rows, the first being the heading.
    package var rows: [[String]]
    /// Columns that may be cut where the lines would be too long.
    package var flexible: Set<Int>

    /// A table of `rows`, none of whose columns may be cut unless `flexible` names it.
    package init(rows: [[String]], flexible: Set<Int> = []) {
        self.rows = rows
        self.flexible = flexible
    }

    /// Space between columns.
    private static let gap = 2
    /// The least width of a column that is cut.
    private static let narrowest = 6

    /// The lines, sanitized; none is longer than `width`, as far as the flexible columns allow.
    package func lines(width: Int? = nil) -> [String] {
        let clean = rows.map { $0.map { sanitized($0) } }
        let count = clean.map(\.count).max() ?? 0
        var widths = (0..<count).map { column in
            clean.map { $0.count > column ? columns(of: $0[column]) : 0 }.max() ?? 0
        }
        if let width { shrink(&widths, to: width) }
        return clean.map { row in
            row.enumerated().map { column, cell in
                let shown = cut(cell, to: widths[column])
                return column == row.count - 1 ? shown : padded(shown, to: widths[column] + Self.gap)
            }.joined()
        }
    }

    /// Takes from the widest flexible column until the lines fit, or nothing is left to take.
    private func shrink(_ widths: inout [Int], to width: Int) {
        while widths.reduce(0, +) + Self.gap * (widths.count - 1) > width {
            let widest = flexible.filter { $0 < widths.count && widths[$0] > Self.narrowest }
                .max { (widths[$0], $1) < (widths[$1], $0) }
            guard let widest else { return }
            widths[widest] -= 1
        }
    }

    private func cut(_ text: String, to width: Int) -> String {
        guard columns(of: text) > width else { return text }
        var (kept, used) = ("", 0)
        for scalar in text.unicodeScalars {
            used += Int(usher_columns(scalar.value))
            guard used < width else { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept + "…"
    }
}

/// Columns that `text` takes on a terminal.
func columns(of text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + Int(usher_columns($1.value)) } }

/// `text` and blanks behind it, `width` columns together; at least one blank is there.
package func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - columns(of: text)))
}
