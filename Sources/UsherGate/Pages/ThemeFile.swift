internal import UsherPOSIX

/// A file of the administrator's that pages load: a style sheet, or a logo.
///
/// Its name below `/.usher/` contains a digest of its bytes: a changed file has another name, so browsers may keep each
/// for good. It is read with the configuration, so no page waits for a file.
package struct ThemeFile: Sendable, Hashable {
    /// The size of the largest file, in bytes. A Unix socket takes it at once (`net.core.wmem_default` is 208 KiB), so
    /// the gate keeps no rest in memory for a slow reader.
    package static let largest = 128 * 1024

    /// The style sheet that every page loads before the administrator's own. A word or picture that is wider than a
    /// small screen does not make the page scroll sideways (WCAG 2.2, 1.4.10).
    package static let usual = ThemeFile(
        "usual", ".css", "text/css; charset=utf-8",
        Array(
            """
            body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
            main { max-width: 30rem; margin: 0 auto; padding: 1rem }
            img { max-width: 100%; height: auto }
            input { box-sizing: border-box; width: 100% }
            input, button { font: inherit; padding: .4em .8em }
            ul { padding: 0; list-style: none }
            [role=alert] { border-left: .25em solid; padding-left: .75em }

            """.utf8))

    /// Kinds of files by what their paths end in.
    private static let types = [".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png"]

    /// The name below `/.usher/`.
    package let name: String
    /// The media type.
    package let type: String
    /// The content.
    package let bytes: [UInt8]

    /// Why a file cannot be shown.
    struct Fault: Error {
        let message: String
    }

    /// The file at `path`, which must end in one of `endings`. Pages know it as `name`.
    init(_ name: String, at path: String, endings: [String]) throws(Fault) {
        guard let ending = endings.first(where: { path.hasSuffix($0) }), let type = Self.types[ending] else {
            throw Fault(message: "must end in \(endings.joined(separator: " or "))")
        }
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try SmallFile.prefix(of: path, Self.largest + 1) } catch {
            throw Fault(message: "cannot be read: \(error.reason)")
        }
        guard bytes.count <= Self.largest else { throw Fault(message: "is larger than \(Self.largest >> 10) KiB") }
        self.init(name, ending, type, bytes)
    }

    private init(_ name: String, _ ending: String, _ type: String, _ bytes: [UInt8]) {
        let digest = SHA256.digest(bytes.span)
        let text = (0..<8).map { digest[$0] < 16 ? "0" + String(digest[$0], radix: 16) : String(digest[$0], radix: 16) }
        self.name = "\(name)-\(text.joined())\(ending)"
        self.type = type
        self.bytes = bytes
    }

    /// The answer to a browser that loads it. A logo in SVG may contain scripts; `sandbox` keeps them from running when
    /// it is opened as a page.
    package var answer: GateAnswer {
        var answer = GateAnswer(200)
        answer.fields = [
            ("cache-control", "public, max-age=31536000, immutable"),
            ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
            ("x-content-type-options", "nosniff"), ("cross-origin-resource-policy", "same-origin"),
        ]
        answer.file = self
        return answer
    }
}
