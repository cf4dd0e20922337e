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
        let isDirection = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
        clean.unicodeScalars.append(isControl || isDirection ? "?" : scalar)
    }
    return clean
}
