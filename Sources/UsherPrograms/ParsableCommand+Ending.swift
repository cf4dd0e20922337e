package import ArgumentParser
internal import CLinux

extension ParsableCommand {
    /// Ends the program for what its arguments or its run have thrown. Wrong usage ends with 2, as it does in usherctl,
    /// and all else as ArgumentParser has it: help and version with 0, a failure with 1.
    package static func end(for error: any Error) -> Never {
        guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
        complain(fullMessage(for: error))
        exit(withError: ExitCode(2))
    }

    /// A line on standard error.
    package static func complain(_ text: String) {
        var line = text + "\n"
        line.withUTF8 { _ = unsafe write(2, $0.baseAddress, $0.count) }
    }
}
