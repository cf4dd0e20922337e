/// The arguments of this process.
enum ProgramArguments {
    /// All of them; nil if one is not UTF-8. `CommandLine.arguments` would repair it into another text, and the daemon
    /// would be asked about another name and count failures against it.
    static var all: [String]? {
        var texts: [String] = []
        for index in 0..<Int(CommandLine.argc) {
            guard let bytes = unsafe CommandLine.unsafeArgv[index], let text = unsafe String(validatingCString: bytes)
            else { return nil }
            texts.append(text)
        }
        return texts
    }
}
