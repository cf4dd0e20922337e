// libFuzzer target for the text of the configuration. Tests/Fuzz/run builds it and runs it.
//
// Beside crashes it looks for a fault without words, and for a configuration that `usherd --check` prints in a way that
// does not read back as the same.

import UsherConfiguration
import UsherEngine
import UsherNames

/// libFuzzer calls this for each input: files of TOML, a zero byte between two of them.
@c(LLVMFuzzerTestOneInput)
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let texts = UnsafeBufferPointer(start: start, count: count).split(
        separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    let files = texts.enumerated().map {
        ConfigurationFile(name: "\($0.offset).toml", text: String(decoding: $0.element, as: UTF8.self))
    }
    guard let configuration = read(files) else { return 0 }
    let text = configuration.text
    guard let again = read([ConfigurationFile(name: "again.toml", text: text)]) else {
        preconditionFailure("what --check prints is refused:\n\(text)")
    }
    precondition(again.text == text, "\(again.text)\n\(text)")
    return 0
}

/// What the files say; nil where they are refused.
private func read(_ files: [ConfigurationFile]) -> Configuration? {
    let draft = Configuration.draft(files, base: Configuration())
    let (configuration, faults) = draft.resolved(by: lookUp(draft.names))
    for fault in faults { precondition(!fault.description.isEmpty) }
    return faults.isEmpty ? configuration : nil
}

/// Every account is there, but for names that begin with `no`.
private func lookUp(_ names: [AccountName]) -> Accounts {
    var answers: [AccountName: AccountAnswer] = [:]
    for name in names { answers[name] = "\(name)".contains("no") ? AccountAnswer.none : .found(1000) }
    return Accounts(answers)
}
