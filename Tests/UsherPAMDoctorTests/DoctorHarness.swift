import CLinux
import UsherTestKit

/// Stacks of a test, and the doctor's words on them.
///
/// In a stack, `DEV` and `CHAOS` stand for the modules of the project and `DIR` for the directory that the files lie
/// in.
final class DoctorHarness {
    let place: TestDirectory

    /// A directory `pam.d` with these services, and the users `dev`, `root` and `otp` with the password `right`, the
    /// last one with the code 314159.
    init(_ stacks: [String: String]) throws {
        place = try TestDirectory()
        place.makeDirectory("pam.d", mode: 0o755)
        for (name, text) in stacks { try write(text + "\n", to: "pam.d/\(name)") }
        let hash = try TestProcess.run(["openssl", "passwd", "-6", "right"], in: place).text
        // As it is: a hash may have DIR in it.
        try File.write("otp:\(hash.dropLast()):otp=314159\ndev:\(hash)root:\(hash)", to: place.path("users"))
    }

    /// Writes a file of the directory.
    func write(_ text: String, to name: String) throws {
        var text = text.replacing("DIR", with: place.path)
        for (word, module) in [(" DEV", Built.devModule), (" CHAOS", Built.chaosModule)] {
            text = text.replacing(word, with: " \(module)")
        }
        for word in ["=users"] { text = text.replacing(word, with: "=\(place.path("users"))") }
        try File.write(text, to: place.path(name))
    }

    /// The doctor's exit status and words, with DIR and BUILD for the two directories.
    func examine(
        service: String = "s", user: String = "dev", input: String = "right\n",
        options: [String] = ["--allow-no-account"], environment: [String] = []
    ) throws -> (status: Int32, text: String) {
        try File.write(input, to: place.path("input"))
        let (end, text) = try TestProcess.run(
            ["env"] + environment + [
                "sh", "-c", "exec \"$@\" <\"$0\"", place.path("input"), Built.directory + "/usher-pam-doctor",
            ]
                + ["--user", user, "--service", service, "--service-directory", place.path("pam.d")] + options,
            in: place)
        let words = text.replacing(place.path, with: "DIR").replacing(Built.directory, with: "BUILD")
        if case .status(let status) = end { return (status, words) }
        return (-1, words)
    }
}

/// The doctor's words on one set of stacks.
func examine(
    _ stacks: [String: String], service: String = "s", user: String = "dev", input: String = "right\n",
    options: [String] = ["--allow-no-account"], environment: [String] = []
) throws -> (status: Int32, text: String) {
    try DoctorHarness(stacks).examine(
        service: service, user: user, input: input, options: options, environment: environment)
}
