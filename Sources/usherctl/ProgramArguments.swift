/// The arguments of this process.
enum ProgramArguments {
    /// All of them; nil where one is not UTF-8. `CommandLine.arguments` repairs such a one into another text, which then
    /// would be asked about and counted against.
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
