internal import UsherToolSupport

/// Text that came from elsewhere, fit for a terminal: control characters (C0, DEL, C1) and marks that change the
/// direction of writing become `?`, so that nothing foreign can move the cursor or hide a line. With `keepsLines` line
/// feeds stay.
package func sanitized(_ text: String, keepsLines: Bool = false) -> String {
    var clean = ""
    for scalar in text.unicodeScalars {
        if keepsLines, scalar == "\n" {
            clean.unicodeScalars.append(scalar)
            continue
        }
        clean.unicodeScalars.append(scalar.steersTerminal ? "?" : scalar)
    }
    return clean
}
