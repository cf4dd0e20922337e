import CLinux
import Testing

/// What a command shows to people, as it was agreed on: a file of the directory Golden. With USHER_WRITE_GOLDEN set,
/// the file is written instead, to be looked at and committed.
func expectGolden(_ name: String, _ lines: [String], _ location: SourceLocation = #_sourceLocation) {
    let path = "Tests/UsherClientTests/Usherctl/Golden/\(name).txt"
    let text = lines.joined(separator: "\n") + "\n"
    if getenv("USHER_WRITE_GOLDEN") != nil {
        let file = usher_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        write(file, text, text.utf8.count)
        close(file)
    }
    let file = usher_open(path, O_RDONLY, 0)
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(file, &bytes, bytes.count)
    let golden = String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
    #expect(text == golden, "\(path)", sourceLocation: location)
}
